// Each logits processor against the outputs of Hugging Face's, through the options that a caller would give.
import { beforeAll, describe, expect, test } from "vitest";
import { resolveOptions } from "../../web/api/options";
import type { GenerateOptions, ModuleVariant } from "../../web/api/types";
import { startModule } from "../../web/engine/module";
import type { WasmModule } from "../../web/engine/wasm";
import { hfFixtures, readJson } from "./support";

interface Fixture {
  input_ids: number[][];
  scores: number[][];
  outputs: Record<string, (number | null)[][]>;
}

/** The options behind each output's name, and how much of the ids is the prompt. Sampling takes away what is not asked for. */
const cases: Record<string, { options: GenerateOptions; promptLength?: number }> = {
  "temperature=0.7": { options: { temperature: 0.7 } },
  "top_k=5": { options: { topK: 5 } },
  "top_p=0.8": { options: { topP: 0.8 } },
  // Beams keep two tokens where one end of sequence is known.
  "top_p=0.3,min_tokens_to_keep=2": { options: { topP: 0.3, numBeams: 2 } },
  "min_p=0.1": { options: { minP: 0.1 } },
  "typical_p=0.7": { options: { typicalP: 0.7 } },
  "epsilon_cutoff=0.02": { options: { epsilonCutoff: 0.02 } },
  "eta_cutoff=0.02": { options: { etaCutoff: 0.02 } },
  "repetition_penalty=1.5": { options: { repetitionPenalty: 1.5 } },
  "no_repeat_ngram_size=2": { options: { noRepeatNgramSize: 2 } },
  "min_new_tokens=3,prompt=10,eos=0": { options: { minNewTokens: 3, eosTokenId: 0 }, promptLength: 10 },
  "bad_words_ids=[[5],[7,8]],eos=0": { options: { badWordsIds: [[5], [7, 8]], eosTokenId: 0 } },
  "sequence_bias=[[[5],-2.5],[[34,2],4.0]]": {
    options: {
      sequenceBias: [
        [[5], -2.5],
        [[34, 2], 4],
      ],
    },
  },
  "suppress_tokens=[1,2,3]": { options: { suppressTokens: [1, 2, 3] } },
  "forced_eos=0,max_length=13": { options: { forcedEosTokenId: 0, maxLength: 13 } },
};

describe.each(["simd", "relaxed"] as ModuleVariant[])("%s", (variant) => {
  let module: WasmModule;
  let fixture: Fixture;
  beforeAll(async () => {
    module = await startModule({ variant, threads: 1, maximumBytes: 64 << 20 });
    fixture = await readJson<Fixture>(hfFixtures, "logits_processors.json");
    expect(Object.keys(fixture.outputs)).toEqual(Object.keys(cases));
  });

  const process = (options: GenerateOptions, ids: number[], promptLength: number, scores: number[]) => {
    const { run } = resolveOptions(
      { topK: 0, numReturnSequences: 1, seed: 1, ...options },
      {},
      { contextLength: 1024, promptLength, vocabSize: 50257, eosTokenIds: [] },
    );
    const result = module.processLogits(ids, promptLength, scores, run);
    expect(result.message).toBe("");
    return Array.from(result.scores!);
  };

  test.each(Object.keys(cases))("%s", (name) => {
    const { options, promptLength } = cases[name]!;
    fixture.outputs[name]!.forEach((expected, row) => {
      const ids = fixture.input_ids[row]!;
      const actual = process(options, ids, promptLength ?? ids.length - 1, fixture.scores[row]!);
      expect(actual.map((score) => score === -Infinity)).toEqual(expected.map((score) => score === null));
      actual.forEach((score, id) => score === -Infinity || expect(Math.abs(score - expected[id]!), `token ${id}`).toBeLessThan(1e-5));
    });
  });
});
