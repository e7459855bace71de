// The quantised schemes: the same bits from both modules, the quality that they promise, and XNNPACK's kernels as the oracle of
// our own.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LoadOptions } from "../../web/api/types";
import type { Engine } from "../../web/engine/engine";
import { demo, demoOriginal, generate, hfFixtures, load, readJson } from "./support";

const names = ["base", "odd-head", "untied", "gelu-erf", "scaled", "relu-bf16", "f16-sharded", "no-prefix"];

/** Compared as bytes: Vitest's own comparison takes each of millions of numbers by itself. */
function expectSameBits(a: Float32Array[], b: Float32Array[]) {
  expect(a).toHaveLength(b.length);
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);
  expect(a.findIndex((row, i) => !bytes(row).equals(bytes(b[i]!)))).toBe(-1);
}

/** A text of the demo model's evaluation, as ids. */
async function sample(engine: Engine, tokens: number): Promise<number[]> {
  return engine.encode(await readFile(join(demoOriginal, "eval.txt"), "utf8")).slice(0, tokens);
}

async function expectEqualModules(directory: string, weights: "q8" | "q4", texts: (engine: Engine) => Promise<number[][]>) {
  const [simd, relaxed] = await Promise.all((["simd", "relaxed"] as const).map((module) => load(directory, { weights, module })));
  for (const ids of await texts(simd!)) {
    const [a, b] = [await simd!.score(ids, { logits: true }), await relaxed!.score(ids, { logits: true })];
    expect(a.logprobs).toEqual(b.logprobs);
    expectSameBits(a.logits!, b.logits!);
    const options = { seed: 3, numReturnSequences: 3, maxNewTokens: 8 };
    const prompt = ids.slice(0, Math.max(1, simd!.info.contextLength - 8 - ids.length));
    const [c, d] = [await generate(simd!, prompt, options), await generate(relaxed!, prompt, options)];
    expect(c.variants.map(({ ids, logprobs }) => ({ ids, logprobs }))).toEqual(d.variants.map(({ ids, logprobs }) => ({ ids, logprobs })));
  }
}

describe.each(["q8", "q4"] as const)("%s", (weights) => {
  test.each(names)("%s: both modules give the same bits", async (name) => {
    const { cases } = await readJson<{ cases: { input_ids: number[] }[] }>(hfFixtures, name, "expected.json");
    await expectEqualModules(join(hfFixtures, name), weights, async () => cases.map(({ input_ids }) => input_ids));
  });

  test("the demo model: both modules give the same bits", async () => {
    await expectEqualModules(demoOriginal, weights, async (engine) => [await sample(engine, 200)]);
  });
});

async function perplexity(options: LoadOptions, directory = demoOriginal): Promise<number> {
  const engine = await load(directory, options);
  const ids = await sample(engine, 32 * engine.info.contextLength);
  const logprobs: number[] = [];
  for (let at = 0; at < ids.length; at += engine.info.contextLength) {
    logprobs.push(...(await engine.score(ids.slice(at, at + engine.info.contextLength))).logprobs);
  }
  return Math.exp(-logprobs.reduce((a, b) => a + b, 0) / logprobs.length);
}

test("perplexity on the demo's evaluation text: q8 within 1 % of f32, q4 within 6 %", async () => {
  const f32 = await perplexity({ weights: "f32" });
  expect(Math.abs((await perplexity({ weights: "q8" })) / f32 - 1)).toBeLessThan(0.01);
  expect(Math.abs((await perplexity({ weights: "q4" })) / f32 - 1)).toBeLessThan(0.06);
});

test("q8 on our own kernels and on XNNPACK's: the same bits", async () => {
  const [own, xnnpack] = (await Promise.all((["own", "xnnpack"] as const).map((kernels) => load(demo, { kernels })))) as [Engine, Engine];
  const ids = await sample(own, own.info.contextLength);
  const [a, b] = [await own.score(ids, { logits: true }), await xnnpack.score(ids, { logits: true })];
  expectSameBits(a.logits!, b.logits!);
});

test("kernels that there are not are a bad option, and so are XNNPACK's with q4", async () => {
  await expect(load(demo, { kernels: "fast" as "own" })).rejects.toMatchObject({
    code: "bad-option",
    message: expect.stringMatching(/kernels.*"fast".*"own" or "xnnpack"/),
  });
  await expect(load(demoOriginal, { kernels: "xnnpack", weights: "q4" })).rejects.toMatchObject({
    code: "bad-option",
    message: expect.stringMatching(/xnnpack.*q4/),
  });
});
