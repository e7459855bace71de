// What a run does with its options, as seen through its events and its result.
import { beforeAll, describe, expect, test } from "vitest";
import type { RunEvent } from "../../web/api/types";
import type { Engine } from "../../web/engine/engine";
import { RunControl } from "../../web/engine/engine";
import { demo, demoOriginal, generate, hfFixtures, load } from "./support";

let engine: Engine;
beforeAll(async () => {
  engine = await load(demo);
});

const prompt = "A fast web server that";

describe("events", () => {
  test("one token event per generated token, in order, then one end per variant; texts add up", async () => {
    const events: RunEvent[] = [];
    const { variants, promptIds } = await generate(engine, prompt, { seed: 7, maxNewTokens: 20, numReturnSequences: 3 }, (batch) => events.push(...batch));
    variants.forEach((variant, i) => {
      const own = events.filter((event) => event.variant === i);
      const tokens = own.filter((event) => event.type === "token");
      expect(tokens.map((event) => event.token)).toEqual(variant.ids.slice(promptIds.length));
      expect(tokens.map((event) => event.logprob)).toEqual(variant.logprobs);
      expect(tokens.map((event) => event.text).join("")).toBe(variant.text);
      expect(own.at(-1)).toEqual({ type: "end", variant: i, finishReason: variant.finishReason });
      expect(own.filter((event) => event.type === "end")).toHaveLength(1);
      expect(variant.score).toBeCloseTo(variant.logprobs.reduce((a, b) => a + b, 0) / variant.logprobs.length, 12);
    });
  });

  test("alternatives are the most probable tokens, best first", async () => {
    const events: RunEvent[] = [];
    await generate(engine, prompt, { doSample: false, maxNewTokens: 5, alternatives: 3 }, (batch) => events.push(...batch));
    const tokens = events.filter((event) => event.type === "token");
    expect(tokens.length).toBeGreaterThan(0);
    for (const { token, logprob, alternatives } of tokens) {
      expect(alternatives).toHaveLength(3);
      expect(alternatives![0]).toEqual({ token, logprob }); // greedy takes the best
      expect(alternatives![0]!.logprob).toBeGreaterThanOrEqual(alternatives![1]!.logprob);
      expect(alternatives![1]!.logprob).toBeGreaterThanOrEqual(alternatives![2]!.logprob);
    }
  });
});

describe("length and end", () => {
  test("maxNewTokens wins over maxLength, which counts the prompt", async () => {
    const ids = engine.encode(prompt);
    const byLength = await generate(engine, prompt, { seed: 1, numReturnSequences: 1, maxLength: ids.length + 3, eosTokenId: [] });
    expect(byLength.variants[0]!.logprobs).toHaveLength(3);
    const byTokens = await generate(engine, prompt, { seed: 1, numReturnSequences: 1, maxLength: ids.length + 3, maxNewTokens: 7, eosTokenId: [] });
    expect(byTokens.variants[0]!.logprobs).toHaveLength(7);
    expect(byTokens.variants[0]!.finishReason).toBe("length");
  });

  test("the default length shrinks to the room that is left; an explicit one is context-full", async () => {
    const ids = Array.from({ length: 250 }, () => 33);
    const { variants } = await generate(engine, ids, { seed: 1, numReturnSequences: 2, eosTokenId: [] });
    expect(variants.map((v) => v.logprobs.length)).toEqual([6, 6]);
    await expect(generate(engine, ids, { maxNewTokens: 7 })).rejects.toMatchObject({ code: "context-full" });
    await expect(generate(engine, ids, { maxLength: 257 })).rejects.toMatchObject({ code: "context-full" });
    await expect(generate(engine, [...ids, ...ids], {})).rejects.toMatchObject({ code: "context-full" });
  });

  test("the eos that ends a variant is in its ids and not in its text", async () => {
    const { variants } = await generate(engine, prompt, { doSample: false, maxNewTokens: 9, forcedEosTokenId: 0 });
    expect(variants[0]!.finishReason).toBe("eos");
    expect(variants[0]!.logprobs).toHaveLength(9);
    expect(variants[0]!.ids.at(-1)).toBe(0);
    expect(variants[0]!.text).not.toContain("<|endoftext|>");
  });

  test("a stop string ends a variant, also when it straddles tokens; the text up to it stays", async () => {
    const whole = (await generate(engine, prompt, { doSample: false, maxNewTokens: 60 })).variants[0]!.text!;
    const stop = whole.slice(20, 32); // longer than any token there
    const { variants } = await generate(engine, prompt, { doSample: false, maxNewTokens: 60, stop: ["never occurs", stop] });
    expect(variants[0]!.finishReason).toBe("stop");
    expect(variants[0]!.text).toContain(stop);
    expect(whole.startsWith(variants[0]!.text!)).toBe(true);
    expect(variants[0]!.text!.length).toBeLessThan(whole.length);
  });

  test("stop strings end variants one by one", async () => {
    const { variants } = await generate(engine, prompt, { seed: 7, maxNewTokens: 40, numReturnSequences: 5, stop: "." });
    for (const variant of variants) {
      if (variant.finishReason === "stop") expect(variant.text!.indexOf(".")).toBeGreaterThan(-1);
      else expect(variant.text).not.toContain(".");
    }
    expect(variants.some((variant) => variant.finishReason === "stop")).toBe(true);
  });
});

describe("defaults", () => {
  test("five variants when sampling, one when greedy, with generation_config.json in between", async () => {
    expect((await generate(engine, prompt, { maxNewTokens: 1 })).variants).toHaveLength(5);
    expect((await generate(engine, prompt, { maxNewTokens: 1, doSample: false })).variants).toHaveLength(1);
    // The demo's generation_config.json has temperature 0.8, top_k 40, top_p 0.95.
    const implied = await generate(engine, prompt, { seed: 5, maxNewTokens: 12 });
    const explicit = await generate(engine, prompt, { seed: 5, maxNewTokens: 12, temperature: 0.8, topK: 40, topP: 0.95 });
    expect(implied.variants.map((v) => v.ids)).toEqual(explicit.variants.map((v) => v.ids));
  });

  test("a new seed each time, reported", async () => {
    const [a, b] = [await generate(engine, prompt, { maxNewTokens: 8 }), await generate(engine, prompt, { maxNewTokens: 8 })];
    expect(a.seed).not.toBe(b.seed);
    const again = await generate(engine, prompt, { maxNewTokens: 8, seed: a.seed });
    expect(again.variants).toEqual(a.variants);
  });
});

describe("processors together", () => {
  test.each([1, 8])("n = %i: no n-gram twice, bad words and suppressed tokens absent, an end neither early nor missing", async (numReturnSequences) => {
    const ids = engine.encode(prompt);
    const options = {
      seed: 5,
      numReturnSequences,
      maxNewTokens: 30,
      temperature: 1.2,
      topK: 0,
      topP: 0.9,
      minP: 0.01,
      typicalP: 0.95,
      epsilonCutoff: 1e-4,
      etaCutoff: 1e-3,
    };
    const { variants } = await generate(engine, prompt, {
      ...options,
      noRepeatNgramSize: 2,
      repetitionPenalty: 1.3,
      badWords: ["server", "HTTP"],
      suppressTokens: [11],
      beginSuppressTokens: [12, 13],
      minNewTokens: 12,
      forcedEosTokenId: 0,
      eosTokenId: 0,
    });
    expect(variants).toHaveLength(numReturnSequences);
    for (const variant of variants) {
      const pairs = variant.ids.slice(1).map((id, i) => `${variant.ids[i]} ${id}`);
      expect(new Set(pairs).size).toBe(pairs.length);
      const written = variant.ids.slice(ids.length);
      expect(written).not.toContain(11);
      expect([12, 13]).not.toContain(written[0]);
      expect(variant.text).not.toMatch(/\b(server|HTTP)\b/);
      expect(written.length).toBeGreaterThan(12); // 12 and the end
      expect(variant.finishReason).toBe("eos");
      expect(written.at(-1)).toBe(0);
    }
    const again = await generate(engine, prompt, { ...options, numReturnSequences: 8 });
    const fewer = await generate(engine, prompt, { ...options, numReturnSequences: 1 });
    expect(fewer.variants[0]!.ids).toEqual(again.variants[0]!.ids);
  });

  test("an end at the first step", async () => {
    const first = (await generate(engine, prompt, { doSample: false, maxNewTokens: 1 })).variants[0]!.ids.at(-1)!;
    const { variants } = await generate(engine, prompt, { doSample: false, maxNewTokens: 9, eosTokenId: [3, first] });
    expect(variants[0]).toMatchObject({ finishReason: "eos", logprobs: [expect.any(Number)] });
    const later = await generate(engine, prompt, { doSample: false, maxNewTokens: 9, eosTokenId: [3, first], minLength: engine.encode(prompt).length + 1 });
    expect(later.variants[0]!.logprobs.length).toBeGreaterThan(1);
  });

  test("a forced first token follows a prompt of one token only", async () => {
    const run = async (ids: number[]) =>
      (await generate(engine, ids, { doSample: false, maxNewTokens: 2, forcedBosTokenId: 77, eosTokenId: [] })).variants[0]!.ids;
    expect((await run([33]))[1]).toBe(77);
    expect((await run([33, 34]))[2]).not.toBe(77);
  });

  test("a character whose bytes are spread over tokens appears when it is whole, also as a stop string", async () => {
    const bytes = engine.encode("🙂");
    expect(bytes.length).toBeGreaterThan(1);
    const sequenceBias = bytes.map((_, i): [number[], number] => [bytes.slice(0, i + 1), 40 * (i + 1)]);
    const events: RunEvent[] = [];
    const { variants } = await generate(engine, prompt, { doSample: false, maxNewTokens: 20, sequenceBias, stop: "🙂" }, (batch) => events.push(...batch));
    expect(variants[0]).toMatchObject({ text: "🙂", finishReason: "stop" });
    expect(events.filter((event) => event.type === "token").map((event) => event.text)).toEqual([...bytes.slice(1).map(() => ""), "🙂"]);
  });
});

describe("cost", () => {
  test("4 L + 1 linear layers per step for any N, and keys and values of prompt + N × tail", async () => {
    const layers = 6;
    const ids = engine.encode(prompt);
    for (const n of [1, 5, 8]) {
      const before = engine.stats();
      const { stats } = await generate(engine, ids, { seed: 1, numReturnSequences: n, maxNewTokens: 10, eosTokenId: [] });
      const after = engine.stats();
      expect(after.linearCalls - before.linearCalls).toBe(10 * (4 * layers + 1)); // one prefill, nine steps
      expect(after.rowsComputed - before.rowsComputed).toBe(ids.length + n * 9);
      expect(stats.kvBytes).toBe((ids.length + n * 9) * after.kvBytesPerToken);
      expect(after.kvBytes).toBe(stats.kvBytes); // kept, for what may go on from it
    }
  });
});

describe("cancelling", () => {
  test("all: before the first token, and in the middle; the next run is whole", async () => {
    const early = new RunControl();
    early.cancel();
    const none = await engine.generate(prompt, { seed: 1 }, early, () => {});
    expect(none.variants).toHaveLength(5);
    for (const variant of none.variants) expect(variant).toMatchObject({ finishReason: "cancelled", text: "", logprobs: [], score: null });
    const some = await generate(engine, prompt, { seed: 1, maxNewTokens: 40 }, (_, control) => control.cancel());
    for (const variant of some.variants) expect(variant.logprobs.length).toBeLessThan(40);
    const whole = await generate(engine, prompt, { seed: 1, maxNewTokens: 5, eosTokenId: [] });
    expect(whole.variants.map((v) => v.logprobs.length)).toEqual([5, 5, 5, 5, 5]);
  });
});

describe("bad options", () => {
  const cases: [string, object, RegExp][] = [
    ["n = 0", { numReturnSequences: 0 }, /numReturnSequences is 0.*1 to 32/],
    ["n = 100", { numReturnSequences: 100 }, /numReturnSequences is 100.*1 to 32/],
    ["n = 2.5", { numReturnSequences: 2.5 }, /numReturnSequences is 2.5/],
    ["greedy with two", { doSample: false, numReturnSequences: 2 }, /[Gg]reedy/],
    ["temperature NaN", { temperature: Number.NaN }, /temperature is (nan|NaN)/],
    ["temperature 0", { temperature: 0 }, /temperature is 0/],
    ["temperature as text", { temperature: "hot" }, /temperature is "hot"/],
    ["topK 2.5", { topK: 2.5 }, /topK is 2.5.*whole number of at least 0/],
    ["minP 2", { minP: 2 }, /minP is 2.*0 to 1/],
    ["typicalP 0", { typicalP: 0 }, /typicalP is 0.*above 0/],
    ["epsilonCutoff 1", { epsilonCutoff: 1 }, /epsilonCutoff is 1.*below 1/],
    ["etaCutoff −1", { etaCutoff: -1 }, /etaCutoff is -1/],
    ["repetitionPenalty 0", { repetitionPenalty: 0 }, /repetitionPenalty is 0.*above 0/],
    ["noRepeatNgramSize −1", { noRepeatNgramSize: -1 }, /noRepeatNgramSize is -1.*at least 0/],
    ["minNewTokens −1", { minNewTokens: -1 }, /minNewTokens is -1.*at least 0/],
    ["badWordsIds flat", { badWordsIds: [5] as unknown as number[][] }, /badWordsIds is \[5\].*lists of token ids/],
    ["badWordsIds with an empty one", { badWordsIds: [[]] }, /badWordsIds is \[\[\]\]/],
    ["badWordsIds outside the vocabulary", { badWordsIds: [[5, 13_312]] }, /badWordsIds holds 13312.*0 to 13311/],
    ["badWords empty", { badWords: [""] }, /badWords is \[""\]/],
    ["sequenceBias without a number", { sequenceBias: [[[5]]] as unknown as [number[], number][] }, /sequenceBias is \[\[\[5\]\]\]/],
    ["suppressTokens −1", { suppressTokens: [-1] }, /suppressTokens is \[-1\]/],
    ["forcedBosTokenId as a list", { forcedBosTokenId: [1] as unknown as number }, /forcedBosTokenId is \[1\]/],
    ["forcedEosTokenId outside the vocabulary", { forcedEosTokenId: 13_312 }, /forcedEosTokenId holds 13312/],
    ["topP 1.5", { topP: 1.5 }, /topP is 1.5.*at most 1/],
    ["topP 0", { topP: 0 }, /topP is 0/],
    ["topK −1", { topK: -1 }, /topK is -1/],
    ["maxNewTokens 0", { maxNewTokens: 0 }, /maxNewTokens is 0/],
    ["maxLength of the prompt", { maxLength: 5 }, /maxLength is 5/],
    ["seed −1", { seed: -1 }, /seed is -1/],
    ["seed 2³²", { seed: 2 ** 32 }, /seed is 4294967296/],
    ["alternatives 101", { alternatives: 101 }, /alternatives is 101/],
    ["empty stop string", { stop: "" }, /stop/],
    ["eos that is not an id", { eosTokenId: -2 }, /eosTokenId is -2/],
  ];

  test.each(cases)("%s", async (_, options, message) => {
    await expect(generate(engine, prompt, options)).rejects.toMatchObject({
      name: "VariorumError",
      code: "bad-option",
      message: expect.stringMatching(message),
    });
    expect((await generate(engine, prompt, { maxNewTokens: 1 })).variants).toHaveLength(5);
  });

  test("empty prompt, ids out of range or not whole", async () => {
    for (const bad of ["", [], [13_312], [-1], [1.5]]) {
      await expect(generate(engine, bad as number[], {})).rejects.toMatchObject({ code: "bad-option" });
      await expect(engine.score(bad as number[])).rejects.toMatchObject({ code: "bad-option" });
    }
  });

  test("text and stop strings on a model without a tokenizer", async () => {
    const plain = await load(`${hfFixtures}/base`);
    await expect(generate(plain, "text", {})).rejects.toMatchObject({ code: "bad-option", message: expect.stringContaining("tokenizer.json") });
    await expect(generate(plain, [1, 2], { stop: "x" })).rejects.toMatchObject({ code: "bad-option" });
    expect((await generate(plain, [1, 2], { maxNewTokens: 2, seed: 1 })).variants[0]!.text).toBeNull();
  });
});

test("score: one id gives no log-probabilities and no perplexity", async () => {
  expect(await engine.score([33])).toEqual({ ids: [33], logprobs: [], perplexity: null });
});

test("an aborted scoring is an AbortError and gives its memory back", async () => {
  const abort = new AbortController();
  const before = engine.stats().kvBytes;
  const scoring = engine.score(
    Array.from({ length: 200 }, () => 33),
    { signal: abort.signal },
  );
  setImmediate(() => abort.abort());
  await expect(scoring).rejects.toMatchObject({ name: "AbortError" });
  expect(engine.stats().kvBytes).toBe(before);
  expect((await engine.score([33, 34])).logprobs).toHaveLength(1);
});

test("two engines with different weights live side by side", async () => {
  const f32 = await load(demoOriginal, { weights: "f32" });
  const [a, b] = await Promise.all([f32.score(prompt), engine.score(prompt)]);
  expect(Math.abs(a.perplexity! / b.perplexity! - 1)).toBeLessThan(0.1);
});
