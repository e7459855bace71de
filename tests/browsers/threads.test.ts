// Threads start every time. When the engine's worker made their workers itself, one load of eight hung in Firefox.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "./drivers/browser";
import { browsers, openPage, openSite, runInPage, type Site } from "./support";

describe.each(browsers.filter(({ threads }) => threads))("$name", ({ launch }) => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    browser = await launch();
    site = await openSite(true);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  test("twelve loads with four threads, one after the other", async () => {
    for (let i = 0; i < 12; i++) {
      const info = await openPage(browser, `${site.url}/?threads=4&round=${i}`);
      expect(info.threads).toBe(4);
      expect(await runInPage(browser, "The game is", { seed: 1, maxNewTokens: 5 })).toHaveLength(5);
    }
  });

  test("when a model is disposed of with its threads, a new one starts", async () => {
    const { threads } = await browser.run(async () => {
      const page = document.querySelector("variorum-page") as unknown as { model: import("../../web/index").Model; remove(): void; isConnected: boolean };
      const { parentNode } = page as unknown as Node;
      page.remove(); // disposes of its model
      const fresh = document.createElement("variorum-page");
      parentNode!.appendChild(fresh);
      const model = () => (fresh as unknown as typeof page).model;
      while (!model()) await new Promise((resolve) => setTimeout(resolve, 20));
      await model().generate("The game is", { maxNewTokens: 5 }).result();
      return { threads: model().info.threads };
    });
    expect(threads).toBe(4);
  });
});
