// What must hold for any options, drawn by fast-check: runs repeat, a batch is its single variants, a continued run is one
// long run, a branch is a fresh run with the branch's stream; ids and log-probabilities to the bit, for any number of threads.
import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import type { GenerateOptions, Variant } from "../../web/api/types";
import { type Engine, RunControl } from "../../web/engine/engine";
import { demo, generate, hfFixtures, load } from "./support";

/** Engines of one model, which differ in what must make no difference. */
interface Subject {
  name: string;
  engines: Engine[];
}

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 }); // hundreds of runs each

let subjects: Subject[];
beforeAll(async () => {
  const of = async (name: string, directory: string) => ({
    name,
    engines: [await load(directory, { threads: 1, module: "simd" }), await load(directory, { threads: 2 }), await load(directory, { threads: 3 })],
  });
  subjects = await Promise.all([of("demo", demo), of("base", `${hfFixtures}/base`), of("odd-head", `${hfFixtures}/odd-head`)]);
});

const bits = ({ ids, logprobs, finishReason }: Variant) => ({ ids, logprobs: [...new BigUint64Array(new Float64Array(logprobs).buffer)], finishReason });

/** Options of a draw; those that are left out have their defaults. */
const sampling: fc.Arbitrary<GenerateOptions> = fc.record(
  {
    seed: fc.nat(0xffffffff),
    numReturnSequences: fc.integer({ min: 2, max: 6 }),
    maxNewTokens: fc.integer({ min: 2, max: 14 }),
    temperature: fc.constantFrom(0.5, 0.8, 1, 1.7),
    topK: fc.constantFrom(0, 3, 20, 50),
    topP: fc.constantFrom(0.5, 0.9, 1),
    eosTokenId: fc.array(fc.nat(200), { maxLength: 3 }),
    alternatives: fc.constantFrom(0, 2),
    minP: fc.constantFrom(0, 0.05),
    typicalP: fc.constantFrom(0.9, 1),
    repetitionPenalty: fc.constantFrom(0.8, 1.3),
    noRepeatNgramSize: fc.constantFrom(1, 2),
    minNewTokens: fc.nat(6),
    beginSuppressTokens: fc.array(fc.nat(200), { maxLength: 20 }),
    sequenceBias: fc.array(fc.tuple(fc.array(fc.nat(200), { minLength: 1, maxLength: 2 }), fc.integer({ min: -4, max: 4 })), { maxLength: 3 }),
  },
  { requiredKeys: ["seed", "numReturnSequences", "maxNewTokens"] },
);
const scenario = fc.record({
  subject: fc.nat(2),
  prompt: fc.array(fc.nat(250), { minLength: 1, maxLength: 40 }),
  options: sampling,
  threads: fc.tuple(fc.nat(2), fc.nat(2)),
  at: fc.nat(1000),
  token: fc.nat(250),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

function holds(check: (scene: Scenario & { a: Engine; b: Engine }) => Promise<void>): Promise<void> {
  return fc.assert(
    fc.asyncProperty(scenario, (scene) => {
      const { engines } = subjects[scene.subject]!;
      return check({ ...scene, a: engines[scene.threads[0]]!, b: engines[scene.threads[1]]! });
    }),
    { seed: 20_261, numRuns: 40 },
  );
}

test("a run repeats, by its options and by its recipe", async () => {
  await holds(async ({ a, b, prompt, options }) => {
    const run = await generate(a, prompt, options);
    expect((await generate(b, prompt, options)).variants.map(bits)).toEqual(run.variants.map(bits));
    expect((await b.generate(run.recipe, {}, new RunControl(), () => {})).variants.map(bits)).toEqual(run.variants.map(bits));
  });
});

test("a batch is its variants one by one", async () => {
  await holds(async ({ a, b, prompt, options, at }) => {
    const run = await generate(a, prompt, options);
    const variant = at % run.variants.length;
    const { numReturnSequences: _, ...single } = options;
    expect(bits((await generate(b, prompt, { ...single, streams: [variant] })).variants[0]!)).toEqual(bits(run.variants[variant]!));
    expect(bits((await generate(b, prompt, { ...single, numReturnSequences: variant + 1 })).variants[variant]!)).toEqual(bits(run.variants[variant]!));
  });
});

test("a continued run is one long run", async () => {
  await holds(async ({ a, b, prompt, options, at }) => {
    const total = options.maxNewTokens!;
    const first = 1 + (at % (total - 1));
    const whole = await generate(a, prompt, options);
    const begun = await generate(a, prompt, { ...options, maxNewTokens: first });
    // Where it began, with its keys and values; and elsewhere, without.
    for (const engine of [a, b]) {
      const rest = await engine.continue(begun, { maxNewTokens: total - first }, new RunControl(), () => {});
      expect(rest.variants.map(bits)).toEqual(whole.variants.map(bits));
      expect((await b.generate(rest.recipe, {}, new RunControl(), () => {})).variants.map(bits)).toEqual(whole.variants.map(bits));
    }
  });
});

test("a branch is a fresh run with the branch's stream", async () => {
  await holds(async ({ a, b, prompt, options, at, token }) => {
    const run = await generate(a, prompt, options);
    const variant = at % run.variants.length;
    const { ids } = run.variants[variant]!;
    const position = at % (ids.length + 1);
    const before = a.stats().rowsComputed;
    const branch = await a.branch(run, { variant, position, token }, {}, new RunControl(), () => {});
    // Each new token costs a row; the parent's last token, if it is in the prefix, was not computed before.
    expect(a.stats().rowsComputed - before).toBe(branch.variants[0]!.logprobs.length + (position === ids.length ? 1 : 0));
    const fresh = await generate(b, [...ids.slice(0, position), token], { ...options, numReturnSequences: 1, streams: [variant] });
    expect(branch.variants.map(bits)).toEqual(fresh.variants.map(bits));
  });
});
