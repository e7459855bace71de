// wllama (llama.cpp) at its best: five server slots, which decode concurrent completions as one batch.
import type { LoadRequest, Subject } from "../subject";

const library = "/peers/@wllama/wllama/esm/";
/** Of a slot; the longest is a prompt of 128 tokens and one more, or 16 and 64. */
const slotContext = 256;
const slots = 5;

// The package is not part of this checkout's dependencies, so its types are not here either.
let wllama: any;
let bias: [number, false][] = [];

const greedy = () => ({ temperature: 0, top_k: 1, cache_prompt: false, ignore_eos: true, logit_bias: bias });
const sampled = (seed: number) => ({ temperature: 1, top_k: 50, top_p: 1, min_p: 0, cache_prompt: true, ignore_eos: true, logit_bias: bias, seed });

export const subject: Subject = {
  async load({ model, threads, banned }: LoadRequest) {
    const { Wllama } = await import(/* @vite-ignore */ `${library}index.min.js`);
    bias = (banned ?? []).map((token) => [token, false]);
    const silent = () => {};
    wllama = new Wllama(
      { default: `${library}wasm/wllama.wasm` },
      { logger: { debug: silent, log: silent, warn: silent, error: silent }, suppressNativeLog: true },
    );
    await wllama.loadModelFromUrl(new URL(model, location.href).href, {
      useCache: true,
      n_ctx: slots * slotContext,
      n_threads: threads,
      n_gpu_layers: 0,
      n_parallel: slots,
      kv_unified: false,
      warmup: false,
    });
    const ms = performance.now();
    if (wllama.getNumThreads() !== threads) throw new Error(`wllama runs on ${wllama.getNumThreads()} threads, not ${threads}.`);
    return { ms, weightBytes: null, positionBytes: 0 };
  },

  async prefill(prompt) {
    const start = performance.now();
    await wllama.createCompletion({ ...greedy(), prompt: prompt.text, max_tokens: 1 });
    return { ms: performance.now() - start };
  },

  async decode(prompt, _sequences, tokens) {
    const start = performance.now();
    let first = 0;
    await wllama.createCompletion({
      ...greedy(),
      prompt: prompt.text,
      max_tokens: tokens,
      stream: true,
      onData: (chunk: { choices?: unknown[] }) => void (chunk.choices?.length && (first ||= performance.now())),
    });
    const end = performance.now();
    return { ms: end - start, tokens, steadyTokensPerSecond: (1000 * (tokens - 1)) / (end - first), kvBytes: null };
  },

  async variants(prompt, sequences, tokens) {
    const start = performance.now();
    const all: { usage: { completion_tokens: number } }[] = await Promise.all(
      Array.from({ length: sequences }, (_, i) => wllama.createCompletion({ ...sampled(1000 + i), prompt: prompt.text, max_tokens: tokens })),
    );
    return { ms: performance.now() - start, tokens: all.reduce((sum, { usage }) => sum + usage.completion_tokens, 0) };
  },
};
