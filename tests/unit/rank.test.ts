// Ranking: what the score is, against score() of the whole text.
import { beforeAll, expect, test } from "vitest";
import type { RankProgress } from "../../web/api/types";
import type { Engine } from "../../web/engine/engine";
import { demo, hfFixtures, load } from "./support";

let engine: Engine;
beforeAll(async () => {
  engine = await load(demo);
});

const context = "A fast web server that";
const candidates = [" serves files", " xylophone", " is easy to use and configure", " runs"];
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const after = async (before: number[], ids: number[]) => (await engine.score([...before, ...ids])).logprobs.slice(before.length - 1);

test("scores are those of the whole text, best first; the context is computed once", async () => {
  const before = engine.stats().rowsComputed;
  const ranking = await engine.rank(context, candidates);
  const contextIds = engine.encode(context);
  const lengths = candidates.map((candidate) => engine.encode(candidate).length);
  expect(engine.stats().rowsComputed - before).toBe(contextIds.length + sum(lengths.map((length) => length - 1)));
  expect(ranking.map((entry) => entry.score)).toEqual(ranking.map((entry) => entry.score).sort((a, b) => b - a));
  expect(ranking.map((entry) => entry.index).sort()).toEqual([0, 1, 2, 3]);
  for (const { index, ids, logprobs, logLikelihood, score, ...rest } of ranking) {
    expect(ids).toEqual(engine.encode(candidates[index]!));
    expect(logprobs).toEqual(await after(contextIds, ids));
    expect(logLikelihood).toBe(sum(logprobs));
    expect(score).toBe(logLikelihood);
    expect(rest).toEqual({});
  }
  expect(ranking.at(-1)!.index).toBe(1);
});

test("by length, and against the candidate's own prior", async () => {
  for (const { logLikelihood, ids, score } of await engine.rank(context, candidates, { normalize: "length" })) {
    expect(score).toBe(logLikelihood / ids.length);
  }
  for (const { ids, logLikelihood, prior, score } of await engine.rank(context, candidates, { normalize: "prior" })) {
    expect(prior).toBe(sum(await after([0], ids))); // bos_token_id of the demo
    expect(score).toBe(logLikelihood - prior!);
  }
  const neutral = engine.encode("It");
  for (const { ids, prior } of await engine.rank(context, candidates, { normalize: "prior", priorContext: "It" })) {
    expect(prior).toBe(sum(await after(neutral, ids)));
  }
});

test("ids, equal candidates in their order, a hundred of them with progress", async () => {
  const many = Array.from({ length: 100 }, (_, i) => [(i % 50) + 100, 7, 8]);
  const seen: RankProgress[] = [];
  const ranking = await engine.rank([5, 6], many, { normalize: "prior", onProgress: (progress) => seen.push(progress) });
  for (let i = 0; i < 100; i += 2) {
    expect(ranking[i + 1]!.index).toBe(ranking[i]!.index + 50);
    expect(ranking[i + 1]!.logprobs).toEqual(ranking[i]!.logprobs);
  }
  expect(seen.at(-1)).toEqual({ done: 200, total: 200 });
  expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
  expect(seen.length).toBeGreaterThan(10);
});

test("an abort ends it and gives its memory back", async () => {
  const before = engine.stats().kvBytes;
  const abort = new AbortController();
  const many = Array.from({ length: 200 }, (_, i) => [i, 7, 8, 9]);
  await expect(engine.rank(context, many, { signal: abort.signal, onProgress: () => abort.abort() })).rejects.toMatchObject({ name: "AbortError" });
  expect(engine.stats().kvBytes).toBe(before);
  expect(await engine.rank(context, [" runs"])).toHaveLength(1);
});

test.each<[string, () => Promise<unknown>, string, RegExp]>([
  ["no candidates", () => engine.rank(context, []), "bad-option", /at least one candidate/],
  ["an empty candidate", () => engine.rank(context, [" a", ""]), "bad-option", /Candidate 1 .*empty/],
  ["an empty context", () => engine.rank("", [" a"]), "bad-option", /empty/],
  ["an unknown normalization", () => engine.rank(context, [" a"], { normalize: "pmi" as "prior" }), "bad-option", /normalize is "pmi"/],
  ["a candidate that does not fit", () => engine.rank(context, [" a", Array.from({ length: 255 }, () => 5)]), "context-full", /Candidate 1 .*256/],
])("%s", async (_, call, code, message) => {
  await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test("a model without a tokenizer ranks ids", async () => {
  const plain = await load(`${hfFixtures}/base`);
  expect(await plain.rank([1, 2], [[3], [4, 5]], { normalize: "length" })).toHaveLength(2);
  await expect(plain.rank([1, 2], ["x"])).rejects.toMatchObject({ code: "bad-option", message: expect.stringContaining("tokenizer.json") });
});
