// axe finds nothing in any state of the page, in light and dark, English and Chinese, on a desktop and on a phone.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { alert, cards, expect, fill, generate, generateButton, open, test } from "./support";

async function expectClean(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [language, width] of [
    ["en", 1280],
    ["zh", 390],
  ] as const) {
    test(`${colorScheme}, ${language}, ${width} wide`, async ({ page, isolated }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      await open(page, `${isolated.url}/?lang=en`);
      await page.getByRole("button", { name: language === "en" ? "English" : "中文" }).click();
      await expectClean(page);
      if (width < 900) await page.locator("summary").click();
      const primary = page.locator("button.primary");
      await fill(page, { length: "240", temperature: "2", topK: "0", topP: "1" });
      await primary.click();
      await expect(cards(page)).toHaveCount(5);
      await expectClean(page); // while it writes, or just after
      if (
        await cards(page)
          .first()
          .evaluate((card) => card.hasAttribute("running"))
      )
        await primary.click();
      await expect(primary).not.toHaveClass(/stop/);
      await fill(page, { topP: "7" });
      await primary.click();
      await expect(alert(page)).toBeVisible();
      await expectClean(page);
    });
  }
}

test("loading is announced with a labelled progress bar, and the run waits for it", async ({ page, isolated }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/*.safetensors", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(isolated.url);
  await expect(page.getByRole("progressbar", { name: /Loading the model demo/ })).toBeVisible();
  await expect(page.locator(".bytes")).toHaveText("0.0 MB of 8.5 MB");
  await expect(page.locator(".needs")).toHaveText(/^Needs \d+\.\d MB of memory; this device has \d+ GB or more; [\d.]+ [GT]B of storage free$/);
  await generateButton(page).click();
  await expect(page.getByRole("status").filter({ hasText: "Starts as soon as" })).toBeVisible();
  await expectClean(page);
  release();
  await expect(cards(page)).toHaveCount(5);
  await expect(generateButton(page)).toBeVisible();
  await generate(page, { length: "3" });
});
