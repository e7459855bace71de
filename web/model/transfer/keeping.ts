// What a transfer needs of the browser's storage; store/keeper.ts is it. Nothing here fails: storage that cannot be used any
// more gives nothing and takes nothing.
import type { FileDescription } from "./source";

export interface Keeping {
  /** Whether what arrives is being kept. */
  readonly keeps: boolean;
  /** Size of the blocks in which files are kept; null if they are not. */
  readonly blockBytes: number | null;
  readText(name: string): Promise<string | null>;
  writeText(name: string, text: string): Promise<void>;
  openFile(description: FileDescription & { file: string }): Promise<KeptFile | null>;
}

/** A file in storage, in blocks that are verified one by one. */
export interface KeptFile {
  /** Of a file that was completed before. */
  readonly sha256: string | null;
  /** Length of the file, if storage knows it. */
  readonly bytes: number | null;
  /** How many bytes there are of block `index`, from its beginning on. */
  have(index: number): number;
  /** Whether the bytes at `at` are there and right; `into` has them then. */
  read(at: number, into: Uint8Array): Promise<boolean>;
  write(at: number, bytes: Uint8Array): void;
  /** Block `index` is whole. */
  seal(index: number, block: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The file is whole, and has this hash. */
  complete(bytes: number, sha256: string): Promise<void>;
  /** Forgets what is there. */
  reset(): Promise<void>;
  close(): void;
}
