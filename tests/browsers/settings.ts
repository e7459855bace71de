// Ten runs of the demo model whose ids and log-probabilities must be the same in every browser and in Node.
import type { GenerateOptions } from "../../web/api/types";

export interface Setting {
  name: string;
  prompt: string | number[];
  options: GenerateOptions;
}

export const settings: Setting[] = [
  { name: "defaults", prompt: "A fast web server that", options: { seed: 1, maxNewTokens: 24 } },
  {
    name: "greedy, n-grams once, a least length",
    prompt: "This library provides",
    options: { doSample: false, noRepeatNgramSize: 2, repetitionPenalty: 1.3, minNewTokens: 30, maxNewTokens: 40 },
  },
  {
    name: "cold, min-p, a stop string",
    prompt: "Notely: a note-taking app",
    options: { seed: 2, temperature: 0.3, topK: 0, minP: 0.05, stop: [".", "and"], maxNewTokens: 24 },
  },
  {
    name: "hot, whole vocabulary, cutoffs",
    prompt: "The game is",
    options: { seed: 3, temperature: 1.7, topK: 0, epsilonCutoff: 3e-4, etaCutoff: 1e-3, maxNewTokens: 24 },
  },
  { name: "top-k of eight", prompt: [3817, 599, 512, 481, 392], options: { seed: 99, topK: 7, maxNewTokens: 30, numReturnSequences: 8 } },
  {
    name: "top-p and typical-p, the largest seed",
    prompt: "With this tool you can",
    options: { seed: 2 ** 32 - 1, temperature: 0.9, topK: 0, topP: 0.9, typicalP: 0.8, maxNewTokens: 24 },
  },
  {
    name: "bans, bias and forced tokens",
    prompt: "A fast web server that",
    options: {
      seed: 4,
      badWords: ["the", " is"],
      sequenceBias: [
        [[5], -2.5],
        [[13, 20], 3],
      ],
      suppressTokens: [1, 2],
      beginSuppressTokens: [3],
      forcedEosTokenId: 0,
      maxNewTokens: 24,
    },
  },
  {
    name: "beam search",
    prompt: "The game is",
    options: { doSample: false, numBeams: 4, numReturnSequences: 3, lengthPenalty: 0.8, earlyStopping: true, noRepeatNgramSize: 3, maxNewTokens: 24 },
  },
  { name: "one token of prompt, to the end of the context", prompt: [42], options: { seed: 6, maxLength: 256, numReturnSequences: 2, eosTokenId: [] } },
  // Longer than a prefill chunk, so that rows are computed by several threads.
  {
    name: "long prompt, alternatives",
    prompt: Array.from({ length: 75 }, (_, i) => (i * 97) % 8000),
    options: { seed: 7, alternatives: 5, maxNewTokens: 16, numReturnSequences: 3 },
  },
];
