// Writes a Variorum model directory from a Hugging Face folder, quantising with the engine's own C++. The same input gives
// the same bytes.
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check } from "../engine/engine";
import { startModule } from "../engine/module";
import type { WasmModule, WasmQuantizer } from "../engine/wasm";
import { VariorumError } from "../errors";
import { parameterCount } from "../model/config";
import { readModelFiles } from "../model/load";
import { manifestName, modelDigest, type Manifest, type Shard } from "../model/manifest";
import { readWeightFile } from "../model/checkpoint";
import { encodeHeader, type TensorEntry } from "../model/safetensors";
import { canonicalName, tensorNames } from "../model/tensors";
import { sha256 } from "../model/sha256";
import type { TokenizerFiles } from "../text/tokenizer-files";
import type { FileSource } from "./file-source";

/** Small files that go along as they are. */
const companions = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "README.md", "LICENSE"];

interface StoredTensor {
  name: string;
  dtype: "F32" | "BF16" | "I8";
  shape: number[];
  bytes: Uint8Array;
}

/** Matrices are quantised; the position embedding stays float. Their scales belong to rows or columns by layout. */
const isMatrix = (name: string, shape: readonly number[]) => shape.length === 2 && name !== "wpe.weight";
const channelsAreRows = (name: string) => name === "wte.weight" || name === "lm_head.weight";

export async function writeModelDirectory(
  source: FileSource,
  to: string,
  weights: "f32" | "q8",
  shardSize: number,
  onProgress: (done: number, total: number) => void,
): Promise<{ manifest: Manifest; parameters: number }> {
  const files = await readModelFiles(source);
  if (files.manifest && files.manifest.weights !== "f32") {
    throw new VariorumError("bad-option", `${source.id} is quantised already (${files.manifest.weights}): shard the original checkpoint instead.`);
  }
  const converter = await Converter.create(weights);
  const needed = new Set(tensorNames(files.config));
  const stored = new Map<string, StoredTensor[]>();
  let done = 0;
  const total = 4 * parameterCount(files.config);
  for (const file of files.files) {
    const stream = await source.open(file);
    if (!stream) throw new VariorumError("bad-shard", `The weight file ${file} is missing: the folder is incomplete.`);
    let entry: TensorEntry;
    let bytes: Uint8Array;
    await readWeightFile(file, stream, files.config, {
      stage(next) {
        entry = { ...next, name: canonicalName(next.name) };
        if (!needed.has(entry.name)) return null;
        bytes = new Uint8Array(next.end - next.begin);
        return bytes;
      },
      commit() {
        stored.set(entry.name, converter.convert(entry, bytes));
        onProgress((done += 4 * entry.shape.reduce((product, extent) => product * extent, 1)), total);
        return null;
      },
    });
  }
  converter.dispose();
  const missing = [...needed].filter((name) => !stored.has(name));
  if (missing.length > 0) {
    throw new VariorumError("bad-shard", `Tensor ${missing[0]}${missing.length > 1 ? ` and ${missing.length - 1} more are` : " is"} missing from ${source.id}.`);
  }
  const groups = group([...needed].flatMap((name) => stored.get(name)!), shardSize);
  return { manifest: await write(source, files.tokenizer, to, weights, groups), parameters: parameterCount(files.config) };
}

/** Fills shards in order; a tensor larger than a shard gets one of its own. */
function group(tensors: StoredTensor[], shardSize: number): StoredTensor[][] {
  const groups: StoredTensor[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    if (groups.length === 0 || tensor.bytes.length > room) {
      groups.push([]);
      room = shardSize;
    }
    groups.at(-1)!.push(tensor);
    room -= tensor.bytes.length;
  }
  // Wide types first, so that every tensor is aligned to its type.
  const width = { F32: 0, BF16: 1, I8: 2 };
  return groups.map((tensors) => [...tensors].sort((a, b) => width[a.dtype] - width[b.dtype]));
}

/** Writes everything under temporary names first, so that a broken run leaves the old directory as it was. */
async function write(source: FileSource, tokenizer: TokenizerFiles | null, to: string, weights: "f32" | "q8", groups: StoredTensor[][]): Promise<Manifest> {
  await mkdir(to, { recursive: true });
  const renames: [string, string][] = [];
  const put = async (name: string, data: Uint8Array | string) => {
    const temporary = join(to, `.${name}.new`);
    renames.push([temporary, join(to, name)]);
    await writeFile(temporary, data);
  };
  let manifest: Manifest;
  try {
    const shards: Shard[] = [];
    const weightMap: Record<string, string> = {};
    let totalSize = 0;
    for (const [i, tensors] of groups.entries()) {
      const bytes = encodeShard(tensors);
      const digest = await sha256(bytes);
      const number = (n: number) => String(n).padStart(5, "0");
      const file = `model-${number(i + 1)}-of-${number(groups.length)}-${digest.slice(0, 16)}.safetensors`;
      shards.push({ file, bytes: bytes.length, sha256: digest });
      for (const tensor of tensors) {
        weightMap[tensor.name] = file;
        totalSize += tensor.bytes.length;
      }
      await put(file, bytes);
    }
    manifest = { format: "variorum", version: 1, weights, sha256: await modelDigest(shards), shards };
    await put("model.safetensors.index.json", `${JSON.stringify({ metadata: { total_size: totalSize }, weight_map: weightMap }, null, 1)}\n`);
    await put(manifestName, `${JSON.stringify(manifest, null, 1)}\n`);
    for (const file of companions) {
      const text = (await source.text(file)) ?? (file === "tokenizer.json" && tokenizer ? JSON.stringify(tokenizer.tokenizer) : null);
      if (text !== null) await put(file, text);
    }
  } catch (error) {
    await Promise.all(renames.map(([temporary]) => rm(temporary, { force: true })));
    throw error;
  }
  for (const [temporary, path] of renames) await rename(temporary, path);
  // Shards of an earlier run would only confuse; they go last, when nothing names them any more.
  const fresh = new Set(renames.map(([, path]) => path));
  for (const name of await readdir(to)) {
    if (/^model-\d{5}-of-\d{5}-[0-9a-f]{16}\.safetensors$/.test(name) && !fresh.has(join(to, name))) await rm(join(to, name));
  }
  return manifest;
}

function encodeShard(tensors: StoredTensor[]): Uint8Array<ArrayBuffer> {
  let position = 0;
  const header = encodeHeader(
    tensors.map(({ name, dtype, shape, bytes }) => ({ name, dtype, shape, begin: position, end: (position += bytes.length) })),
  );
  const all = new Uint8Array(header.length + position);
  all.set(header);
  let at = header.length;
  for (const { bytes } of tensors) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** Turns checkpoint tensors into stored ones with the engine's C++. */
class Converter {
  #module: WasmModule;
  #quantizer: WasmQuantizer;
  #weights: "f32" | "q8";

  private constructor(module: WasmModule, weights: "f32" | "q8") {
    this.#module = module;
    this.#quantizer = new module.Quantizer();
    this.#weights = weights;
  }

  static async create(weights: "f32" | "q8"): Promise<Converter> {
    return new Converter(await startModule({ variant: "simd", threads: 1, maximumBytes: 2 ** 32 }), weights);
  }

  convert({ name, dtype, shape }: TensorEntry, bytes: Uint8Array): StoredTensor[] {
    if (shape.length !== 1 && shape.length !== 2) {
      throw new VariorumError("bad-shard", `Tensor ${name} has shape [${shape.join(", ")}]: a GPT-2 has vectors and matrices only.`);
    }
    const [rows, columns] = shape.length === 2 ? (shape as [number, number]) : [1, shape[0]!];
    const place = this.#quantizer.stage(dtype, rows, columns);
    check(place);
    this.#view(place.address, place.bytes).set(bytes);
    if (this.#weights === "f32" || !isMatrix(name, shape)) {
      const floats = this.#quantizer.floats();
      check(floats);
      return [{ name, dtype: "F32", shape, bytes: this.#copy(floats.address, 4 * rows * columns) }];
    }
    const result = this.#quantizer.run(channelsAreRows(name));
    check(result);
    return [
      { name, dtype: "I8", shape, bytes: this.#copy(result.values, rows * columns) },
      { name: `${name}_scale`, dtype: "BF16", shape: [result.channels], bytes: this.#copy(result.scales, 2 * result.channels) },
    ];
  }

  dispose(): void {
    this.#quantizer.delete();
  }

  #view(address: number, bytes: number): Uint8Array {
    return new Uint8Array(this.#module.wasmMemory.buffer, address, bytes);
  }

  #copy(address: number, bytes: number): Uint8Array {
    return this.#view(address, bytes).slice();
  }
}
