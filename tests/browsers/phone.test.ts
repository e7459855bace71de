// On a phone's width the page fits and works. Screenshots stay in tests/results/browsers/.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browsers, generateByClick, openPage, openSite, root, type Site } from "./support";

const screenshots = join(root, "tests/results/browsers");

let site: Site;
beforeAll(async () => {
  site = await openSite(true);
  await mkdir(screenshots, { recursive: true });
});
afterAll(() => site.close());

test.each(browsers)("$name", async ({ name, launch }) => {
  const browser = await launch();
  try {
    await browser.resize(390, 844);
    await openPage(browser, site.url);
    expect(await generateByClick(browser)).toHaveLength(5);
    await writeFile(join(screenshots, `phone-${name}.png`), await browser.screenshot());
    const { width, overflow, small } = await browser.run(() => {
      const { renderRoot } = document.querySelector("variorum-page") as unknown as { renderRoot: ShadowRoot };
      const controls = [...renderRoot.querySelectorAll<HTMLElement>("button, textarea, summary")].filter((element) => element.offsetParent !== null);
      return {
        width: innerWidth,
        overflow: document.documentElement.scrollWidth - innerWidth,
        // Targets that a finger hits: 24 px at least (WCAG 2.2, 2.5.8).
        small: controls.filter((element) => element.getBoundingClientRect().height < 24).map((element) => element.textContent),
      };
    });
    expect(width).toBeLessThan(600);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(small).toEqual([]);
  } finally {
    await browser.close();
  }
});
