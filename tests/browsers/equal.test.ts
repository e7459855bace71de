// Chromium, Firefox, WebKit and Node give the same ids and log-probabilities, to the bit.
import { beforeAll, expect, test } from "vitest";
import type { Recipe, Variant } from "../../web/api/types";
import { FileSource } from "../../web/cli/file-source";
import { Engine, RunControl } from "../../web/engine/engine";
import { settings } from "./settings";
import { demo, generateByClick, inEveryBrowser, openPage, runInPage } from "./support";

/** Node's runs. */
let reference: { variants: Variant[]; recipe: Recipe }[];

beforeAll(async () => {
  const engine = await Engine.load(new FileSource(demo), { threads: 1, module: "simd" });
  reference = [];
  for (const { prompt, options } of settings) {
    const { variants, recipe } = await engine.generate(prompt, options, new RunControl(), () => {});
    // Through JSON, as what comes out of a browser.
    reference.push(JSON.parse(JSON.stringify({ variants, recipe })) as (typeof reference)[number]);
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

  test.each(settings.map((setting, i) => ({ ...setting, i })))("$name: as in Node", async ({ prompt, options, i }) => {
    expect(await runInPage(given.browser, prompt, options)).toEqual(reference[i]!.variants);
  });

  test("the next visit takes the weights from the browser's cache, and repeats the recipes that Node wrote", async () => {
    const { browser, site } = given;
    await browser.keepCaches(`${site.url}/models/demo/config.json`);
    site.requests.length = 0;
    await openPage(browser, `${site.url}/?threads=2`);
    expect(site.requests.filter((path) => path.endsWith(".safetensors"))).toEqual([]);
    for (const { variants, recipe } of reference) expect(await runInPage(browser, recipe)).toEqual(variants);
  });
});
