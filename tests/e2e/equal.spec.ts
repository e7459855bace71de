// Chromium gives what Node gives, to the bit, in both modules and on any number of threads.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Variant } from "../../web/api/types";
import { demo, expect, infoInPage, open, root, runInPage, test } from "./support";

const ids = [3817, 599, 512, 481, 392];

test("ids and log-probabilities of eight variants", async ({ page, isolated, plain }) => {
  const { stdout } = await promisify(execFile)(join(root, "scripts/variorum"), [
    "generate",
    "--model",
    demo,
    "--ids",
    ids.join(","),
    "--seed",
    "99",
    "--max-new-tokens",
    "30",
    "-n",
    "8",
    "--module",
    "simd",
    "--json",
  ]);
  const node = (JSON.parse(stdout) as { variants: Variant[] }).variants;
  for (const [site, query] of [
    [isolated, "module=simd"],
    [isolated, "module=simd&threads=1"],
    [isolated, "module=relaxed"],
    [plain, "module=simd"],
    [plain, "module=relaxed"],
  ] as const) {
    await open(page, `${site.url}/?${query}`);
    expect(query).toContain((await infoInPage(page)).module);
    expect(await runInPage(page, ids, { seed: 99, maxNewTokens: 30, numReturnSequences: 8 })).toEqual(node);
    expect(await runInPage(page, ids, { seed: 99, maxNewTokens: 30, numReturnSequences: 3 })).toEqual(node.slice(0, 3));
  }
});

test("a disposed model says so; runs of one model follow each other", async ({ page, isolated }) => {
  await open(page, isolated.url);
  const result = await page.evaluate(async () => {
    const { model } = document.querySelector("variorum-page") as unknown as { model: import("../../web/index").Model };
    const runs = [1, 2, 3].map((seed) => model.generate("The game is", { seed, maxNewTokens: 6, numReturnSequences: 2 }));
    const together = await Promise.all(runs.map((run) => run.result()));
    const alone = await model.generate("The game is", { seed: 2, maxNewTokens: 6, numReturnSequences: 2 }).result();
    const score = await model.score(together[0]![0]!.ids);
    const pending = model
      .generate("The game is", { maxNewTokens: 200, eosTokenId: [] })
      .result()
      .catch((error) => error.code);
    model.dispose();
    return {
      same: JSON.stringify(together[1]) === JSON.stringify(alone),
      scored: score.logprobs.slice(-6).join() === together[0]![0]!.logprobs.join(),
      pending: await pending,
      after: await model.score("x").catch((error) => error.code),
    };
  });
  expect(result).toEqual({ same: true, scored: true, pending: "disposed", after: "disposed" });
});

test("runs are continued, branched and repeated from recipes, and candidates ranked, through the worker", async ({ page, isolated }) => {
  await open(page, isolated.url);
  const result = await page.evaluate(async () => {
    const { model } = document.querySelector("variorum-page") as unknown as { model: import("../../web/index").Model };
    const options = { seed: 5, numReturnSequences: 3, eosTokenId: [] };
    const whole = await model.generate("The game is", { ...options, maxNewTokens: 12 }).result();
    const begun = model.generate("The game is", { ...options, maxNewTokens: 5 });
    const more = begun.continue({ maxNewTokens: 7 });
    let tokens = 0;
    for await (const event of more) tokens += event.type === "token" ? 1 : 0;
    const side = begun.branch(2, whole[2]!.ids.length - 9, whole[2]!.ids.at(-9)!, { maxNewTokens: 8 });
    const branched = (await side.result())[0]!.ids;
    const repeated = await model.generate(JSON.parse(JSON.stringify(await more.recipe))).result();
    const seen: number[] = [];
    const [likely] = await model.generate("The game is", { doSample: false, maxNewTokens: 3, eosTokenId: [] }).result(); // the model's own words
    const ranking = await model.rank("The game is", [likely!.text!, " xylophone"], { normalize: "length", onProgress: ({ done }) => seen.push(done) });
    const aborted = await model.rank("The game is", [" fun"], { signal: AbortSignal.abort() }).catch((error: Error) => error.name);
    const bad = await begun
      .continue({ variants: [3] })
      .result()
      .catch((error) => error.code);
    return {
      continued: JSON.stringify(await more.result()) === JSON.stringify(whole),
      tokens,
      branched: branched.join() === whole[2]!.ids.join(),
      repeated: JSON.stringify(repeated) === JSON.stringify(whole),
      best: ranking[0]!.index,
      seen: seen.at(-1),
      aborted,
      bad,
    };
  });
  expect(result).toEqual({ continued: true, tokens: 21, branched: true, repeated: true, best: 0, seen: 2, aborted: "AbortError", bad: "bad-option" });
});
