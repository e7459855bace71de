// Ten runs of the demo model whose ids and log-probabilities must be the same in every browser and in Node.
import type { GenerateOptions } from "../../web/types";

export interface Recipe {
  name: string;
  prompt: string | number[];
  options: GenerateOptions;
}

export const recipes: Recipe[] = [
  { name: "defaults", prompt: "A fast web server that", options: { seed: 1, maxNewTokens: 24 } },
  { name: "greedy", prompt: "This library provides", options: { doSample: false, maxNewTokens: 40 } },
  { name: "cold", prompt: "Notely: a note-taking app", options: { seed: 2, temperature: 0.3, maxNewTokens: 24 } },
  { name: "hot, whole vocabulary", prompt: "The game is", options: { seed: 3, temperature: 1.7, topK: 0, maxNewTokens: 24 } },
  { name: "top-k", prompt: [3817, 599, 512, 481, 392], options: { seed: 99, topK: 7, maxNewTokens: 30, numReturnSequences: 8 } },
  { name: "top-p", prompt: "With this tool you can", options: { seed: 11, temperature: 0.9, topK: 0, topP: 0.8, maxNewTokens: 24 } },
  { name: "both, the largest seed", prompt: "A fast web server that", options: { seed: 2 ** 32 - 1, temperature: 0.8, topK: 40, topP: 0.95, maxNewTokens: 24 } },
  { name: "stop string", prompt: "The game is", options: { seed: 5, stop: [".", "and"], maxNewTokens: 40 } },
  { name: "one token of prompt, to the end of the context", prompt: [42], options: { seed: 6, maxLength: 256, numReturnSequences: 2, eosTokenId: [] } },
  // Longer than a prefill chunk, so that rows are computed by several threads.
  { name: "long prompt, alternatives", prompt: Array.from({ length: 75 }, (_, i) => (i * 97) % 8000), options: { seed: 7, alternatives: 5, maxNewTokens: 16, numReturnSequences: 3 } },
];
