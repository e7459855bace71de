// Runs that come from runs: continued, branched, repeated from their recipe. Equal to fresh ones to the bit, at the cost of
// what is new.
import { beforeAll, describe, expect, test } from "vitest";
import type { ContinueOptions, GenerateOptions, Recipe, RunEvent, RunResult } from "../../web/api/types";
import { type Engine, RunControl } from "../../web/engine/engine";
import type { Parent } from "../../web/engine/lineage";
import { demo, demoOriginal, generate, hfFixtures, load } from "./support";

const prompt = "With this tool you can";
const options = { seed: 11, numReturnSequences: 4, temperature: 0.9, eosTokenId: [] as number[] };

let engine: Engine;
beforeAll(async () => {
  engine = await load(demo);
});

const go = (parent: Parent, more: ContinueOptions, on: Engine = engine, events: RunEvent[] = []) =>
  on.continue(parent, more, new RunControl(), (batch) => void events.push(...batch));
const branch = (parent: Parent, variant: number, position: number, token: number, more: GenerateOptions = {}, on: Engine = engine) =>
  on.branch(parent, { variant, position, token }, more, new RunControl(), () => {});
const repeat = (recipe: Recipe, on: Engine = engine, events: RunEvent[] = []) =>
  // As it arrives from a file.
  on.generate(JSON.parse(JSON.stringify(recipe)) as Recipe, {}, new RunControl(), (batch) => void events.push(...batch));

async function rowsOf<T>(on: Engine, work: () => Promise<T>): Promise<[T, number]> {
  const before = on.stats().rowsComputed;
  const result = await work();
  return [result, on.stats().rowsComputed - before];
}

describe("continue", () => {
  test("is one long run: result and events, in one row per new token", async () => {
    const allEvents: RunEvent[] = [];
    const whole = await generate(engine, prompt, { ...options, maxNewTokens: 30 }, (batch) => allEvents.push(...batch));
    const begun = await generate(engine, prompt, { ...options, maxNewTokens: 12 });
    const events: RunEvent[] = [];
    const [rest, rows] = await rowsOf(engine, () => go(begun, { maxNewTokens: 18 }, engine, events));
    expect(rows).toBe(4 * 18);
    expect(rest.variants).toEqual(whole.variants);
    expect(rest.stats.tokens).toBe(4 * 18);
    expect(events.filter((e) => e.type === "end")).toHaveLength(4);
    const tokens = (list: RunEvent[], variant: number) => list.filter((e) => e.type === "token" && e.variant === variant).slice(-17);
    for (const variant of [0, 3]) expect(tokens(events, variant)).toEqual(tokens(allEvents, variant));
  });

  test("in another engine, or after other runs, it computes the text once more and gives the same", async () => {
    const whole = await generate(engine, prompt, { ...options, maxNewTokens: 20 });
    const begun = await generate(engine, prompt, { ...options, maxNewTokens: 5 });
    const elsewhere = await load(demo, { threads: 1, module: "simd" });
    const [there, rows] = await rowsOf(elsewhere, () => go(begun, { maxNewTokens: 15 }, elsewhere));
    expect(there.variants).toEqual(whole.variants);
    expect(rows).toBe(begun.promptIds.length + 4 * (5 + 14));
    await generate(engine, "Something else", { maxNewTokens: 3 });
    expect((await go(begun, { maxNewTokens: 15 })).variants).toEqual(whole.variants);
  });

  test("cancelled variants go on from where they were, those that are named alone", async () => {
    const whole = await generate(engine, prompt, { ...options, maxNewTokens: 30 });
    let seen = 0;
    const cut = await generate(engine, prompt, { ...options, maxNewTokens: 30 }, (events, control) => {
      seen += events.filter((event) => event.type === "token" && event.variant === 2).length;
      if (seen === 6) control.cancel();
    });
    const [rest, rows] = await rowsOf(engine, () => go(cut, { maxNewTokens: 10, variants: [2, 1] }));
    const length = cut.promptIds.length + 6;
    expect(rows).toBe(20);
    expect(rest.variants[0]).toEqual(cut.variants[0]);
    for (const i of [1, 2]) {
      expect(rest.variants[i]!.ids).toEqual(whole.variants[i]!.ids.slice(0, length + 10));
      expect(rest.variants[i]!.logprobs).toEqual(whole.variants[i]!.logprobs.slice(0, 16));
      expect(rest.variants[i]!.finishReason).toBe("length");
    }
  });

  test("a variant that met an eos or a stop string goes on only if it is named, behind it", async () => {
    const free = await generate(engine, prompt, { ...options, maxNewTokens: 30 });
    const eos = free.variants[1]!.ids[free.promptIds.length + 4]!;
    const ended = await generate(engine, prompt, { ...options, maxNewTokens: 10, eosTokenId: eos, stop: "zzzz" });
    expect(ended.variants[1]!.finishReason).toBe("eos");
    const open = ended.variants.flatMap((variant, i) => (variant.finishReason === "length" ? [i] : []));
    const rest = await go(ended, { maxNewTokens: 3 });
    rest.variants.forEach((variant, i) =>
      open.includes(i) ? expect(variant.ids.length).toBeGreaterThan(ended.variants[i]!.ids.length) : expect(variant).toEqual(ended.variants[i]),
    );
    const past = await go(ended, { maxNewTokens: 2, variants: [1] });
    expect(past.variants[1]!.ids).toEqual(free.variants[1]!.ids.slice(0, ended.variants[1]!.ids.length + 2));

    const stopped = await generate(engine, prompt, { ...options, numReturnSequences: 1, maxNewTokens: 30, stop: free.variants[0]!.text!.slice(8, 11) });
    expect(stopped.variants[0]!.finishReason).toBe("stop");
    expect(await go(stopped, { maxNewTokens: 5 })).toMatchObject({ variants: stopped.variants, stats: { tokens: 0 } });
    const beyond = await go(stopped, { maxNewTokens: 2, variants: [0] });
    expect(beyond.variants[0]!.logprobs).toHaveLength(stopped.variants[0]!.logprobs.length + 2);
  });

  test("a stop string may straddle the place where the run was continued", async () => {
    const free = await generate(engine, prompt, { ...options, numReturnSequences: 1, maxNewTokens: 20 });
    const half = await generate(engine, prompt, { ...options, numReturnSequences: 1, maxNewTokens: 8 });
    const at = half.variants[0]!.text!.length;
    const stop = free.variants[0]!.text!.slice(at - 3, at + 2);
    const with_ = { ...options, numReturnSequences: 1, stop };
    const whole = await generate(engine, prompt, { ...with_, maxNewTokens: 20 });
    const rest = await go(await generate(engine, prompt, { ...with_, maxNewTokens: 8 }), { maxNewTokens: 12 });
    expect(whole.variants[0]!.finishReason).toBe("stop");
    expect(rest.variants).toEqual(whole.variants);
  });

  test("fills the context by default, and no further", async () => {
    const near = await generate(
      engine,
      Array.from({ length: 240 }, (_, i) => i + 20),
      { ...options, maxNewTokens: 6 },
    );
    const rest = await go(near, {});
    expect(rest.variants.map((v) => v.ids.length)).toEqual([256, 256, 256, 256]);
    await expect(go(near, { maxNewTokens: 11 })).rejects.toMatchObject({ code: "context-full" });
    await expect(go(rest, {})).rejects.toMatchObject({ code: "context-full" });
  });

  test.each([
    [{ maxNewTokens: 0 }, /maxNewTokens is 0/],
    [{ variants: [4] }, /variants is \[4\].*0 to 3/],
    [{ variants: [1, 1] }, /different/],
  ])("%j is a bad option", async (more, message) => {
    const run = await generate(engine, prompt, { ...options, maxNewTokens: 2 });
    await expect(go(run, more)).rejects.toMatchObject({ code: "bad-option", message: expect.stringMatching(message) });
  });
});

describe("branch", () => {
  let parent: RunResult;
  beforeAll(async () => {
    parent = await generate(engine, prompt, { ...options, maxNewTokens: 20 });
  });

  test("its first new token costs one row, and it equals a fresh run of the prefix with the parent's stream", async () => {
    parent = await generate(engine, prompt, { ...options, maxNewTokens: 20 });
    for (const [variant, offset] of [
      [3, 7],
      [2, 0],
      [0, 19],
      [1, 20],
    ] as const) {
      const position = parent.promptIds.length + offset;
      const [first, row] = await rowsOf(engine, () => branch(parent, variant, position, 42, { maxNewTokens: 1 }));
      expect(row).toBe(offset === 20 ? 2 : 1); // the last token of a run is not computed yet
      expect(first.variants[0]!.logprobs).toHaveLength(1);
      const [run, rows] = await rowsOf(engine, () => branch(parent, variant, position, 42, { maxNewTokens: 9 }));
      expect(rows).toBe(9);
      expect(run.promptIds).toEqual([...parent.variants[variant]!.ids.slice(0, position), 42]);
      expect(run.recipe.streams).toEqual([variant]);
      const elsewhere = await load(demo);
      const fresh = await generate(elsewhere, run.promptIds, { ...options, numReturnSequences: 1, streams: [variant], maxNewTokens: 9 });
      expect(run.variants).toEqual(fresh.variants);
    }
  });

  test("the token that the parent had gives the parent's text", async () => {
    const position = parent.promptIds.length + 5;
    const { variants } = await branch(parent, 2, position, parent.variants[2]!.ids[position]!, { maxNewTokens: 14 });
    expect(variants[0]!.ids).toEqual(parent.variants[2]!.ids);
    expect(variants[0]!.logprobs).toEqual(parent.variants[2]!.logprobs.slice(6));
  });

  test("takes the parent's options, length and seed, but for what is given; several variants follow the parent's stream", async () => {
    const run = await branch(parent, 1, parent.promptIds.length + 3, 42, { numReturnSequences: 3, topK: 7 });
    expect(run.recipe).toMatchObject({ seed: 11, streams: [1, 2, 3], options: { topK: 7, temperature: 0.9, maxNewTokens: 20 } });
    expect(run.variants.map((v) => v.logprobs.length)).toEqual([20, 20, 20]);
    const nested = await branch(run, 2, run.promptIds.length + 2, 5, { maxNewTokens: 3 });
    expect(nested.recipe.streams).toEqual([3]);
  });

  test.each([
    [4, 7, 1, /variant is 4/],
    [0, -1, 1, /position is -1/],
    [0, 1000, 1, /position is 1000/],
    [0, 7, 1.5, /token is 1.5/],
    [0, 7, 13_312, /Token id 13312/],
  ])("variant %d, position %d, token %d is a bad option", async (variant, position, token, message) => {
    await expect(branch(parent, variant, position, token)).rejects.toMatchObject({ code: "bad-option", message: expect.stringMatching(message) });
  });
});

describe("recipes", () => {
  test("repeat a run, with generation_config.json, stop strings and a seed of its own, anywhere", async () => {
    const events: RunEvent[] = [];
    const run = await generate(engine, prompt, { maxNewTokens: 25, stop: [".", "!"] }, (batch) => events.push(...batch));
    expect(run.recipe).toMatchObject({
      version: 1,
      model: { sha256: engine.info.sha256, weights: "q8" },
      promptIds: run.promptIds,
      seed: run.seed,
      streams: [0, 1, 2, 3, 4],
    });
    expect(run.recipe.options).toMatchObject({ temperature: 0.8, topK: 40, topP: 0.95, stop: [".", "!"], overflow: "error" });
    const elsewhere = await load(demo, { threads: 1, module: "simd" });
    const again: RunEvent[] = [];
    const repeated = await repeat(run.recipe, elsewhere, again);
    expect(repeated.variants).toEqual(run.variants);
    expect(repeated.recipe).toEqual(run.recipe);
    expect(again).toEqual(events);
  });

  test("repeat what was cancelled, continued and branched", async () => {
    let seen = 0;
    const run = await generate(engine, prompt, { ...options, maxNewTokens: 12 }, (events, control) => {
      seen += events.filter((event) => event.type === "token" && event.variant === 2).length;
      if (seen === 4) control.cancel(2);
    });
    expect(run.recipe.cancelled).toEqual([[2, 4]]);
    expect((await repeat(run.recipe)).variants).toEqual(run.variants);

    const more = await go(await go(run, { maxNewTokens: 3 }), { maxNewTokens: 4, variants: [0, 2] });
    const events: RunEvent[] = [];
    const repeated = await repeat(more.recipe, engine, events);
    expect(repeated.variants).toEqual(more.variants);
    expect(repeated.recipe).toEqual(more.recipe);
    for (const i of [0, 1, 2, 3]) {
      const own = events.filter((event) => event.variant === i);
      expect(own.flatMap((event) => (event.type === "token" ? [event.token] : []))).toEqual(more.variants[i]!.ids.slice(more.promptIds.length));
      expect(own.filter((event) => event.type === "end")).toEqual([own.at(-1)]);
    }
    const side = await branch(more, 2, more.promptIds.length + 9, 77);
    expect((await repeat(side.recipe)).variants).toEqual(side.variants);
  });

  test("a repetition that is cancelled ends there", async () => {
    const run = await go(await generate(engine, prompt, { ...options, maxNewTokens: 8 }), { maxNewTokens: 20 });
    const control = new RunControl();
    const events: RunEvent[] = [];
    const cut = await engine.generate(run.recipe, {}, control, (batch) => {
      events.push(...batch);
      if (events.length > 8) control.cancel();
    });
    expect(cut.variants.map((v) => v.finishReason)).toEqual(Array(4).fill("cancelled"));
    expect(events.filter((event) => event.type === "end")).toHaveLength(4);
    expect((await repeat(cut.recipe)).variants).toEqual(cut.variants);
  });

  test("another model or other weights are refused, both named; so is what is no recipe", async () => {
    const { recipe } = await generate(engine, prompt, { maxNewTokens: 2 });
    const other = await load(`${hfFixtures}/base`);
    await expect(repeat({ ...recipe, model: { ...recipe.model, sha256: "0".repeat(64) } })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringMatching(new RegExp(`0{64}.*${engine.info.sha256}`)),
    });
    await expect(repeat(recipe, other)).rejects.toMatchObject({ code: "bad-option", message: expect.stringContaining(recipe.model.sha256!) });
    await expect(repeat({ ...recipe, model: { ...recipe.model, weights: "f32" } })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringMatching(/f32.*q8/),
    });
    for (const [damage, message] of [
      [{ version: 2 }, /version 2/],
      [{ streams: [] }, /damaged/],
      [{ promptIds: "x" }, /damaged/],
      [{ continued: [{}] }, /damaged/],
      [{ cancelled: [[9, 1]] }, /damaged/],
      [{ options: { ...recipe.options, hotness: 3 } }, /hotness/],
      [{ options: { ...recipe.options, temperature: -1 } }, /temperature/],
    ] as const) {
      await expect(repeat({ ...recipe, ...damage } as unknown as Recipe)).rejects.toMatchObject({
        code: "bad-option",
        message: expect.stringMatching(message),
      });
    }
    await expect(engine.generate(recipe, { topK: 3 }, new RunControl(), () => {})).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringContaining("topK"),
    });
  });

  test("repeat a run of beams, which cannot be continued but branched from", async () => {
    const run = await generate(engine, prompt, { seed: 3, numBeams: 4, numReturnSequences: 2, maxNewTokens: 10, earlyStopping: "never", lengthPenalty: 0.5 });
    expect(run.recipe.options).toMatchObject({ numBeams: 4, earlyStopping: "never", lengthPenalty: 0.5 });
    expect((await repeat(run.recipe)).variants).toEqual(run.variants);
    await expect(go(run, {})).rejects.toMatchObject({ code: "bad-option", message: expect.stringMatching(/beams/) });
    const side = await branch(run, 1, run.promptIds.length + 2, 9, { numBeams: 1, maxNewTokens: 4 });
    expect((await repeat(side.recipe)).variants).toEqual(side.variants);
    await expect(generate(engine, prompt, { numBeams: 2, overflow: "slide" })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringMatching(/overflow is "slide".*beams/),
    });
  });

  test("keep every option: processors, forced tokens, bad words as their ids", async () => {
    const run = await generate(engine, prompt, {
      maxNewTokens: 8,
      repetitionPenalty: 1.2,
      noRepeatNgramSize: 3,
      badWords: "the",
      sequenceBias: [[[5, 6], -1.5]],
      forcedEosTokenId: 0,
      minNewTokens: 2,
      suppressTokens: [40, 41],
    });
    expect(run.recipe.options).toMatchObject({
      forcedEosTokenId: [0],
      badWordsIds: [engine.encode("the"), engine.encode(" the")],
      sequenceBias: [[[5, 6], -1.5]],
    });
    expect((await repeat(run.recipe)).variants).toEqual(run.variants);
  });

  test("of a plain Hugging Face folder", async () => {
    const f32 = await load(demoOriginal, { weights: "f32" });
    const run = await generate(f32, prompt, { maxNewTokens: 5 });
    expect((await repeat(run.recipe, f32)).variants).toEqual(run.variants);
  });
});

describe("overflow", () => {
  const ids = Array.from({ length: 400 }, (_, i) => (i * 131) % 8000);

  test("slide writes past the context, says what was dropped, and is the same for any n and when continued", async () => {
    const long = { ...options, overflow: "slide", maxNewTokens: 150 } as const;
    const run = await generate(engine, ids, long);
    expect(run.variants.map((v) => [v.ids.length, v.logprobs.length, v.dropped])).toEqual(Array(4).fill([550, 150, 384]));
    expect(run.variants[0]!.ids.slice(0, 400)).toEqual(ids);
    const one = await generate(await load(demo, { threads: 1 }), ids, { ...long, numReturnSequences: 1 });
    expect(one.variants[0]).toEqual(run.variants[0]);
    const rest = await go(await generate(engine, ids, { ...long, maxNewTokens: 60 }), { maxNewTokens: 90 });
    expect(rest.variants).toEqual(run.variants);
    expect((await repeat(run.recipe)).variants).toEqual(run.variants);
    const position = 480;
    const side = await branch(run, 1, position, run.variants[1]!.ids[position]!, { maxNewTokens: 69 });
    expect(side.variants[0]!.ids).toEqual(run.variants[1]!.ids);
  });

  test("is an error by default; slide changes nothing for what fits; the default length does not shrink", async () => {
    await expect(generate(engine, ids, {})).rejects.toMatchObject({ code: "context-full" });
    await expect(generate(engine, prompt, { overflow: "wrap" as "slide" })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringMatching(/overflow is "wrap"/),
    });
    const fits = await generate(engine, prompt, { ...options, maxNewTokens: 9 });
    const slide = await generate(engine, prompt, { ...options, maxNewTokens: 9, overflow: "slide" });
    expect(slide.variants).toEqual(fits.variants);
    expect(slide.variants[0]).not.toHaveProperty("dropped");
    expect((await generate(engine, ids.slice(0, 250), { ...options, overflow: "slide" })).variants[0]!.logprobs).toHaveLength(50);
  });
});

test.each([
  [{ streams: [1], numReturnSequences: 2 }, /streams has 1 entries for 2/],
  [{ streams: [-1] }, /streams is -1/],
  [{ streams: 3 as unknown as number[] }, /streams is 3/],
])("%j is a bad option", async (more, message) => {
  await expect(generate(engine, prompt, more)).rejects.toMatchObject({ code: "bad-option", message: expect.stringMatching(message) });
});
