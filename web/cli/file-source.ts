// A model directory on this machine's disk.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { abortError, isAbort, VariorumError } from "../errors";
import { HttpSource, type ByteStream, type ModelSource } from "../model/source";

export class FileSource implements ModelSource {
  readonly name: string;
  readonly id: string;

  constructor(directory: string) {
    this.id = directory;
    this.name = basename(resolve(directory));
  }

  async text(file: string, signal?: AbortSignal): Promise<string | null> {
    return this.#guard(file, readFile(join(this.id, file), { encoding: "utf8", ...(signal ? { signal } : {}) }));
  }

  async open(file: string, signal?: AbortSignal): Promise<ByteStream | null> {
    const path = join(this.id, file);
    const info = await this.#guard(file, stat(path));
    return info && { bytes: info.size, chunks: createReadStream(path, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) }) };
  }

  async #guard<T>(file: string, promise: Promise<T>): Promise<T | null> {
    try {
      return await promise;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
      if (isAbort(cause)) throw abortError();
      throw new VariorumError("network", `${join(this.id, file)} could not be read: ${(cause as Error).message}`, { cause });
    }
  }
}

/** The source that --model names: a directory, or the address of one. bad-option if there is no such directory. */
export async function openSource(model: string): Promise<ModelSource> {
  if (/^https?:\/\//.test(model)) return new HttpSource(model);
  const info = await stat(model).catch(() => null);
  if (!info?.isDirectory()) throw new VariorumError("bad-option", `There is no model directory ${model}: check the path.`);
  return new FileSource(model);
}
