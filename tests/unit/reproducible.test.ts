// A run is a function of model, prompt, options and seed, to the bit: not of threads, of N, of the module, or of what ran before.
import { describe, expect, test } from "vitest";
import type { Variant } from "../../web/api/types";
import { demo, demoOriginal, generate, load } from "./support";

const prompt = "With this tool you can";
const options = { seed: 11, maxNewTokens: 24, temperature: 0.9, topK: 50, topP: 0.95 };

const bits = ({ ids, logprobs, finishReason }: Variant) => ({ ids, logprobs: [...new BigUint64Array(new Float64Array(logprobs).buffer)], finishReason });

describe.each([
  ["q8", demo],
  ["f32", demoOriginal],
] as const)("%s", (weights, directory) => {
  test("1 and 2 threads, both modules, n = 1, 3, 5, 8: variant i is the same in each", async () => {
    const reference = (
      await generate(await load(directory, { weights, threads: 1, module: "simd" }), prompt, { ...options, numReturnSequences: 8 })
    ).variants.map(bits);
    for (const threads of [1, 2]) {
      for (const module of ["simd", "relaxed"] as const) {
        const engine = await load(directory, { weights, threads, module });
        expect(engine.info.threads).toBe(threads);
        for (const numReturnSequences of [1, 3, 5, 8]) {
          const { variants } = await generate(engine, prompt, { ...options, numReturnSequences });
          expect(variants.map(bits)).toEqual(reference.slice(0, numReturnSequences));
        }
      }
    }
  });

  test("score gives the log-probabilities that the run reported", async () => {
    const engine = await load(directory, { weights });
    const { variants, promptIds } = await generate(engine, prompt, { ...options, numReturnSequences: 5 });
    for (const variant of variants) {
      expect((await engine.score(variant.ids)).logprobs.slice(promptIds.length - 1)).toEqual(variant.logprobs);
    }
  });

  test("a prompt longer than a prefill chunk gives what its parts give", async () => {
    const engine = await load(directory, { weights });
    const ids = Array.from({ length: 75 }, (_, i) => (i * 97) % 8000);
    const { logits } = await engine.score(ids, { logits: true });
    for (const length of [1, 31, 32, 33, 64, 75]) {
      expect((await engine.score(ids.slice(0, length), { logits: true })).logits!.at(-1)).toEqual(logits![length - 1]);
    }
  });
});

test("another seed gives other variants; cancelling one variant leaves the others as they are", async () => {
  const engine = await load(demo);
  const reference = await generate(engine, prompt, { ...options, numReturnSequences: 4 });
  const other = await generate(engine, prompt, { ...options, numReturnSequences: 4, seed: 12 });
  expect(other.variants.map((v) => v.ids)).not.toEqual(reference.variants.map((v) => v.ids));
  let tokens = 0;
  const cancelled = await generate(engine, prompt, { ...options, numReturnSequences: 4 }, (events, control) => {
    tokens += events.filter((event) => event.type === "token" && event.variant === 1).length;
    if (tokens === 3) control.cancel(1);
  });
  expect(cancelled.variants[1]!.finishReason).toBe("cancelled");
  expect(cancelled.variants[1]!.ids).toEqual(reference.variants[1]!.ids.slice(0, cancelled.variants[1]!.ids.length));
  for (const i of [0, 2, 3]) expect(bits(cancelled.variants[i]!)).toEqual(bits(reference.variants[i]!));
});
