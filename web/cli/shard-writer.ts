// Writes a model directory's files. What each shard holds and where is known from the configuration, so tensors can come in any
// order and go straight to their place on disk; no more than one is ever in memory.
import { createHash } from "node:crypto";
import { closeSync, createReadStream, ftruncateSync, openSync, writeSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Shard } from "../model/formats/manifest";
import { encodeHeader } from "../model/formats/safetensors";
import type { StoredTensor } from "../model/formats/tensors";

/** A shard that is being filled, under a temporary name: its own needs the hash. */
interface OpenShard {
  path: string;
  tensors: StoredTensor[];
  bytes: number;
}

/** Fills shards in order; a tensor larger than a shard gets one of its own. */
function group(tensors: StoredTensor[], shardSize: number): StoredTensor[][] {
  const groups: StoredTensor[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    if (groups.length === 0 || tensor.bytes > room) {
      groups.push([]);
      room = shardSize;
    }
    groups.at(-1)!.push(tensor);
    room -= tensor.bytes;
  }
  // Wide types first, so that every tensor is aligned to its type.
  const width = { F32: 0, F16: 1, BF16: 1, I8: 2, U8: 2 };
  return groups.map((tensors) => [...tensors].sort((a, b) => width[a.dtype] - width[b.dtype]));
}

/** Everything is written under temporary names first, so that a broken run leaves the directory as it was. */
export class ShardWriter {
  #directory: string;
  #shards: OpenShard[] = [];
  /** Where each tensor's bytes go. */
  #places = new Map<string, { shard: OpenShard; position: number }>();
  #renames: { from: string; to: string }[] = [];
  #files = new Set<string>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Prepares shards of `shardSize` bytes for `tensors`, in their order. */
  static async create(directory: string, tensors: StoredTensor[], shardSize: number): Promise<ShardWriter> {
    await mkdir(directory, { recursive: true });
    const writer = new ShardWriter(directory);
    for (const [i, members] of group(tensors, shardSize).entries()) writer.#begin(i, members);
    return writer;
  }

  #begin(index: number, tensors: StoredTensor[]): void {
    let end = 0;
    const header = encodeHeader(tensors.map(({ name, dtype, shape, bytes }) => ({ name, dtype, shape, begin: end, end: (end += bytes) })));
    const shard = { path: join(this.#directory, `.shard-${index + 1}.new`), tensors, bytes: header.length + end };
    let position = header.length;
    for (const { name, bytes } of tensors) {
      this.#places.set(name, { shard, position });
      position += bytes;
    }
    this.#shards.push(shard);
    const file = openSync(shard.path, "w");
    ftruncateSync(file, shard.bytes);
    writeSync(file, header);
    closeSync(file);
  }

  /** Writes a tensor's bytes to their place. */
  put(name: string, bytes: Uint8Array): void {
    const { shard, position } = this.#places.get(name)!;
    const file = openSync(shard.path, "r+");
    try {
      for (let at = 0; at < bytes.length; ) {
        // A copy, since wasm's memory is shared and Node does not write from that; in pieces, since it may be large.
        at += writeSync(file, bytes.slice(at, at + (4 << 20)), 0, undefined, position + at);
      }
    } finally {
      closeSync(file);
    }
  }

  /** All tensors are in: the shards with their names and hashes, and which shard holds which tensor. */
  async shards(): Promise<{ shards: Shard[]; weightMap: Record<string, string> }> {
    const shards: Shard[] = [];
    const weightMap: Record<string, string> = {};
    const number = (n: number) => String(n).padStart(5, "0");
    for (const [i, { path, tensors, bytes }] of this.#shards.entries()) {
      const sha256 = await hashFile(path);
      const file = `model-${number(i + 1)}-of-${number(this.#shards.length)}-${sha256.slice(0, 16)}.safetensors`;
      shards.push({ file, bytes, sha256 });
      for (const { name } of tensors) weightMap[name] = file;
      this.#files.add(file);
      const to = join(this.#directory, file);
      const same = (await stat(to).catch(() => null))?.size === bytes && (await hashFile(to)) === sha256;
      if (!same) this.#renames.push({ from: path, to });
    }
    return { shards, weightMap };
  }

  /** Adds a small file. */
  async add(file: string, text: string): Promise<void> {
    const to = join(this.#directory, file);
    this.#files.add(file);
    if ((await readFile(to, "utf8").catch(() => null)) === text) return;
    const from = join(this.#directory, `.${file}.new`);
    await writeFile(from, text);
    this.#renames.push({ from, to });
  }

  /** Puts everything in its place; resolves to how many files were there already, byte for byte, and were not touched. */
  async finish(): Promise<number> {
    const kept = this.#files.size - this.#renames.length;
    for (const { from, to } of this.#renames) await rename(from, to);
    // Shards of an earlier run would only confuse; they go last, when nothing names them any more.
    for (const name of await readdir(this.#directory)) {
      const isShard = /^model-\d{5}-of-\d{5}-[0-9a-f]{16}\.safetensors$/.test(name);
      if (isShard && !this.#files.has(name)) await rm(join(this.#directory, name));
    }
    return kept;
  }

  /** Removes what is temporary: after `finish`, or instead of it. */
  async cleanUp(): Promise<void> {
    const temporary = [...this.#shards.map(({ path }) => path), ...this.#renames.map(({ from }) => from)];
    await Promise.all(temporary.map((path) => rm(path, { force: true })));
  }
}

/** SHA-256 of a file, 64 lower-case hex digits. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
