// A page that was loaded once works with no network at all: after a reload it generates what it generated before.
import { expect, test } from "vitest";
import { settings } from "./settings";
import { generateByClick, inEveryBrowser, openPage, runInPage } from "./support";

const { prompt, options } = settings[0]!;

inEveryBrowser((given) => {
  test("load, network gone, reload, generate; network back, nothing is fetched again", async () => {
    const { browser, site } = given;
    const page = `${site.url}/?threads=2`;
    await openPage(browser, page);
    const online = await runInPage(browser, prompt, options);
    await browser.run(() => navigator.serviceWorker.ready.then(() => {}));
    await browser.keepCaches(`${site.url}/models/demo/config.json`);
    site.down();

    const info = await openPage(browser, page);
    expect(info.threads).toBe(given.threads);
    expect(await runInPage(browser, prompt, options)).toEqual(online);
    expect(await generateByClick(browser)).toHaveLength(5);

    site.up();
    site.requests.length = 0;
    await openPage(browser, page);
    expect(await runInPage(browser, prompt, options)).toEqual(online);
    expect(site.requests.filter((path) => /^\/(assets|wasm)|\.safetensors$/.test(path))).toEqual([]);
  });
});
