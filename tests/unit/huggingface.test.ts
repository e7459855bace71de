// The engine against Hugging Face's own outputs: tiny checkpoints of every kind, and the demo model.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../web/engine/engine";
import { demo, demoOriginal, generate, hfFixtures, load, readJson } from "./support";

interface Case {
  input_ids: number[];
  first_logits: number[];
  last_logits: number[];
  token_logprobs: number[];
  max_length: number;
  greedy: number[];
  runs?: Run[];
}

interface Run {
  label: string;
  /** Hugging Face's names; null stands for the default. */
  options: Record<string, unknown>;
  max_length: number;
  ids: number[][];
  scores: number[] | null;
}

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const names = ["base", "odd-head", "untied", "gelu-erf", "scaled", "relu-bf16", "f16-sharded", "no-prefix", "old-bin"];
const modules = ["simd", "relaxed"] as const;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe.each(names)("%s", async (name) => {
  const { cases } = await readJson<{ cases: Case[] }>(hfFixtures, name, "expected.json");

  test.each(modules)("logits, log-probabilities and greedy ids in f32, module %s", async (module) => {
    const engine = await load(join(hfFixtures, name), { weights: "f32", module });
    for (const expected of cases) {
      const score = await engine.score(expected.input_ids, { logits: true });
      expect(largestDifference(score.logits![0]!, expected.first_logits)).toBeLessThan(1e-3);
      expect(largestDifference(score.logits!.at(-1)!, expected.last_logits)).toBeLessThan(1e-3);
      expect(largestDifference(score.logprobs, expected.token_logprobs)).toBeLessThan(1e-3);
      const { variants } = await generate(engine, expected.input_ids, { doSample: false, maxLength: expected.max_length });
      expect(variants[0]!.ids).toEqual(expected.greedy);
    }
  });

  const runs = cases.flatMap(({ input_ids: ids, runs = [] }) => runs.map((run) => ({ ids, run })));
  if (runs.length > 0)
    test.each(modules)("runs with options: ids, and scores of beams, in f32, module %s", async (module) => {
      const engine = await load(join(hfFixtures, name), { weights: "f32", module });
      for (const { ids, run } of runs) {
        const options = Object.fromEntries(Object.entries(run.options).map(([key, value]) => [camelCase(key), value]));
        const { variants } = await generate(engine, ids, { ...options, doSample: false, maxLength: run.max_length });
        const which = `${run.label} after ${ids.length} ids`;
        expect(
          variants.map((variant) => variant.ids),
          which,
        ).toEqual(run.ids);
        if (run.scores)
          expect(
            largestDifference(
              variants.map((variant) => variant.score!),
              run.scores,
            ),
            which,
          ).toBeLessThan(1e-3);
      }
    });

  test("logits of the two modules are equal bit for bit, in f32 and in q8", async () => {
    for (const weights of ["f32", "q8"] as const) {
      const [simd, relaxed] = (await Promise.all(modules.map((module) => load(join(hfFixtures, name), { weights, module })))) as [Engine, Engine];
      for (const { input_ids: ids } of cases) {
        const [a, b] = [await simd.score(ids, { logits: true }), await relaxed.score(ids, { logits: true })];
        expect(a.logprobs).toEqual(b.logprobs);
        a.logits!.forEach((row, i) => expect(new Uint32Array(row.slice().buffer)).toEqual(new Uint32Array(b.logits![i]!.slice().buffer)));
      }
    }
  });
});

describe("the demo model", () => {
  interface Expected {
    greedy: { prompt: string; prompt_ids: number[]; ids: number[]; text: string }[];
    perplexity: { value: number; tokens: number };
  }
  const windows = async (engine: Engine) => {
    const ids = engine.encode(await readFile(join(demoOriginal, "eval.txt"), "utf8"));
    const logprobs: number[] = [];
    for (let at = 0; at < ids.length; at += engine.info.contextLength) {
      logprobs.push(...(await engine.score(ids.slice(at, at + engine.info.contextLength))).logprobs);
    }
    return { perplexity: Math.exp(-logprobs.reduce((a, b) => a + b, 0) / logprobs.length), tokens: logprobs.length };
  };

  test("greedy continuations, prompts as text, in f32", async () => {
    const expected = await readJson<Expected>(demoOriginal, "expected.json");
    const engine = await load(demoOriginal, { weights: "f32" });
    for (const { prompt, prompt_ids, ids, text } of expected.greedy) {
      const result = await generate(engine, prompt, { doSample: false, maxNewTokens: 60 });
      expect(result.promptIds).toEqual(prompt_ids);
      expect(result.variants[0]!.ids).toEqual(ids);
      expect(prompt + result.variants[0]!.text).toBe(text);
    }
  });

  test("perplexity: f32 equals Hugging Face's, q8 is within 1 % of it", async () => {
    const expected = (await readJson<Expected>(demoOriginal, "expected.json")).perplexity;
    const f32 = await windows(await load(demoOriginal, { weights: "f32" }));
    expect(f32.tokens).toBe(expected.tokens);
    expect(Math.abs(f32.perplexity / expected.value - 1)).toBeLessThan(1e-3);
    const q8 = await windows(await load(demo));
    expect(Math.abs(q8.perplexity / f32.perplexity - 1)).toBeLessThan(0.01);
  });

  test("takes at most 1.05 bytes per parameter", async () => {
    const { info } = await load(demo);
    expect(info.bytes / info.parameters).toBeLessThanOrEqual(1.05);
  });

  test("sharding and quantising while loading give the same logits", async () => {
    const [stored, quantized] = await Promise.all([load(demo), load(demoOriginal, { weights: "q8" })]);
    const ids = [33, 1042, 868, 702, 383];
    expect((await stored.score(ids, { logits: true })).logits).toEqual((await quantized.score(ids, { logits: true })).logits);
  });
});
