// The source that an address names.
import { isAbort, VariorumError } from "../api/errors";
import type { HubAddress } from "../api/types";
import { parseHubAddress, type WireAddress } from "./sources/address";
import { CachedSource } from "./sources/cached-source";
import { HttpSource } from "./sources/http-source";
import { askRevision, type HubRevision, HubSource } from "./sources/hub-source";
import { LocalSource } from "./sources/local-source";
import { Keeper } from "./store/keeper";
import { aboutName, type ModelStore, type StoredAbout, storeKey } from "./store/store";
import { isOffline, type RetryPolicy, standardPolicy, withPatience } from "./transfer/retry";
import type { ModelSource } from "./transfer/source";

/** `address` as parseModelAddress gives it. bad-option, network, AbortError. */
export async function openSource(address: WireAddress, store: ModelStore | null, signal?: AbortSignal, policy = standardPolicy): Promise<ModelSource> {
  if (typeof address === "string") return new HttpSource(address);
  if ("files" in address) return new LocalSource(address.files);
  if ("hub" in address) return new HubSource(address, await revisionOf(address, store, policy, signal));
  return openCached(address.cached, store);
}

const revisionName = "revision.json";

/** The hub's word; what it said last if it cannot be reached now. */
async function revisionOf(address: HubAddress, store: ModelStore | null, policy: RetryPolicy, signal?: AbortSignal): Promise<HubRevision> {
  const { hub, revision, endpoint } = parseHubAddress(address);
  const keeper = new Keeper(store, { id: `revision:${endpoint}/${hub}@${revision}`, name: hub });
  const text = await keeper.readText(revisionName);
  const kept = text === null ? null : parseRevision(text);
  if (kept && (isOffline() || kept.commit === revision)) return kept;
  try {
    const fresh = await withPatience({ ...policy, longestOffline: 0, delays: kept ? [] : policy.delays }, signal, () => askRevision(address, signal));
    if (fresh.commit !== null && JSON.stringify(fresh) !== text) await keeper.writeText(revisionName, JSON.stringify(fresh));
    return fresh;
  } catch (error) {
    if (!kept || isAbort(error)) throw error;
    return kept;
  }
}

function parseRevision(text: string): HubRevision | null {
  try {
    const value = JSON.parse(text) as HubRevision;
    return typeof value.commit === "string" && typeof value.files === "object" ? value : null;
  } catch {
    return null; // damaged in storage
  }
}

async function openCached(id: string, store: ModelStore | null): Promise<ModelSource> {
  const text = await store?.readText(await storeKey(id), aboutName).catch(() => null);
  if (!text) throw new VariorumError("bad-option", `${id} is not in this browser's storage: load the model from its address once.`);
  return new CachedSource(id, (JSON.parse(text) as StoredAbout).name);
}
