// A GPT-2 whose position embeddings dictate what it writes: any sequence of tokens comes out of greedy decoding.
import { parseConfig } from "../../web/model/formats/config";
import { checkpointTensors } from "../../web/model/formats/tensors";
import type { ByteStream, ModelSource } from "../../web/model/transfer/source";

const width = 64;

/** A directory with a tokenizer's files, in which position i is followed by `written[i]`, whatever stands there. */
export function dictated(tokenizer: Record<string, unknown>, vocabSize: number, written: readonly number[], eos = vocabSize - 1): ModelSource {
  const config = { model_type: "gpt2", vocab_size: vocabSize, n_positions: width, n_embd: width, n_layer: 1, n_head: 4, bos_token_id: eos, eos_token_id: eos };
  const files: Record<string, unknown> = { ...tokenizer, "config.json": config };
  const weights = safetensors(
    checkpointTensors(parseConfig(config)).map(({ name, shape }) => {
      const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
      if (name.endsWith("wte.weight")) values.forEach((_, i) => (values[i] = sign(Math.floor(i / width), i % width)));
      if (name.endsWith("wpe.weight")) values.forEach((_, i) => (values[i] = 50 * sign(written[Math.floor(i / width)] ?? eos, i % width)));
      if (name.includes("ln_") && name.endsWith("weight")) values.fill(1);
      return { name, shape, values };
    }),
  );
  return {
    name: "dictated",
    id: "dictated",
    remote: false,
    text: async (file) => (file in files ? (typeof files[file] === "string" ? files[file] : JSON.stringify(files[file])) : null),
    describe: async (file) => (file === "model.safetensors" ? { bytes: weights.length, exact: true, sha256: null, version: null } : null),
    open: async (file, { from = 0, to = weights.length } = {}): Promise<ByteStream | null> =>
      file === "model.safetensors"
        ? {
            bytes: weights.length,
            from,
            ranged: true,
            chunks: (async function* () {
              yield weights.subarray(from, to);
            })(),
          }
        : null,
  };
}

/** A token's code: 64 signs of its own, by a hash of murmur's kind. */
function sign(token: number, i: number): number {
  let hash = Math.imul(token * 64 + i + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) & 1 ? 1 : -1;
}

function safetensors(tensors: { name: string; shape: readonly number[]; values: Float32Array }[]): Uint8Array {
  const header: Record<string, object> = {};
  let end = 0;
  for (const { name, shape, values } of tensors) header[name] = { dtype: "F32", shape, data_offsets: [end, (end += values.byteLength)] };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const { values } of tensors) {
    bytes.set(new Uint8Array(values.buffer), at);
    at += values.byteLength;
  }
  return bytes;
}
