// The machine's Chromium (tests/chromium.mjs), headless, over Playwright.
import { launchChromium as launch } from "../../chromium.mjs";
import { type Browser, commandTimeout, unwrapped, wrapped } from "./browser";

export async function launchChromium(): Promise<Browser> {
  const browser = await launch();
  if (!browser) throw new Error("There is no Chromium on PATH: install the package chromium, or set CHROME_BIN.");
  const page = await browser.newPage();
  page.setDefaultTimeout(commandTimeout);
  return {
    async open(url) {
      await page.goto(url);
    },
    async run(call, ...args) {
      return unwrapped(await page.evaluate<string>(`(${wrapped(call, args)})()`));
    },
    async keepCaches() {},
    screenshot: () => page.screenshot(),
    resize: (width, height) => page.setViewportSize({ width, height }),
    close: () => browser.close(),
  };
}
