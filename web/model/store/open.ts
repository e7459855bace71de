// Chooses the storage, without asking: the private file system, else the Cache API, else none.
import { within } from "../transfer/retry";
import { CacheStore } from "./cache-storage";
import { OpfsStore } from "./opfs";
import type { ModelStore } from "./store";

/** A browser that has not said so soon whether there is storage is not waited for. */
const patience = 5000;

/** The best storage that works here. */
export async function openStore(): Promise<ModelStore> {
  return (await openStores())[0] ?? missing;
}

/** All storage that works here, best first. */
export async function openStores(): Promise<ModelStore[]> {
  const opened = await Promise.all(
    [OpfsStore, CacheStore].map((kind) => within<ModelStore | null>(patience, "The browser's storage", kind.open()).catch(() => null)),
  );
  return opened.filter((store) => store !== null);
}

const fail = () => Promise.reject(new DOMException("There is no storage here.", "NotSupportedError"));

/** Where there is none: whoever uses it finds out, says so and goes on without (keeper.ts). */
const missing: ModelStore = {
  kind: "cache-storage",
  blockBytes: 4 << 20,
  readText: fail,
  writeText: fail,
  openFile: fail,
  prune: fail,
  list: fail,
  remove: fail,
};
