// One model's part of the browser's storage, for the time of a load. It never fails and never keeps a load waiting: storage
// that is full, forbidden, broken or slow is given up, with a notice, and the load goes on without it.
import type { LoadNotice } from "../../api/types";
import type { Keeping, KeptFile } from "../transfer/keeping";
import { within } from "../transfer/retry";
import type { FileDescription, ModelSource } from "../transfer/source";
import { aboutName, type ModelStore, type StoredAbout, type StoredFile, storeKey } from "./store";

/** Storage that has not answered after so many milliseconds is given up. */
const patience = 5000;

export class Keeper implements Keeping {
  /** Of the model. */
  readonly id: string;
  #name: string;
  #store: ModelStore | null;
  #model: Promise<string>;
  #onNotice: (notice: LoadNotice) => void;
  #full = false;
  /** Whether storage has failed in a way that makes every further use of it pointless. */
  broken = false;

  /** `store`: null for a load without storage. */
  constructor(store: ModelStore | null, { id, name }: Pick<ModelSource, "id" | "name">, onNotice: (notice: LoadNotice) => void = () => {}) {
    this.id = id;
    this.#name = name;
    this.#store = store;
    this.#model = storeKey(id);
    this.#onNotice = onNotice;
  }

  /** Whether what arrives is being kept. */
  get keeps(): boolean {
    return this.#store !== null && !this.#full;
  }

  get kind(): ModelStore["kind"] | null {
    return this.#store?.kind ?? null;
  }

  /** Size of the blocks in which files are kept; null if they are not. */
  get blockBytes(): number | null {
    return this.#store?.blockBytes ?? null;
  }

  readText(name: string): Promise<string | null> {
    return this.attempt(async (store) => store.readText(await this.#model, name), null);
  }

  async writeText(name: string, text: string): Promise<void> {
    if (this.#full) return;
    await this.attempt(async (store) => store.writeText(await this.#model, name, text), undefined);
  }

  async openFile({ file, bytes, exact, sha256, version }: FileDescription & { file: string }): Promise<KeptFile | null> {
    const key = { file, bytes: exact ? bytes : null, version: sha256 ?? version ?? "" };
    const stored = await this.attempt(async (store) => store.openFile(await this.#model, key), null);
    return stored && new KeptUntilFailure(stored, this);
  }

  /** Notes what the model is, for `listModels` (library.ts). */
  async describe(files: StoredAbout["files"]): Promise<void> {
    await this.writeText(aboutName, JSON.stringify({ id: this.id, name: this.#name, files } satisfies StoredAbout));
  }

  async prune(keep: readonly string[]): Promise<void> {
    await this.attempt(async (store) => store.prune(await this.#model, keep), undefined);
  }

  /** What `use` gives, or `otherwise` if there is no storage, or none any more. */
  async attempt<T>(use: (store: ModelStore) => Promise<T>, otherwise: T): Promise<T> {
    if (!this.#store) return otherwise;
    try {
      return await within(patience, "The browser's storage", use(this.#store));
    } catch (error) {
      this.giveUp(error);
      return otherwise;
    }
  }

  /** Full storage still gives what it has, and files that are open go on; any other failure ends its use. */
  giveUp(error: unknown): void {
    const full = isQuota(error);
    if (this.broken || (full && this.#full)) return;
    if (full) this.#full = true;
    else this.broken = true;
    if (this.broken) this.#store = null;
    this.#onNotice(full ? "storage-full" : "storage-failed");
  }
}

/** A weight file in storage; after a failure, and after `close`, every call does nothing. */
class KeptUntilFailure implements KeptFile {
  #file: StoredFile;
  #keeper: Keeper;
  #over = false;

  constructor(file: StoredFile, keeper: Keeper) {
    this.#file = file;
    this.#keeper = keeper;
  }

  /** SHA-256 of a file that was completed before. */
  get sha256(): string | null {
    return this.#file.sha256;
  }

  /** Length of the file, if storage knows it. */
  get bytes(): number | null {
    return this.#file.bytes;
  }

  have(index: number): number {
    return this.#usable ? this.#file.have(index) : 0;
  }

  read(at: number, into: Uint8Array): Promise<boolean> {
    return this.#attempt(() => this.#file.read(at, into), false);
  }

  write(at: number, bytes: Uint8Array): void {
    if (!this.#usable) return;
    try {
      this.#file.write(at, bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  seal(index: number, block: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#attempt(() => this.#file.seal(index, block), undefined);
  }

  complete(bytes: number, sha256: string): Promise<void> {
    return this.#attempt(() => this.#file.complete(bytes, sha256), undefined);
  }

  reset(): Promise<void> {
    return this.#attempt(() => this.#file.reset(), undefined);
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#file.close();
  }

  get #usable(): boolean {
    return !this.#over && !this.#keeper.broken;
  }

  async #attempt<T>(use: () => Promise<T>, otherwise: T): Promise<T> {
    if (!this.#usable) return otherwise;
    try {
      return await within(patience, "The browser's storage", use());
    } catch (error) {
      this.#fail(error);
      return otherwise;
    }
  }

  #fail(error: unknown): void {
    this.#keeper.giveUp(error);
    this.close();
  }
}

const isQuota = (error: unknown) => error instanceof Error && error.name === "QuotaExceededError";
