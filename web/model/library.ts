// The models that this browser keeps.
import { VariorumError } from "../api/errors";
import type { StoredModel } from "../api/types";
import { openStores } from "./store/open";
import { aboutName, type ModelStore, type StoredAbout, type StoredListing, storeKey } from "./store/store";

/** All kept models, complete or not, by name. Empty where there is no storage. */
export async function listModels(): Promise<StoredModel[]> {
  const models: StoredModel[] = [];
  for (const store of await openStores()) {
    for (const listing of await store.list()) {
      const model = await describe(store, listing);
      if (model) models.push(model);
    }
  }
  return models.sort((a, b) => a.name.localeCompare(b.name));
}

/** Null for a directory that holds no weights, or whose description is damaged. */
async function describe(store: ModelStore, { model, files }: StoredListing): Promise<StoredModel | null> {
  const about = parseAbout(await store.readText(model, aboutName));
  if (!about) return null;
  const complete = about.files.every(({ file }) => files.some((kept) => kept.file === file && kept.complete));
  const known = about.files.every(({ bytes }) => bytes !== null);
  return {
    id: about.id,
    name: about.name,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    total: known ? about.files.reduce((sum, { bytes }) => sum + bytes!, 0) : null,
    complete,
  };
}

function parseAbout(text: string | null): StoredAbout | null {
  try {
    const about = JSON.parse(text ?? "null") as StoredAbout | null;
    return typeof about?.id === "string" && typeof about.name === "string" && Array.isArray(about.files) ? about : null;
  } catch {
    return null;
  }
}

/** Takes a model out of this browser's storage; a model that is loaded stays usable. unsupported if another tab is loading it. */
export async function deleteModel(id: string): Promise<void> {
  const key = await storeKey(id);
  for (const store of await openStores()) {
    try {
      await store.remove(key);
    } catch (cause) {
      throw new VariorumError("unsupported", "The model is being loaded in another tab: delete it when that has ended.", { cause });
    }
  }
}
