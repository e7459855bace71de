// A model directory on this machine's disk.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { abortError, isAbort, VariorumError } from "../errors";
import { HttpSource } from "../model/http-source";
import type { ByteStream, FileDescription, ModelSource, OpenOptions } from "../model/source";

export class FileSource implements ModelSource {
  readonly name: string;
  readonly id: string;
  readonly remote = false;

  constructor(directory: string) {
    this.id = directory;
    this.name = basename(resolve(directory));
  }

  async text(file: string, signal?: AbortSignal): Promise<string | null> {
    return this.#guard(file, readFile(join(this.id, file), { encoding: "utf8", ...(signal ? { signal } : {}) }));
  }

  async describe(file: string): Promise<FileDescription | null> {
    const info = await this.#guard(file, stat(join(this.id, file)));
    return info && { bytes: info.size, exact: true, sha256: null, version: null };
  }

  async open(file: string, { from = 0, to, signal }: OpenOptions = {}): Promise<ByteStream | null> {
    const path = join(this.id, file);
    const info = await this.#guard(file, stat(path));
    if (!info) return null;
    const end = to === undefined ? {} : { end: to - 1 };
    const chunks = createReadStream(path, { start: from, ...end, highWaterMark: 1 << 20, ...(signal ? { signal } : {}) });
    return { bytes: info.size, from, ranged: true, chunks };
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
