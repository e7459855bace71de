// Beam search through the engine: events, stop strings, ends, cancelling, and that the same comes of it anywhere. Its equality
// with Hugging Face's is in huggingface.test.ts.
import { beforeAll, describe, expect, test } from "vitest";
import type { GenerateOptions, RunEvent, Variant } from "../../web/api/types";
import type { Engine } from "../../web/engine/engine";
import { RunControl } from "../../web/engine/engine";
import { demo, generate, load } from "./support";

let engine: Engine;
let promptIds: number[];
beforeAll(async () => {
  engine = await load(demo);
  promptIds = engine.encode(prompt);
});

const prompt = "A fast web server that";
const search: GenerateOptions = { doSample: false, numBeams: 4, maxNewTokens: 16, eosTokenId: [] };
const bits = ({ ids, logprobs, score, finishReason }: Variant) => ({
  ids,
  logprobs: [...new BigUint64Array(new Float64Array(logprobs).buffer)],
  score,
  finishReason,
});
const writtenBy = (variant: Variant) => variant.ids.slice(promptIds.length);

describe("counts", () => {
  test("as many variants as beams, five at the most, or as many as asked for", async () => {
    const count = async (options: GenerateOptions) => (await generate(engine, prompt, { maxNewTokens: 2, seed: 1, ...options })).variants.length;
    expect(await count({ doSample: false, numBeams: 3 })).toBe(3);
    expect(await count({ doSample: false, numBeams: 8 })).toBe(5);
    expect(await count({ numBeams: 2 })).toBe(2);
    expect(await count({ numBeams: 8, numReturnSequences: 8 })).toBe(8);
    expect(await count({ numBeams: 8, numReturnSequences: 1 })).toBe(1);
  });

  test.each<[string, GenerateOptions, RegExp]>([
    ["more sequences than beams", { numBeams: 3, numReturnSequences: 4 }, /numReturnSequences is 4.*at most numBeams, which is 3/],
    ["33 beams", { numBeams: 33 }, /numBeams is 33.*1 to 32/],
    ["no beam", { numBeams: 0 }, /numBeams is 0.*1 to 32/],
    ["a length penalty that is none", { numBeams: 2, lengthPenalty: Number.NaN }, /lengthPenalty is (nan|NaN).*finite/],
    ["early stopping of another kind", { numBeams: 2, earlyStopping: "sometimes" as "never" }, /earlyStopping is "sometimes".*true, false or "never"/],
  ])("%s is bad-option", async (_, options, message) => {
    await expect(generate(engine, prompt, options)).rejects.toMatchObject({ code: "bad-option", message: expect.stringMatching(message) });
  });
});

describe("events", () => {
  test("the last revision of each place is its result; one end each; best first", async () => {
    const events: RunEvent[] = [];
    const before = engine.stats().kvBytes;
    const { variants, stats } = await generate(engine, prompt, search, (batch) => events.push(...batch));
    expect(events.filter((event) => event.type === "token")).toEqual([]);
    variants.forEach((variant, i) => {
      const own = events.filter((event) => event.variant === i);
      const revisions = own.filter((event) => event.type === "revise");
      expect(revisions.length).toBeGreaterThanOrEqual(16);
      expect(revisions.at(-1)).toMatchObject({ ids: variant.ids, text: variant.text });
      expect(own.at(-1)).toEqual({ type: "end", variant: i, finishReason: "length" });
      expect(own.filter((event) => event.type === "end")).toHaveLength(1);
      expect(variant.score).toBeCloseTo(variant.logprobs.reduce((a, b) => a + b, 0) / 16, 4);
    });
    const scores = variants.map((variant) => variant.score!);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(variants.map((variant) => variant.ids.join())).size).toBe(4);
    expect(stats.tokens).toBe(4 * 16);
    expect(engine.stats().kvBytes).toBe(before);
  });

  test("the best beam is at least as probable as the greedy text", async () => {
    const greedy = (await generate(engine, prompt, { ...search, numBeams: 1 })).variants[0]!;
    const best = (await generate(engine, prompt, search)).variants[0]!;
    expect(best.score!).toBeGreaterThanOrEqual(greedy.score! - 1e-6);
  });
});

describe("ends", () => {
  test("a stop string ends texts, also when it straddles tokens", async () => {
    const free = (await generate(engine, prompt, search)).variants[0]!;
    // From inside one token into the next but one: no token holds it all.
    const stop = free.text!.slice(7, 17);
    expect(engine.encode(free.text!).length).toBe(16);
    const { variants } = await generate(engine, prompt, { ...search, stop: ["never occurs", stop], lengthPenalty: -3 }); // short texts win
    expect(variants.some((variant) => variant.finishReason === "stop")).toBe(true);
    for (const variant of variants) {
      expect(variant.text!.includes(stop)).toBe(variant.finishReason === "stop");
      // It ends with the token that completes the stop string.
      if (variant.finishReason === "stop") expect(variant.text!.length - variant.text!.indexOf(stop) - stop.length).toBeLessThan(12);
    }
  });

  test("several ends of sequence, also at the first step", async () => {
    const first = (await generate(engine, prompt, { ...search, numReturnSequences: 4, maxNewTokens: 1 })).variants.map((variant) => variant.ids.at(-1)!);
    const { variants } = await generate(engine, prompt, { ...search, eosTokenId: first.slice(0, 2), lengthPenalty: -3 });
    expect(writtenBy(variants[0]!)).toEqual([first[0]]);
    expect(variants[0]).toMatchObject({ finishReason: "eos", logprobs: [expect.any(Number)] });
    for (const variant of variants) expect(variant.finishReason === "eos").toBe(first.slice(0, 2).includes(variant.ids.at(-1)!));
  });

  test("at the end of the context", async () => {
    const ids = Array.from({ length: 250 }, (_, i) => 33 + i);
    const { variants } = await generate(engine, ids, { doSample: false, numBeams: 3, eosTokenId: [] });
    expect(variants.map((variant) => [variant.ids.length, variant.finishReason])).toEqual(Array.from({ length: 3 }, () => [256, "length"]));
    await expect(generate(engine, ids, { numBeams: 3, maxNewTokens: 7 })).rejects.toMatchObject({ code: "context-full" });
  });

  test("cancelling: one place keeps what it has, the others go on; all", async () => {
    const whole = await generate(engine, prompt, search);
    const events: RunEvent[] = [];
    let steps = 0;
    const { variants } = await generate(engine, prompt, search, (batch, control) => {
      events.push(...batch);
      if (++steps === 4) control.cancel(1);
    });
    expect(variants[1]!.finishReason).toBe("cancelled");
    expect(variants[1]!.logprobs).toHaveLength(4);
    for (const i of [0, 2, 3]) expect(bits(variants[i]!)).toEqual(bits(whole.variants[i]!));
    expect(events.filter((event) => event.type === "end" && event.variant === 1)).toHaveLength(1);

    const before = engine.stats().kvBytes;
    const control = new RunControl();
    control.cancel();
    const none = await engine.generate(prompt, search, control, () => {});
    for (const variant of none.variants) expect(variant).toMatchObject({ ids: promptIds, text: "", logprobs: [], finishReason: "cancelled", score: null });
    expect(engine.stats().kvBytes).toBe(before);
  });
});

describe("sampling", () => {
  const options: GenerateOptions = { numBeams: 4, seed: 7, maxNewTokens: 12, temperature: 1.3, topK: 20, topP: 0.95 };

  test("the same for 1 and 2 threads and in both modules; another seed gives other texts", async () => {
    const reference = (await generate(engine, prompt, options)).variants.map(bits);
    for (const threads of [1, 2]) {
      for (const module of ["simd", "relaxed"] as const) {
        const other = await load(demo, { threads, module });
        expect((await generate(other, prompt, options)).variants.map(bits)).toEqual(reference);
      }
    }
    expect((await generate(engine, prompt, { ...options, seed: 8 })).variants.map(bits)).not.toEqual(reference);
  });
});

describe("with processors", () => {
  test("no n-gram twice, bad words and suppressed tokens absent, at least so many tokens", async () => {
    for (const doSample of [false, true]) {
      const common = { ...search, doSample, seed: 3, maxNewTokens: 24, eosTokenId: 0 };
      const free = (await generate(engine, prompt, common)).variants[0]!;
      const suppressed = writtenBy(free)[0]!;
      const { variants } = await generate(engine, prompt, {
        ...common,
        noRepeatNgramSize: 2,
        repetitionPenalty: 1.2,
        badWords: ["server", "HTTP"],
        suppressTokens: [suppressed],
        minNewTokens: 10,
      });
      for (const variant of variants) {
        const pairs = variant.ids.slice(1).map((id, i) => `${variant.ids[i]} ${id}`);
        expect(new Set(pairs).size).toBe(pairs.length);
        expect(writtenBy(variant)).not.toContain(suppressed);
        expect(variant.text).not.toMatch(/\b(server|HTTP)\b/);
        expect(variant.logprobs.length).toBeGreaterThanOrEqual(10);
      }
    }
  });

  test("a forced end; a character whose bytes are spread over tokens is shown whole", async () => {
    const bytes = engine.encode("🙂");
    expect(bytes.length).toBeGreaterThan(1);
    const sequenceBias = bytes.map((_, i): [number[], number] => [bytes.slice(0, i + 1), 40 * (i + 1)]);
    const events: RunEvent[] = [];
    const { variants } = await generate(
      engine,
      prompt,
      { ...search, maxNewTokens: bytes.length + 1, sequenceBias, forcedEosTokenId: 0, eosTokenId: 0 },
      (batch) => events.push(...batch),
    );
    expect(writtenBy(variants[0]!)).toEqual([...bytes, 0]);
    expect(variants[0]).toMatchObject({ text: "🙂", finishReason: "eos" });
    for (const event of events) if (event.type === "revise" && event.variant === 0) expect(event.text).not.toContain("\uFFFD");
  });
});
