// transformers.js at its best for several texts: the prompt as often as there are texts, as one batch. (It accepts
// num_return_sequences and ignores it.) Its package has no types here: nobody but `scripts/bench --peers` installs it.
import type { LoadRequest, Prompt } from "../subject";
import { serveCalls } from "./serve-calls";

const runtime = "/peers/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify"; // the one it asks for by default

const sampling = { do_sample: true, top_k: 50, temperature: 1 };
let tokenizer: any;
let model: any;

serveCalls({
  async load({ model: path, threads }: LoadRequest) {
    const { env, AutoTokenizer, AutoModelForCausalLM } = await import(/* @vite-ignore */ "/peers/@huggingface/transformers/dist/transformers.min.js" as string);
    Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: path, useBrowserCache: false, useWasmCache: false });
    Object.assign(env.backends.onnx.wasm, { numThreads: threads, proxy: false, wasmPaths: { mjs: `${runtime}.mjs`, wasm: `${runtime}.wasm` } });
    [tokenizer, model] = await Promise.all([
      AutoTokenizer.from_pretrained("gpt2"),
      AutoModelForCausalLM.from_pretrained("gpt2", { device: "wasm", dtype: "q8" }),
    ]);
  },

  async prefill({ text }: Prompt) {
    const start = performance.now();
    await model.generate({ ...tokenizer(text), max_new_tokens: 1, do_sample: false });
    return { ms: performance.now() - start };
  },

  async decode({ text }: Prompt, _sequences: number, tokens: number) {
    const start = performance.now();
    const times: number[] = [];
    await model.generate({ ...tokenizer(text), max_new_tokens: tokens, do_sample: false, streamer: { put: () => times.push(performance.now()), end() {} } });
    const [, first, ...rest] = times as [number, number, ...number[]]; // the first call of put is the prompt's
    if (rest.length !== tokens - 1) throw new Error(`transformers.js wrote ${rest.length + 1} tokens, not ${tokens}.`);
    return { ms: performance.now() - start, tokens, steadyTokensPerSecond: (1000 * rest.length) / (rest.at(-1)! - first), kvBytes: null };
  },

  async variants({ text, ids }: Prompt, sequences: number, tokens: number) {
    const start = performance.now();
    const inputs = tokenizer(
      Array.from({ length: sequences }, () => text),
      { padding: true },
    );
    const written: unknown[][] = (await model.generate({ ...inputs, max_new_tokens: tokens, ...sampling })).tolist();
    return { ms: performance.now() - start, tokens: written.reduce((sum, row) => sum + row.length - ids.length, 0) };
  },
});
