// Whether a model's weight files are whole: lengths, hashes, shapes, types, values, and that no tensor is missing. Nothing is
// loaded into an engine, so that any size can be verified.
import { createHash } from "node:crypto";
import { VariorumError } from "../api/errors";
import { readWeightFile } from "../model/formats/checkpoint";
import type { TensorEntry, TensorSink } from "../model/formats/safetensors";
import { checkpointTensors, storedTensors } from "../model/formats/tensors";
import type { ModelFiles } from "../model/load";
import type { ByteStream, ModelSource } from "../model/transfer/source";

export interface FileReport {
  file: string;
  bytes: number;
  /** What is wrong with it; null if nothing. */
  problem: string | null;
  /** What was taken off in front of all its tensors' names, such as "module.". */
  wrapper: string;
}

export interface Verification {
  files: FileReport[];
  /** All that is wrong, the files' problems first. */
  problems: string[];
}

/** Reads all weights once. network, AbortError; what is wrong with the model is reported, not thrown. */
export async function verify(source: ModelSource, model: ModelFiles, onBytes: (bytes: number) => void): Promise<Verification> {
  const check = new TensorCheck(model);
  const files: FileReport[] = [];
  for (const file of model.files) {
    const stream = await source.open(file);
    if (!stream) {
      files.push({ file, bytes: 0, problem: `The weight file ${file} is missing: copy it anew.`, wrapper: "" });
      continue;
    }
    const shard = model.manifest?.shards.find((shard) => shard.file === file);
    const counted = new CountedStream(stream, onBytes);
    let problem: string | null = null;
    let wrapper = "";
    try {
      wrapper = await readWeightFile(file, counted, model.config, check);
    } catch (error) {
      if (!(error instanceof VariorumError) || error.code !== "bad-shard") throw error;
      problem = error.message;
    }
    // What is wrong with the bytes explains what is wrong with their meaning.
    const digest = await counted.digest();
    if (shard && counted.length !== shard.bytes) problem = `${file} has ${counted.length} bytes where variorum.json says ${shard.bytes}: copy it anew.`;
    else if (shard && digest !== shard.sha256)
      problem = `${file} is damaged: its SHA-256 is ${digest.slice(0, 16)}…, not ${shard.sha256.slice(0, 16)}…. Copy it anew.`;
    files.push({ file, bytes: counted.length, problem, wrapper });
  }
  const problems = files.flatMap(({ problem }) => problem ?? []);
  // With a file that could not be read, tensors are missing for that reason.
  return { files, problems: problems.length > 0 ? problems : check.missing() };
}

/** Compares tensors with what the configuration asks for, and looks at their values. */
class TensorCheck implements TensorSink {
  #expected = new Map<string, { dtype: string | null; shape: number[] }>();
  #entry!: TensorEntry;
  #buffer = new Uint8Array(1 << 20);
  #left = 0;
  #size = 0;

  constructor({ config, manifest }: ModelFiles) {
    for (const tensor of checkpointTensors(config)) {
      // A checkpoint may have any float type.
      if (manifest) for (const { name, dtype, shape } of storedTensors(tensor, manifest.weights)) this.#expected.set(name, { dtype, shape });
      else this.#expected.set(tensor.name, { dtype: null, shape: tensor.shape });
    }
  }

  missing(): string[] {
    return [...this.#expected.keys()].map((name) => `Tensor ${name} is missing.`);
  }

  stage(entry: TensorEntry): Uint8Array | null {
    const { name } = entry;
    const expected = this.#expected.get(name);
    if (!expected) return null;
    if (entry.shape.join() !== expected.shape.join())
      bad(`Tensor ${name} has shape [${entry.shape.join(", ")}], but config.json asks for [${expected.shape.join(", ")}].`);
    const types = expected.dtype === null ? ["F64", "F32", "F16", "BF16"] : [expected.dtype];
    if (!types.includes(entry.dtype)) bad(`Tensor ${name} is of type ${entry.dtype} where ${types.join(" or ")} is needed.`);
    this.#expected.delete(name);
    this.#entry = entry;
    this.#left = entry.end - entry.begin;
    return this.#next();
  }

  commit(): Uint8Array | null {
    const bytes = this.#buffer.subarray(0, this.#size);
    if (!isSound(this.#entry.dtype, bytes)) bad(`Tensor ${this.#entry.name} holds numbers that are not finite, or not of its scheme.`);
    return this.#next();
  }

  #next(): Uint8Array | null {
    this.#size = Math.min(this.#left, this.#buffer.length);
    this.#left -= this.#size;
    return this.#size > 0 ? this.#buffer.subarray(0, this.#size) : null;
  }
}

/** Floats must be finite (their exponent not all ones), q8 values in −63…63. */
function isSound(dtype: string, bytes: Uint8Array): boolean {
  if (dtype === "I8") return new Int8Array(bytes.buffer, 0, bytes.length).every((value) => value >= -63 && value <= 63);
  if (dtype === "F64") return new Float64Array(bytes.buffer, 0, bytes.length / 8).every((value) => Number.isFinite(Math.fround(value)));
  if (dtype === "F32") return new Float32Array(bytes.buffer, 0, bytes.length / 4).every(Number.isFinite);
  const exponent = { F16: 0x7c00, BF16: 0x7f80 }[dtype];
  return exponent === undefined || new Uint16Array(bytes.buffer, 0, bytes.length / 2).every((bits) => (bits & exponent) !== exponent);
}

function bad(message: string): never {
  throw new VariorumError("bad-shard", message);
}

/** A stream that is hashed and counted to its end, also when its reader gives up before. */
class CountedStream implements ByteStream {
  readonly bytes: number | null;
  readonly chunks: AsyncIterable<Uint8Array>;
  length = 0;
  #iterator: AsyncIterator<Uint8Array>;
  #hash = createHash("sha256");
  #onBytes: (bytes: number) => void;

  constructor(stream: ByteStream, onBytes: (bytes: number) => void) {
    this.bytes = stream.bytes;
    this.#iterator = stream.chunks[Symbol.asyncIterator]();
    this.#onBytes = onBytes;
    this.chunks = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  async digest(): Promise<string> {
    while (!(await this.#next()).done);
    return this.#hash.digest("hex");
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    const result = await this.#iterator.next();
    if (!result.done) {
      this.#hash.update(result.value);
      this.length += result.value.length;
      this.#onBytes(result.value.length);
    }
    return result;
  }
}
