// Where a browser keeps models between visits. Two kinds of storage do it (opfs.ts, cache-storage.ts); which one, and what
// happens when neither works, is decided in open.ts. Nothing that is read from a store is trusted: weights are verified again.

import { sha256 } from "../transfer/sha256";

/** Name of the directory of the model whose source has this id. */
export async function storeKey(id: string): Promise<string> {
  return (await sha256(new TextEncoder().encode(id))).slice(0, 32);
}

export interface ModelStore {
  readonly kind: "opfs" | "cache-storage";
  /** Weight files are kept in blocks of so many bytes, each from its beginning on. */
  readonly blockBytes: number;
  // `model` is the name of the model's directory (storeKey).
  /** A small file of a model; null if there is none. */
  readText(model: string, name: string): Promise<string | null>;
  /** Errors: QuotaExceededError and whatever storage fails with. */
  writeText(model: string, name: string, text: string): Promise<void>;
  /** A weight file, to be read and completed; null if storage does not give it (another tab has it). */
  openFile(model: string, file: FileKey): Promise<StoredFile | null>;
  /** Takes away the weight files of a model that are not among `keep`. */
  prune(model: string, keep: readonly string[]): Promise<void>;
  /** Bytes of each weight file, complete or not, of each model. */
  list(): Promise<StoredListing[]>;
  /** Everything of a model. */
  remove(model: string): Promise<void>;
}

/** What a weight file is: kept bytes of another version or length are not used. */
export interface FileKey {
  file: string;
  /** Null if unknown. */
  bytes: number | null;
  /** Its hash, or whatever else changes with it; "" if nothing is known. */
  version: string;
}

/** The small file that says what a kept model is. */
export const aboutName = "about.json";

export interface StoredAbout {
  /** Of its source. */
  id: string;
  name: string;
  /** Its weight files; bytes are null if unknown when the download began. */
  files: { file: string; bytes: number | null }[];
}

export interface StoredListing {
  model: string;
  files: { file: string; bytes: number; complete: boolean }[];
}

export interface StoredFile {
  /** SHA-256 that the file had when it was completed; null while it is not complete. */
  readonly sha256: string | null;
  /** Of the whole file, if it is complete or was known when it was begun. */
  readonly bytes: number | null;
  /** So many bytes from the beginning of block `index` are there. */
  have(index: number): number;
  /** Fills `into` with bytes from `at` on; false if storage fails to. */
  read(at: number, into: Uint8Array): Promise<boolean>;
  /** Keeps bytes that follow on what there is of their block. Errors: QuotaExceededError and whatever storage fails with. */
  write(at: number, bytes: Uint8Array): void;
  /** Block `index` has been given to `write` in full, and is `block`. Errors as of `write`. */
  seal(index: number, block: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The file is whole and has this hash. */
  complete(bytes: number, sha256: string): Promise<void>;
  /** Forgets all bytes: they are damaged. */
  reset(): Promise<void>;
  close(): void;
}
