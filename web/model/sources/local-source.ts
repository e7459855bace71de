// A model in files that the visitor has chosen or dropped on the page.
import { abortError, VariorumError } from "../../api/errors";
import { nameForeign } from "../formats/foreign";
import type { ByteStream, FileDescription, ModelSource, OpenOptions } from "../transfer/source";

export class LocalSource implements ModelSource {
  readonly name: string;
  readonly id: string;
  readonly remote = false;
  #files = new Map<string, File>();

  /** Of several files of one name, as a folder of folders has them, the one that lies highest counts. bad-option if there are none. */
  constructor(files: readonly File[]) {
    const depth = (file: File) => file.webkitRelativePath.split("/").length;
    for (const file of [...files].sort((a, b) => depth(b) - depth(a))) this.#files.set(file.name, file);
    if (!this.#files.has("config.json")) {
      const found = nameForeign(this.#files.keys());
      throw new VariorumError(
        "bad-option",
        `There is no config.json among these files: ${found ?? "choose the folder of a GPT-2 model, or all of its files"}.`,
      );
    }
    this.name = this.#files.get("config.json")!.webkitRelativePath.split("/").at(-2) ?? "local files";
    this.id = `local:${this.name}`;
  }

  async text(file: string): Promise<string | null> {
    const found = this.#files.get(file);
    return found ? this.#guard(file, found.text()) : null;
  }

  async describe(file: string): Promise<FileDescription | null> {
    const found = this.#files.get(file);
    return found ? { bytes: found.size, exact: true, sha256: null, version: null } : null;
  }

  async open(file: string, { from = 0, to, signal }: OpenOptions = {}): Promise<ByteStream | null> {
    const found = this.#files.get(file);
    if (!found) return null;
    const end = Math.min(to ?? found.size, found.size);
    const guard = <T>(promise: Promise<T>) => this.#guard(file, promise);
    return {
      bytes: found.size,
      from,
      ranged: true,
      chunks: (async function* () {
        for (let at = from; at < end; at += chunkBytes) {
          if (signal?.aborted) throw abortError();
          yield new Uint8Array(await guard(found.slice(at, Math.min(end, at + chunkBytes)).arrayBuffer()));
        }
      })(),
    };
  }

  async #guard<T>(file: string, promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (cause) {
      throw new VariorumError("network", `${file} could not be read: it was moved or changed since it was chosen; choose it again.`, { cause });
    }
  }
}

const chunkBytes = 1 << 20;
