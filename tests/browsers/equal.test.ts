// Chromium, Firefox, WebKit and Node give the same ids and log-probabilities, to the bit.
import { beforeAll, expect, test } from "vitest";
import { FileSource } from "../../web/cli/file-source";
import { Engine, RunControl } from "../../web/engine/engine";
import type { Variant } from "../../web/types";
import { recipes } from "./recipes";
import { demo, generateByClick, inEveryBrowser, openPage, runInPage } from "./support";

let reference: Variant[][];

beforeAll(async () => {
  const engine = await Engine.load(new FileSource(demo), { threads: 1, module: "simd" });
  reference = [];
  for (const { prompt, options } of recipes) {
    // Through JSON, as what comes out of a browser.
    reference.push(JSON.parse(JSON.stringify((await engine.generate(prompt, options, new RunControl(), () => {})).variants)) as Variant[]);
  }
});

inEveryBrowser((given) => {
  test("the page loads, on the threads and in the module that there are, and writes five variants", async () => {
    const info = await openPage(given.browser, `${given.site.url}/?threads=2`);
    expect(info).toMatchObject({ threads: given.threads, module: given.relaxed ? "relaxed" : "simd" });
    const texts = await generateByClick(given.browser);
    expect(texts).toHaveLength(5);
    for (const text of texts) expect(text.trim()).not.toBe("");
  });

  test.each(recipes.map((recipe, i) => ({ ...recipe, i })))("$name: as in Node", async ({ prompt, options, i }) => {
    expect(await runInPage(given.browser, prompt, options)).toEqual(reference[i]);
  });

  test("the next visit takes the weights from the browser's cache", async () => {
    const { browser, site } = given;
    await browser.keepCaches(`${site.url}/models/demo/config.json`);
    site.requests.length = 0;
    await openPage(browser, `${site.url}/?threads=2`);
    expect(site.requests.filter((path) => path.endsWith(".safetensors"))).toEqual([]);
    expect(await runInPage(browser, recipes[0]!.prompt, recipes[0]!.options)).toEqual(reference[0]);
  });
});
