// Models in the Cache API, for browsers without a private file system (WebKitGTK): a cache for each model; small files are
// entries, and weight files are entries block by block, each when it is whole.
import type { FileKey, ModelStore, StoredFile, StoredListing } from "./store";

const prefix = "variorum-model-";
/** Entries need addresses; nothing is ever fetched from this one. */
const origin = "https://variorum.invalid/";

interface About {
  version: string;
  bytes: number | null;
  sha256: string | null;
}

const addressOf = (...parts: string[]) => origin + parts.map(encodeURIComponent).join("/");

export class CacheStore implements ModelStore {
  readonly kind = "cache-storage";
  readonly blockBytes = 1 << 20;

  /** Null where there is no such storage. */
  static async open(): Promise<CacheStore | null> {
    if (typeof caches === "undefined") return null;
    await caches.keys(); // throws where it is forbidden
    return new CacheStore();
  }

  async readText(model: string, name: string): Promise<string | null> {
    const response = await caches.match(addressOf("text", name), { cacheName: prefix + model });
    return response ? response.text() : null;
  }

  async writeText(model: string, name: string, text: string): Promise<void> {
    const cache = await caches.open(prefix + model);
    await cache.put(addressOf("text", name), new Response(text));
  }

  async openFile(model: string, { file, bytes, version }: FileKey): Promise<StoredFile | null> {
    const cache = await caches.open(prefix + model);
    const entries = await listEntries(cache);
    const mine = entries.filter((entry) => entry.file === file);
    const kept = (await (await cache.match(addressOf("file", file)))?.json().catch(() => null)) as About | null | undefined;
    const fits = kept?.version === version && (bytes === null || kept.bytes === bytes);
    const about = fits ? kept! : { version, bytes, sha256: null };
    const stored = new CachedFile(cache, file, this.blockBytes, about, new Map(mine.map(({ index, length }) => [index, length])));
    if (!fits) await stored.reset();
    return stored;
  }

  async prune(model: string, keep: readonly string[]): Promise<void> {
    const cache = await caches.open(prefix + model);
    for (const request of await cache.keys()) {
      const [kind, file] = partsOf(request.url);
      if (kind !== "text" && !keep.includes(file!)) await cache.delete(request);
    }
  }

  async list(): Promise<StoredListing[]> {
    const names = (await caches.keys()).filter((name) => name.startsWith(prefix));
    return Promise.all(
      names.map(async (name) => {
        const cache = await caches.open(name);
        const sizes = new Map<string, number>();
        for (const { file, length } of await listEntries(cache)) sizes.set(file, (sizes.get(file) ?? 0) + length);
        const files = await Promise.all(
          [...sizes].map(async ([file, bytes]) => {
            const about = (await (await cache.match(addressOf("file", file)))?.json().catch(() => null)) as About | null | undefined;
            return { file, bytes, complete: typeof about?.sha256 === "string" };
          }),
        );
        return { model: name.slice(prefix.length), files };
      }),
    );
  }

  async remove(model: string): Promise<void> {
    await caches.delete(prefix + model);
  }
}

const partsOf = (url: string) => url.slice(origin.length).split("/").map(decodeURIComponent);

/** The blocks of weight files. */
async function listEntries(cache: Cache): Promise<{ file: string; index: number; length: number }[]> {
  return (await cache.keys())
    .map((request) => partsOf(request.url))
    .filter(([kind]) => kind === "block")
    .map(([, file, index, length]) => ({ file: file!, index: Number(index), length: Number(length) }));
}

class CachedFile implements StoredFile {
  constructor(
    private readonly cache: Cache,
    private readonly file: string,
    private readonly blockBytes: number,
    private readonly about: About,
    /** Length of each block that is there. */
    private readonly blocks: Map<number, number>,
  ) {}

  get sha256(): string | null {
    return this.about.sha256;
  }

  get bytes(): number | null {
    return this.about.bytes;
  }

  have(index: number): number {
    return this.blocks.get(index) ?? 0;
  }

  async read(at: number, into: Uint8Array): Promise<boolean> {
    const response = await this.cache.match(this.#address(Math.floor(at / this.blockBytes)));
    const block = response && new Uint8Array(await response.arrayBuffer());
    if (!block || block.length < into.length) return false;
    into.set(block.subarray(0, into.length));
    return true;
  }

  write(): void {} // blocks are kept when they are whole

  async seal(index: number, block: Uint8Array<ArrayBuffer>): Promise<void> {
    this.blocks.set(index, block.length);
    await this.cache.put(this.#address(index), new Response(block));
  }

  async complete(bytes: number, sha256: string): Promise<void> {
    this.about.bytes = bytes;
    this.about.sha256 = sha256;
    await this.#note();
  }

  async reset(): Promise<void> {
    for (const index of this.blocks.keys()) await this.cache.delete(this.#address(index));
    this.blocks.clear();
    this.about.sha256 = null;
    await this.#note();
  }

  close(): void {}

  async #note(): Promise<void> {
    await this.cache.put(addressOf("file", this.file), new Response(JSON.stringify(this.about)));
  }

  #address(index: number): string {
    return addressOf("block", this.file, String(index), String(this.blocks.get(index) ?? 0));
  }
}
