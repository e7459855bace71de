// Models in the origin private file system: a directory for each, and in it for each weight file its data, written where it
// belongs as it arrives, and a journal that says which bytes are there. Data is written before the journal, so that a tab that
// is killed loses at most what had not been written yet; what a power failure mixes up, the hashes find.
import { sha256 } from "../transfer/sha256";
import { Journal } from "./journal";
import type { FileKey, ModelStore, StoredFile, StoredListing } from "./store";

/** Of workers only; TypeScript's DOM library does not have it. */
interface SyncAccessHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  close(): void;
}
type Handle = FileSystemFileHandle & { createSyncAccessHandle(options?: { mode: "read-only" | "readwrite" }): Promise<SyncAccessHandle> };
type Directory = FileSystemDirectoryHandle & { keys(): AsyncIterable<string>; values(): AsyncIterable<FileSystemHandle> };

const rootName = "variorum";
const prefixes = { text: "t-", data: "w-", journal: "j-" };

export class OpfsStore implements ModelStore {
  readonly kind = "opfs";
  readonly blockBytes = 4 << 20;
  #root: Directory;

  private constructor(root: Directory) {
    this.#root = root;
  }

  /** Null where there is no such file system, or none that a worker can write to. */
  static async open(): Promise<OpfsStore | null> {
    if (!globalThis.navigator?.storage?.getDirectory) return null;
    const inWorker = typeof document === "undefined";
    if (inWorker && !("createSyncAccessHandle" in FileSystemFileHandle.prototype)) return null;
    const root = await navigator.storage.getDirectory();
    return new OpfsStore((await root.getDirectoryHandle(rootName, { create: true })) as Directory);
  }

  async readText(model: string, name: string): Promise<string | null> {
    return orNull(async () => {
      const directory = await this.#root.getDirectoryHandle(model);
      const handle = await directory.getFileHandle(prefixes.text + name);
      return (await handle.getFile()).text();
    });
  }

  async writeText(model: string, name: string, text: string): Promise<void> {
    const directory = await this.#root.getDirectoryHandle(model, { create: true });
    const handle = (await directory.getFileHandle(prefixes.text + name, { create: true })) as Handle;
    const access = await acquire(handle);
    if (!access) return; // another tab is writing the same
    try {
      access.truncate(0);
      writeAll(access, new TextEncoder().encode(text), 0);
    } finally {
      access.close();
    }
  }

  async openFile(model: string, key: FileKey): Promise<StoredFile | null> {
    const directory = await this.#root.getDirectoryHandle(model, { create: true });
    const file = new OpfsFile(
      (await directory.getFileHandle(prefixes.data + key.file, { create: true })) as Handle,
      (await directory.getFileHandle(prefixes.journal + key.file, { create: true })) as Handle,
      new Journal(this.blockBytes, key.bytes, await sha256(new TextEncoder().encode(key.version))),
    );
    try {
      return (await file.open()) ? file : null;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  async prune(model: string, keep: readonly string[]): Promise<void> {
    const directory = (await this.#root.getDirectoryHandle(model, { create: true })) as Directory;
    const stale: string[] = [];
    for await (const name of directory.keys()) {
      if (!name.startsWith(prefixes.text) && !keep.includes(name.slice(2))) stale.push(name);
    }
    await Promise.all(stale.map((name) => directory.removeEntry(name)));
  }

  async list(): Promise<StoredListing[]> {
    const listings: StoredListing[] = [];
    for await (const directory of this.#root.values()) {
      if (directory.kind !== "directory") continue;
      const files: StoredListing["files"] = [];
      for await (const name of (directory as Directory).keys()) {
        if (!name.startsWith(prefixes.journal)) continue;
        const handle = await (directory as Directory).getFileHandle(name);
        const journal = Journal.parse(new Uint8Array(await (await handle.getFile()).arrayBuffer()));
        if (journal) files.push({ file: name.slice(2), bytes: journal.total, complete: journal.sha256 !== null });
      }
      listings.push({ model: directory.name, files });
    }
    return listings;
  }

  async remove(model: string): Promise<void> {
    await orNull(() => this.#root.removeEntry(model, { recursive: true }));
  }
}

class OpfsFile implements StoredFile {
  #dataHandle: Handle;
  #journalHandle: Handle;
  #journal: Journal;
  /** For writing; both, or none. */
  #data: SyncAccessHandle | null = null;
  #journalAccess: SyncAccessHandle | null = null;
  /** Where a complete file cannot be opened for reading alone. */
  #blob: Blob | null = null;

  constructor(data: Handle, journal: Handle, wanted: Journal) {
    this.#dataHandle = data;
    this.#journalHandle = journal;
    this.#journal = wanted;
  }

  get sha256(): string | null {
    return this.#journal.sha256;
  }

  get bytes(): number | null {
    return this.#journal.bytes;
  }

  /** False if another tab has the file. */
  async open(): Promise<boolean> {
    const kept = Journal.parse(new Uint8Array(await (await this.#journalHandle.getFile()).arrayBuffer()));
    const fits = kept?.fits(this.#journal) ?? false;
    if (fits && kept!.sha256 !== null) {
      this.#journal = kept!;
      // Other tabs may be reading too. Browsers that know no modes open it for one alone; there a blob serves the others.
      this.#data = await this.#dataHandle.createSyncAccessHandle({ mode: "read-only" }).catch(() => null);
      if (!this.#data) this.#blob = await this.#dataHandle.getFile();
      if ((this.#data ? this.#data.getSize() : this.#blob!.size) === kept!.bytes) return true;
      this.close(); // damaged: begin again
      this.#journal = kept!.begun();
      return this.#begin();
    }
    if (!fits) return this.#begin();
    this.#journal = kept!;
    if (!(await this.#acquire())) return false;
    this.#claim();
    return true;
  }

  have(index: number): number {
    return this.#journal.have(index);
  }

  async read(at: number, into: Uint8Array): Promise<boolean> {
    if (this.#data) return this.#data.read(into, { at }) === into.length;
    const part = this.#blob?.slice(at, at + into.length);
    if (part?.size !== into.length) return false;
    into.set(new Uint8Array(await part.arrayBuffer()));
    return true;
  }

  write(at: number, bytes: Uint8Array): void {
    writeAll(this.#data!, bytes, at);
    for (const { offset, bytes: entry } of this.#journal.wrote(at, bytes.length)) writeAll(this.#journalAccess!, entry, offset);
  }

  async seal(): Promise<void> {} // each piece is already where it belongs

  async complete(bytes: number, digest: string): Promise<void> {
    if (this.#journal.sha256 !== null) return;
    this.#data!.truncate(bytes);
    this.#journal.complete(bytes, digest);
    writeAll(this.#journalAccess!, this.#journal.encode(), 0);
  }

  async reset(): Promise<void> {
    this.close();
    this.#journal = this.#journal.begun();
    if (!(await this.#begin())) throw new Error("A damaged file is open in another tab.");
  }

  close(): void {
    this.#data?.close();
    this.#journalAccess?.close();
    this.#data = this.#journalAccess = this.#blob = null;
  }

  /** Starts with nothing. */
  async #begin(): Promise<boolean> {
    if (!(await this.#acquire())) return false;
    this.#journalAccess!.truncate(0);
    this.#data!.truncate(0);
    this.#claim();
    return true;
  }

  /**
   * Asks for all the room at once, the journal's first: a full quota shows before the download, and what other files take
   * meanwhile cannot leave data here that no journal speaks of. What is refused holds no room.
   */
  #claim(): void {
    try {
      writeAll(this.#journalAccess!, this.#journal.encode(), 0);
      const { bytes } = this.#journal;
      if (bytes === null) return;
      this.#data!.truncate(bytes);
      // Chromium's private windows refuse without an error.
      if (this.#data!.getSize() !== bytes) throw full();
    } catch (error) {
      this.#data!.truncate(0);
      this.#journalAccess!.truncate(0);
      throw error;
    }
  }

  async #acquire(): Promise<boolean> {
    this.#journalAccess = await acquire(this.#journalHandle);
    if (this.#journalAccess) this.#data = await acquire(this.#dataHandle);
    if (this.#data) return true;
    this.close();
    return false;
  }
}

/** Exclusive access; null if another tab has it and does not give it up soon, as one that was just closed does. */
async function acquire(handle: Handle): Promise<SyncAccessHandle | null> {
  for (let tries = 20; ; tries--) {
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NoModificationAllowedError") throw error;
      if (tries === 0) return null;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function writeAll(access: SyncAccessHandle, bytes: Uint8Array, at: number): void {
  if (access.write(bytes, { at }) !== bytes.length) throw full();
}

const full = () => new DOMException("Storage has no room for all of it.", "QuotaExceededError");

/** Null if the file or directory is not there. */
async function orNull<T>(use: () => Promise<T>): Promise<T | null> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return null;
    throw error;
  }
}
