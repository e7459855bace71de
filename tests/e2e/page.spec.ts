// The main job: a visitor types a prompt and watches variants being written.
import { alert, cards, expect, fact, fill, generate, generateButton, infoInPage, open, test, texts } from "./support";

test("isolated: five variants stream in side by side, on threads", async ({ page, isolated }) => {
  await open(page, isolated.url);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect((await infoInPage(page)).threads).toBe(Math.min(await page.evaluate(() => navigator.hardwareConcurrency), 8));

  // Every text that a card shows, until the first card is finished.
  await page.evaluate(() => {
    const log: Record<number, Set<string>> = {};
    (window as unknown as { log: typeof log }).log = log;
    const record = () => {
      const cards = [...document.querySelector("variorum-page")!.shadowRoot!.querySelectorAll("variant-card")];
      if (cards.some((card) => card.shadowRoot!.querySelector(".finish"))) return;
      cards.forEach((card, i) => {
        const text = card.shadowRoot!.querySelector(".text")?.textContent;
        if (text) (log[i] ??= new Set()).add(text);
      });
      requestAnimationFrame(record);
    };
    requestAnimationFrame(record);
  });
  // A seed and a temperature with which no variant ends soon: a slow machine draws few frames while forty tokens are written.
  await generate(page, { prompt: "A fast web server that", seed: "2", length: "200", temperature: "1.5", topK: "0", topP: "1" });

  await expect(cards(page)).toHaveCount(5);
  for (const text of await texts(page)) expect(text.trim()).not.toBe("");
  const intermediate = await page.evaluate(() => Object.values((window as unknown as { log: Record<number, Set<string>> }).log).map((set) => set.size));
  expect(intermediate).toHaveLength(5);
  for (const count of intermediate) expect(count).toBeGreaterThanOrEqual(3);
  await expect(fact(page, "Speed")).toContainText("tokens/s");
  await expect(fact(page, "Engine")).toContainText(/\d threads?, (relaxed )?SIMD/);
});

test("not isolated: the same variants from the same files, on one thread", async ({ page, isolated, plain }) => {
  const settings = { prompt: "With this tool you can", seed: "21", length: "40" };
  await open(page, plain.url);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await generate(page, settings);
  await expect(fact(page, "Engine")).toContainText("1 thread");
  const alone = await texts(page);
  await open(page, isolated.url);
  await generate(page, settings);
  expect(await texts(page)).toEqual(alone);
});

test("from opening the page with nothing cached to the first token", async ({ browser, isolated }) => {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(isolated.url);
    await generateButton(page).click(); // at once: the run starts when the model is there
    await page.waitForFunction(() => performance.getEntriesByName("variorum-first-token").length > 0);
    times.push(await page.evaluate(() => performance.getEntriesByName("variorum-first-token")[0]!.startTime));
    await context.close();
  }
  times.sort((a, b) => a - b);
  console.log(`page open to first token, cold cache: ${times.map((t) => `${Math.round(t)} ms`).join(", ")} (median ${Math.round(times[1]!)} ms)`);
  expect(times).toHaveLength(3);
});

test("stop ends all variants; stop on a card ends that one", async ({ page, isolated }) => {
  await open(page, isolated.url);
  // Many variants of nearly the whole context, at a high temperature, so that there is time to stop on the fastest machine.
  await fill(page, { variants: "8", length: "240", temperature: "2", topK: "0", topP: "1", seed: "1" });
  // Clicks from inside the page, on the first frame that shows the button: on a loaded machine the run could be over before
  // a click from outside arrives.
  const firstUnfinished = page.evaluate(async () => {
    const root = document.querySelector("variorum-page")!.shadowRoot!;
    const shown = async <T>(find: () => T | null | undefined): Promise<T> => {
      for (;;) {
        const found = find();
        if (found) return found;
        await new Promise(requestAnimationFrame);
      }
    };
    const card = (i: number) => root.querySelectorAll("variant-card")[i]?.shadowRoot;
    (await shown(() => card(1)?.querySelector<HTMLButtonElement>('button[aria-label="Stop variant 2"]'))).click();
    await shown(() => card(1)?.querySelector(".finish"));
    const others = card(0)!.querySelector(".finish") === null;
    root.querySelector<HTMLButtonElement>("button.primary.stop")!.click();
    return others;
  });
  await generateButton(page).click();
  expect(await firstUnfinished).toBe(true);
  await expect(cards(page).nth(1).locator(".finish")).toHaveText("stopped");
  await expect(cards(page).nth(0).locator(".finish")).toHaveText("stopped");
  await expect(page.getByRole("status").filter({ hasText: "Stopped." })).toBeVisible();
  await generate(page, { variants: "5", length: "5" });
  await expect(cards(page)).toHaveCount(5);
});

test("a run is cancelled within 100 ms, and an AbortSignal does the same", async ({ page, isolated }) => {
  await open(page, isolated.url);
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const result = await page.evaluate(async () => {
      const { model } = document.querySelector("variorum-page") as unknown as { model: import("../../web/index").Model };
      const abort = new AbortController();
      const run = model.generate("The game is", { maxNewTokens: 240, eosTokenId: [], numReturnSequences: 8, signal: abort.signal });
      for await (const event of run) if (event.type === "token" && event.variant === 7) break;
      const begin = performance.now();
      abort.abort();
      const variants = await run.result();
      return {
        took: performance.now() - begin,
        reasons: variants.map((variant) => variant.finishReason),
        lengths: variants.map((variant) => variant.logprobs.length),
      };
    });
    expect(result.reasons).toEqual(Array(8).fill("cancelled"));
    for (const length of result.lengths) expect(length).toBeLessThan(240);
    times.push(result.took);
  }
  // What else the machine does at that moment only adds: the least says how long the engine takes.
  expect(Math.min(...times)).toBeLessThan(100);
});

test("reload: the model comes from the browser's cache, and the page writes again", async ({ page, isolated }) => {
  await open(page, isolated.url);
  await generate(page, { seed: "7", length: "10" });
  const first = await texts(page);
  isolated.requests.length = 0;
  await page.reload();
  await expect(fact(page, "Loaded in")).toContainText("from this browser's cache");
  expect(isolated.requests.filter((path) => path.endsWith(".safetensors"))).toEqual([]);
  await generate(page, { seed: "7", length: "10" });
  expect(await texts(page)).toEqual(first);
});

test("changed options change the variants; the seed repeats them", async ({ page, isolated }) => {
  await open(page, isolated.url);
  await generate(page, { seed: "7", length: "12" });
  const first = await texts(page);
  await generate(page, { variants: "3", seed: "8" });
  await expect(cards(page)).toHaveCount(3);
  expect((await texts(page))[0]).not.toBe(first[0]);
  await generate(page, { variants: "8", seed: "7" });
  await expect(cards(page)).toHaveCount(8);
  expect((await texts(page)).slice(0, 5)).toEqual(first);
  await generate(page, { variants: "1", seed: "7", length: "3" });
  await expect(cards(page)).toHaveCount(1);
  expect(first[0]!.startsWith((await texts(page))[0]!)).toBe(true);
  await generate(page, { variants: "2", seed: "" });
  await expect(fact(page, "Seed used")).toHaveText(/^\d+$/);
});

test("copy puts prompt and text on the clipboard", async ({ page, isolated, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, isolated.url);
  await generate(page, { seed: "7", length: "8" });
  // The note goes after two seconds: it is looked for from before the click.
  await Promise.all([expect(cards(page).first().getByRole("status")).toHaveText("Copied"), page.getByRole("button", { name: "Copy variant 1" }).click()]);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe((await page.locator("[name=prompt]").inputValue()) + (await texts(page))[0]);
});

test("keyboard alone: Tab reaches everything, Ctrl+Enter generates", async ({ page, isolated }) => {
  await open(page, isolated.url);
  await page.getByLabel("Prompt").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("The game is");
  await page.keyboard.press("Control+Enter");
  await expect(cards(page)).toHaveCount(5);
  await expect(generateButton(page)).toBeVisible();
  const reached = new Set<string>();
  await page.getByRole("button", { name: "English" }).focus();
  for (let i = 0; i < 25; i++) {
    reached.add(
      await page.evaluate(() => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.getAttribute("name") ?? active?.getAttribute("aria-label") ?? active?.textContent?.trim() ?? "";
      }),
    );
    await page.keyboard.press("Tab");
  }
  for (const name of ["prompt", "variants", "length", "temperature", "topK", "topP", "seed", "Generate", "Copy variant 1", "Copy variant 5"])
    expect([...reached]).toContain(name);
});

test("Chinese interface, remembered; the document says its language", async ({ page, isolated }) => {
  await open(page, isolated.url);
  await page.getByRole("button", { name: "中文" }).click();
  await expect(page.getByRole("button", { name: "生成" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await page.reload();
  await expect(page.getByRole("button", { name: "生成" })).toBeVisible();
  await expect(page.locator(".facts")).toBeVisible();
  await fill(page, { topP: "1.5" });
  await page.getByRole("button", { name: "生成" }).click();
  await expect(alert(page)).toContainText("Top-p：不能是 1.5，应为大于 0、不超过 1 的数。");
});

test.describe("phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("everything fits and works", async ({ page, plain }) => {
    await open(page, plain.url);
    await page.getByText("Settings", { exact: false }).first().click(); // folded away where there is little room
    await generate(page, { seed: "7", length: "20" });
    await expect(cards(page)).toHaveCount(5);
    await expect(cards(page).first()).toBeInViewport();
    await fill(page, { topP: "2" });
    await generateButton(page).click();
    await expect(alert(page)).toBeInViewport();
    const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
    expect(scroll).toBe(client);
    for (const button of await page.getByRole("button").all()) {
      const box = (await button.boundingBox())!;
      expect(box.height).toBeGreaterThanOrEqual(32);
      expect(box.x + box.width).toBeLessThanOrEqual(390);
    }
  });
});
