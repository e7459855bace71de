// A model that storage has: no network. Its files are where Keeper and SmallFiles find them under the model's id; this source
// is what they fall back on, and it has nothing.
import { VariorumError } from "../../api/errors";
import type { ByteStream, FileDescription, ModelSource } from "../transfer/source";

export class CachedSource implements ModelSource {
  readonly remote = true;
  readonly pinned = true;

  constructor(
    readonly id: string,
    readonly name: string,
  ) {}

  text(file: string): Promise<string | null> {
    return this.#missing(file);
  }

  describe(file: string): Promise<FileDescription | null> {
    return this.#missing(file);
  }

  open(file: string): Promise<ByteStream | null> {
    return this.#missing(file);
  }

  #missing(file: string): Promise<never> {
    return Promise.reject(
      new VariorumError("network", `${file} of ${this.name} is not, or no longer, in this browser's storage: load the model from its address once.`),
    );
  }
}
