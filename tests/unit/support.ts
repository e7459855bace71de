// What the unit tests share: where the models are, and sources that misbehave on demand.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GenerateOptions, LoadOptions, RunEvent, RunResult } from "../../web/api/types";
import { FileSource } from "../../web/cli/file-source";
import { Engine, RunControl } from "../../web/engine/engine";
import { readTokenizer } from "../../web/model/formats/tokenizer-files";
import type { ByteStream, FileDescription, ModelSource, OpenOptions } from "../../web/model/transfer/source";
import { TextCodec } from "../../web/text/codec";

export const root = join(import.meta.dirname, "../..");
export const hfFixtures = join(root, "tests/fixtures/hf-gpt2");
export const demo = join(root, "model_shards/demo");
export const demoOriginal = join(root, "tests/fixtures/demo-bf16");

export const load = (directory: string, options: LoadOptions = {}) => Engine.load(new FileSource(directory), options);

export async function readJson<T>(...path: string[]): Promise<T> {
  return JSON.parse(await readFile(join(...path), "utf8")) as T;
}

/** A codec from a tokenizer's files by name: texts, or what becomes JSON. */
export async function codecOf(files: Record<string, unknown>): Promise<TextCodec> {
  const text = async (file: string) => (file in files ? (typeof files[file] === "string" ? files[file] : JSON.stringify(files[file])) : null);
  return new TextCodec((await readTokenizer({ text }))!);
}

/** A whole run; its events too, if asked for. */
export function generate(
  engine: Engine,
  prompt: string | number[],
  options: GenerateOptions,
  onEvents: (events: RunEvent[], control: RunControl) => void = () => {},
): Promise<RunResult> {
  const control = new RunControl();
  return engine.generate(prompt, options, control, (events) => onEvents(events, control));
}

/** A directory with some files replaced; null takes a file away. */
export class PatchedSource implements ModelSource {
  readonly name = "patched";
  readonly id: string;
  readonly remote = true;
  readonly opened: string[] = [];
  #base: FileSource;
  #patches: Record<string, ((original: Uint8Array) => Uint8Array) | string | null>;

  constructor(directory: string, patches: Record<string, ((original: Uint8Array) => Uint8Array) | string | null>) {
    this.id = "http://model.test/";
    this.#base = new FileSource(directory);
    this.#patches = patches;
  }

  async text(file: string): Promise<string | null> {
    const bytes = await this.#bytes(file);
    return bytes && new TextDecoder().decode(bytes);
  }

  async describe(file: string): Promise<FileDescription | null> {
    const bytes = await this.#bytes(file);
    return bytes && { bytes: bytes.length, exact: true, sha256: null, version: null };
  }

  async open(file: string, { from = 0, to }: OpenOptions = {}): Promise<ByteStream | null> {
    this.opened.push(file);
    const bytes = await this.#bytes(file);
    if (!bytes) return null;
    return {
      bytes: bytes.length,
      from,
      ranged: true,
      chunks: (async function* () {
        // Chunks of an odd size, so that nothing depends on where they end.
        const end = to ?? bytes.length;
        for (let at = from; at < end; at += 99_991) yield bytes.subarray(at, Math.min(end, at + 99_991));
      })(),
    };
  }

  async #bytes(file: string): Promise<Uint8Array | null> {
    const patch = this.#patches[file];
    if (patch === null) return null;
    if (typeof patch === "string") return new TextEncoder().encode(patch);
    const original = await readFile(join(this.#base.id, file)).catch(() => null);
    return original && (patch ? patch(new Uint8Array(original)) : new Uint8Array(original));
  }
}

/** A safetensors file of F32 as one of F64, its values changed by `edit`. */
export function asDoubles(bytes: Uint8Array, edit = (value: number, _index: number) => value): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const values = new Float32Array(bytes.slice(8 + length).buffer);
  const body = new Uint8Array(Float64Array.from(values, edit).buffer);
  const whole = new Uint8Array(8 + length + body.length);
  whole.set(bytes.subarray(0, 8 + length));
  whole.set(body, 8 + length);
  return editHeader(whole, (header) => {
    for (const [name, entry] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      entry.dtype = "F64";
      entry.data_offsets = [2 * entry.data_offsets[0], 2 * entry.data_offsets[1]];
    }
  });
}

/** Bytes of a safetensors file with its header changed by `edit`. */
export function editHeader(
  bytes: Uint8Array,
  edit: (header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>) => void,
): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  edit(header);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(bytes.subarray(8 + length), 8 + text.length);
  return out;
}
