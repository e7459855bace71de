// A model directory on this machine's disk.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { abortError, isAbort, VariorumError } from "../api/errors";
import { openSource as openRemote } from "../model/open-source";
import { parseModelAddress } from "../model/sources/address";
import type { ByteStream, FileDescription, ModelSource, OpenOptions } from "../model/transfer/source";

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

/**
 * The source that --model names: a directory, the address of one, or a repository of the hub ("hf:owner/name", with the
 * endpoint and token of HF_ENDPOINT and HF_TOKEN). bad-option if there is no such directory; network.
 */
export async function openSource(model: string): Promise<ModelSource> {
  if (/^(https?|hf):/.test(model)) {
    const address = parseModelAddress(model);
    const { HF_ENDPOINT: endpoint, HF_TOKEN: token } = process.env;
    const settings = { ...(endpoint ? { endpoint } : {}), ...(token ? { token } : {}) };
    return openRemote(typeof address === "object" && "hub" in address ? { ...address, ...settings } : address, null);
  }
  const info = await stat(model).catch(() => null);
  if (!info?.isDirectory()) throw new VariorumError("bad-option", `There is no model directory ${model}: check the path.`);
  return new FileSource(model);
}
