// Verified shards, kept in the browser so that a model is downloaded once. Shard names carry their hash, so an entry never
// goes stale; it is verified again each time it is read, because storage can be damaged too.
import type { Shard } from "./manifest";

export interface ShardCache {
  read(source: string, shard: Shard): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Never fails: a full or forbidden store only means that the next visit downloads again. */
  write(source: string, shard: Shard, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(source: string, shard: Shard): Promise<void>;
}

const cacheName = "variorum-shards-1";

/** The Cache API; null where there is none (pages that are not secure contexts, Node). */
export async function openShardCache(): Promise<ShardCache | null> {
  if (typeof caches === "undefined") return null;
  let cache: Cache;
  try {
    cache = await caches.open(cacheName);
  } catch {
    return null;
  }
  const key = (source: string, shard: Shard) => new URL(shard.file, source).href;
  return {
    async read(source, shard) {
      try {
        const response = await cache.match(key(source, shard));
        return response ? new Uint8Array(await response.arrayBuffer()) : null;
      } catch {
        return null;
      }
    },
    async write(source, shard, bytes) {
      const headers = { "content-type": "application/octet-stream", "content-length": String(bytes.length) };
      await cache.put(key(source, shard), new Response(bytes, { headers })).catch(() => {});
    },
    async remove(source, shard) {
      await cache.delete(key(source, shard)).catch(() => false);
    },
  };
}
