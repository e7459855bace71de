// Draws have the distribution that they should: 20,000 samples of one token against probabilities computed here, from the
// logits that score() shows, by a softmax and warpers written for this test. Seeds are fixed, so this never fails by chance.
import { beforeAll, expect, test, vi } from "vitest";
import type { GenerateOptions } from "../../web/api/types";
import type { Engine } from "../../web/engine/engine";
import { generate, hfFixtures, load } from "./support";

vi.setConfig({ testTimeout: 300_000 }); // 625 runs each

let engine: Engine;
beforeAll(async () => {
  engine = await load(`${hfFixtures}/base`, { weights: "f32", threads: 1 });
});

const prompt = [17, 4, 99];
const samples = 20_000;
const perRun = 32;

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** Ids by probability, most probable first. */
const byProbability = (p: readonly number[]) => p.map((_, id) => id).sort((a, b) => p[b]! - p[a]! || a - b);

const only = (logits: readonly number[], ids: ReadonlySet<number>) => logits.map((logit, id) => (ids.has(id) ? logit : -Infinity));

function topK(logits: readonly number[], k: number): number[] {
  return only(logits, new Set(byProbability(softmax(logits)).slice(0, k)));
}

/** The most probable ids until they have `p` together, the one that gets there included. */
function topP(logits: readonly number[], p: number): number[] {
  const probabilities = softmax(logits);
  const kept = new Set<number>();
  let sum = 0;
  for (const id of byProbability(probabilities)) {
    if (sum >= p) break;
    kept.add(id);
    sum += probabilities[id]!;
  }
  return only(logits, kept);
}

/** Value that chi-square with `degrees` exceeds once in a thousand draws (Wilson and Hilferty's approximation). */
function criticalValue(degrees: number): number {
  const z = 3.0902;
  const c = 2 / (9 * degrees);
  return degrees * (1 - c + z * Math.sqrt(c)) ** 3;
}

async function draw(options: GenerateOptions): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (let seed = 0; seed < samples / perRun; seed++) {
    const { variants } = await generate(engine, prompt, { ...options, seed, numReturnSequences: perRun, maxNewTokens: 1 });
    for (const { ids } of variants) counts.set(ids.at(-1)!, (counts.get(ids.at(-1)!) ?? 0) + 1);
  }
  return counts;
}

test.each<[string, GenerateOptions, (logits: number[]) => number[]]>([
  ["the model's own distribution", { temperature: 1, topK: 0 }, (logits) => logits],
  [
    "temperature 1.6, topK 40",
    { temperature: 1.6, topK: 40 },
    (logits) =>
      topK(
        logits.map((logit) => logit / 1.6),
        40,
      ),
  ],
  [
    "temperature 0.7, topP 0.9",
    { temperature: 0.7, topK: 0, topP: 0.9 },
    (logits) =>
      topP(
        logits.map((logit) => logit / 0.7),
        0.9,
      ),
  ],
])("%s", async (_, options, warp) => {
  const { logits } = await engine.score(prompt, { logits: true });
  const expected = softmax(warp(Array.from(logits!.at(-1)!)));
  const counts = await draw(options);
  for (const id of counts.keys()) expect(expected[id], `token ${id} was drawn and should not be`).toBeGreaterThan(0);

  // From the rarest id up, ids share a bin until five draws are expected of it.
  let statistic = 0;
  let bins = 0;
  let mean = 0;
  let seen = 0;
  for (const id of byProbability(expected).reverse()) {
    mean += expected[id]! * samples;
    seen += counts.get(id) ?? 0;
    if (mean < 5) continue;
    statistic += (seen - mean) ** 2 / mean;
    bins++;
    mean = seen = 0;
  }
  expect(bins).toBeGreaterThan(10);
  expect(statistic).toBeLessThan(criticalValue(bins - 1));
});
