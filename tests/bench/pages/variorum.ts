// Variorum by its public API, as a page would use it.
import { loadModel, type Model } from "../../../web/index";
import type { HubRun, HubSubject, Prompt, Subject } from "../subject";

let model: Model;

const given = ({ text, ids }: Prompt) => text ?? ids;

async function sample(prompt: Prompt, numReturnSequences: number, maxNewTokens: number, seed = 1) {
  const start = performance.now();
  let first = 0;
  let tokens = 0;
  const run = model.generate(given(prompt), { numReturnSequences, maxNewTokens, seed, eosTokenId: [], topK: 50, temperature: 1 });
  for await (const event of run) {
    if (event.type !== "token") continue;
    first ||= performance.now();
    tokens++;
  }
  const end = performance.now();
  if (tokens !== numReturnSequences * maxNewTokens) throw new Error(`${tokens} token events arrived, not ${numReturnSequences * maxNewTokens}.`);
  const { stats } = await run.summary();
  return {
    ms: end - start,
    firstMs: first - start,
    tokens,
    steadyTokensPerSecond: (1000 * (tokens - numReturnSequences)) / (end - first),
    kvBytes: stats.kvBytes,
  };
}

export const subject: Subject & HubSubject = {
  async load({ model: address, threads, weights, kernels }) {
    model = await loadModel(address, { threads, ...(weights && { weights }), ...(kernels && { kernels }) });
    const ms = performance.now();
    if (model.info.threads !== threads) throw new Error(`The model runs on ${model.info.threads} threads, not ${threads}.`);
    const config = (await (await fetch(new URL("config.json", new URL(address, location.href)))).json()) as { n_positions: number; n_embd: number };
    return { ms, weightBytes: model.info.bytes, positionBytes: 4 * config.n_positions * config.n_embd };
  },

  async prefill(prompt) {
    const start = performance.now();
    await model.generate(given(prompt), { maxNewTokens: 1, doSample: false, eosTokenId: [] }).result();
    return { ms: performance.now() - start };
  },

  decode: sample,
  variants: sample,

  async sequential(prompt, sequences, maxNewTokens) {
    let ms = 0;
    let tokens = 0;
    for (let seed = 1; seed <= sequences; seed++) {
      const one = await sample(prompt, 1, maxNewTokens, seed);
      ms += one.ms;
      tokens += one.tokens;
    }
    return { ms, tokens };
  },

  async fromHub(hub, endpoint, prompt, numReturnSequences, maxNewTokens): Promise<HubRun> {
    const click = performance.now();
    model = await loadModel({ hub, endpoint });
    const loadedMs = performance.now() - click;
    const { firstMs, kvBytes } = await sample(prompt, numReturnSequences, maxNewTokens);
    return { firstTokenMs: loadedMs + firstMs, loadMs: model.info.loadMs, kvBytes };
  },

  async logits({ ids }) {
    const { logits } = await model.score(ids, { logits: true });
    return logits!.map((row) => Array.from(row));
  },
};
