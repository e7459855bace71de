// Storage of a browser, for tests under Node: everything in memory, by a journal like that of the private file system.
import { Journal } from "../../web/model/store/journal";
import type { FileKey, ModelStore, StoredFile, StoredListing } from "../../web/model/store/store";

export class MemoryStore implements ModelStore {
  readonly kind = "opfs";
  readonly blockBytes = 1 << 20;
  texts = new Map<string, string>();
  files = new Map<string, { data: Uint8Array; journal: Journal; version: string }>();
  /** Called before each use; may throw or wait. */
  trouble: (use: string) => void | Promise<void> = () => {};

  async readText(model: string, name: string) {
    await this.trouble("readText");
    return this.texts.get(`${model}/${name}`) ?? null;
  }
  async writeText(model: string, name: string, text: string) {
    await this.trouble("writeText");
    this.texts.set(`${model}/${name}`, text);
  }
  async openFile(_: string, { file, bytes, version }: FileKey): Promise<StoredFile> {
    await this.trouble("openFile");
    let kept = this.files.get(file);
    if (!kept || kept.version !== version) {
      kept = { data: new Uint8Array(bytes ?? 1 << 24), journal: new Journal(this.blockBytes, bytes, "0".repeat(64)), version };
      this.files.set(file, kept);
    }
    const { trouble } = this;
    const entry = kept;
    return {
      get sha256() {
        return entry.journal.sha256;
      },
      bytes,
      have: (index) => entry.journal.have(index),
      async read(at, into) {
        await trouble("read");
        into.set(entry.data.subarray(at, at + into.length));
        return true;
      },
      write(at, chunk) {
        void trouble("write");
        entry.data.set(chunk, at);
        entry.journal.wrote(at, chunk.length);
      },
      seal: async () => trouble("seal"),
      complete: async (bytes, sha256) => entry.journal.complete(bytes, sha256),
      reset: async () => void (entry.journal = entry.journal.begun()),
      close() {},
    };
  }
  async prune(_: string, keep: readonly string[]) {
    for (const file of this.files.keys()) if (!keep.includes(file)) this.files.delete(file);
  }
  list = async (): Promise<StoredListing[]> => [];
  remove = async () => {};
}
