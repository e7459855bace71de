// onnxruntime-web with a loop written for it: the prompt once, its keys and values copied for each text, one batch per step.
import type { LoadRequest, Prompt } from "../subject";
import { serveCalls } from "./serve-calls";

const library = "/peers/onnxruntime-web/dist/";
// Of GPT-2 124M, as tests/bench/gen/onnx.py writes it.
const [layers, heads, headSize, vocabulary] = [12, 12, 64, 50257];
const topK = 50;

let ort: any;
let session: any;

const cacheNames = Array.from({ length: layers }, (_, i) => ["key", "value"].map((part) => `${i}.${part}`)).flat();
const integers = (values: number[], shape: number[]) => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), shape);

interface State {
  logits: Float32Array;
  /** past_key_values.* for the next step. */
  cache: Record<string, any>;
  length: number;
}

const emptyCache = () =>
  Object.fromEntries(cacheNames.map((name) => [`past_key_values.${name}`, new ort.Tensor("float32", new Float32Array(0), [1, heads, 0, headSize])]));

/** `ids`: the same number for each of `batch` rows. Logits: [batch, vocabulary], of each row's last token. */
async function step(ids: number[], batch: number, { cache, length }: Pick<State, "cache" | "length">): Promise<State> {
  const count = ids.length / batch;
  const total = length + count;
  const outputs = await session.run({
    input_ids: integers(ids, [batch, count]),
    attention_mask: integers(new Array(batch * total).fill(1), [batch, total]),
    position_ids: integers(
      ids.map((_, i) => length + (i % count)),
      [batch, count],
    ),
    num_logits_to_keep: integers([1], []),
    ...cache,
  });
  return {
    logits: outputs.logits.data,
    length: total,
    cache: Object.fromEntries(cacheNames.map((name) => [`past_key_values.${name}`, outputs[`present.${name}`]])),
  };
}

const prefill = ({ ids }: Prompt) => step(ids, 1, { cache: emptyCache(), length: 0 });

function spread({ cache, length }: State, batch: number): Pick<State, "cache" | "length"> {
  const spreadCache = Object.entries(cache).map(([name, { data }]) => {
    const all = new Float32Array(batch * data.length);
    for (let row = 0; row < batch; row++) all.set(data, row * data.length);
    return [name, new ort.Tensor("float32", all, [batch, heads, length, headSize])] as const;
  });
  return { cache: Object.fromEntries(spreadCache), length };
}

function mostProbable(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < vocabulary; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

/** Draws one of the 50 most probable tokens of a row, which a small sorted list gathers. */
function draw(logits: Float32Array, row: number): number {
  const values = new Float32Array(topK).fill(-Infinity);
  const ids = new Int32Array(topK);
  for (let i = 0; i < vocabulary; i++) {
    const value = logits[row * vocabulary + i]!;
    if (value <= values[topK - 1]!) continue;
    let place = topK - 1;
    for (; place > 0 && values[place - 1]! < value; place--) {
      values[place] = values[place - 1]!;
      ids[place] = ids[place - 1]!;
    }
    values[place] = value;
    ids[place] = i;
  }
  const weights = Array.from(values, (value) => Math.exp(value - values[0]!));
  let rest = Math.random() * weights.reduce((sum, weight) => sum + weight, 0);
  return ids[
    Math.max(
      0,
      weights.findIndex((weight) => (rest -= weight) <= 0),
    )
  ]!;
}

serveCalls({
  async load({ model, threads }: LoadRequest) {
    ort = await import(/* @vite-ignore */ `${library}ort.wasm.min.mjs`);
    Object.assign(ort.env.wasm, { numThreads: threads, proxy: false, wasmPaths: library });
    ort.env.logLevel = "error";
    const bytes = new Uint8Array(await (await fetch(model)).arrayBuffer());
    session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  },

  async prefill(prompt: Prompt) {
    const start = performance.now();
    mostProbable((await prefill(prompt)).logits);
    return { ms: performance.now() - start };
  },

  async decode(prompt: Prompt, _sequences: number, tokens: number) {
    const start = performance.now();
    let state = await prefill(prompt);
    let token = mostProbable(state.logits);
    const first = performance.now();
    for (let i = 1; i < tokens; i++) {
      state = await step([token], 1, state);
      token = mostProbable(state.logits);
    }
    const end = performance.now();
    return { ms: end - start, tokens, steadyTokensPerSecond: (1000 * (tokens - 1)) / (end - first), kvBytes: null };
  },

  async variants(prompt: Prompt, sequences: number, tokens: number) {
    const start = performance.now();
    const first = await prefill(prompt);
    let next = Array.from({ length: sequences }, () => draw(first.logits, 0));
    let state = spread(first, sequences);
    for (let i = 1; i < tokens; i++) {
      const stepped = await step(next, sequences, state);
      next = next.map((_, row) => draw(stepped.logits, row));
      state = stepped;
    }
    return { ms: performance.now() - start, tokens: sequences * tokens };
  },
});
