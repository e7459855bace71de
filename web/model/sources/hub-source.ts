// A repository of the Hugging Face hub, or of a server that behaves like it: the revision is pinned to its commit, and large
// files are checked against the SHA-256 that the hub announces for them.
import { isAbort, VariorumError } from "../../api/errors";
import type { HubAddress } from "../../api/types";
import { isCount } from "../formats/json";
import { TemporaryError } from "../transfer/retry";
import { type ByteStream, type FileDescription, type OpenOptions, undescribed } from "../transfer/source";
import { parseHubAddress } from "./address";
import { HttpSource } from "./http-source";

/** What the hub says of a revision. */
export interface HubRevision {
  /** 40 hex digits; null from a server that has no such answer. */
  commit: string | null;
  /** By path; null from a server that has no such answer. */
  files: Record<string, { bytes: number | null; sha256: string | null }> | null;
}

const isCommit = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f]{40}$/.test(value);
const isDigest = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

export class HubSource extends HttpSource {
  override readonly pinned: boolean;
  #token: string | undefined;
  #files: HubRevision["files"];

  /** A revision of which `revision` is known. */
  constructor(address: HubAddress, { commit, files }: HubRevision) {
    const { hub, revision, endpoint, token } = parseHubAddress(address);
    super(`${endpoint}/${hub}/resolve/${encodeURIComponent(commit ?? revision)}/`, hub);
    this.pinned = commit !== null;
    this.#token = token;
    this.#files = files;
  }

  override async text(file: string, signal?: AbortSignal): Promise<string | null> {
    // A file that is known not to be there need not be asked for.
    return this.#files && !Object.hasOwn(this.#files, file) ? null : super.text(file, signal);
  }

  override async describe(file: string, signal?: AbortSignal): Promise<FileDescription | null> {
    if (!this.#files) return withDigest(await super.describe(file, signal));
    const known = this.#files[file];
    if (!Object.hasOwn(this.#files, file) || !known) return null;
    if (known.bytes === null) return { ...undescribed, version: this.pinned ? this.id : null };
    return { bytes: known.bytes, exact: true, sha256: known.sha256, version: this.pinned ? this.id : null };
  }

  override async open(file: string, options?: OpenOptions): Promise<ByteStream | null> {
    return this.#files && !Object.hasOwn(this.#files, file) ? null : super.open(file, options);
  }

  protected override headers(): Record<string, string> {
    return authorization(this.#token);
  }

  protected override advice(status: number): string {
    return adviceOf(status) ?? super.advice(status);
  }
}

/** The hub's ETag of a large file is its SHA-256. */
function withDigest(description: FileDescription | null): FileDescription | null {
  const digest = description?.version?.replace(/^(W\/)?"|"$/g, "");
  return isDigest(digest) ? { ...description!, sha256: digest } : description;
}

const authorization = (token: string | undefined): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {});

function adviceOf(status: number): string | null {
  return status === 401 || status === 403
    ? "the repository is private, or needs its terms to be accepted, or does not exist: check its name, or give a token"
    : null;
}

/** Asks the hub for a revision's commit and files. network (temporary or not), AbortError. */
export async function askRevision(address: HubAddress, signal?: AbortSignal): Promise<HubRevision> {
  const { hub, revision, endpoint, token } = parseHubAddress(address);
  const ask = async (path: string): Promise<unknown> => {
    let response: Response;
    try {
      response = await fetch(`${endpoint}/api/models/${hub}/${path}`, { headers: authorization(token), cache: "no-cache", signal: signal ?? null });
    } catch (cause) {
      if (isAbort(cause)) throw cause;
      throw new TemporaryError(`${endpoint} could not be reached: check the connection and the endpoint, then try again.`, null, { cause });
    }
    const { status } = response;
    if (status === 429 || status >= 500) throw new TemporaryError(`${endpoint} answered ${status} for ${hub}: try again later.`);
    if (status === 401 || status === 403) throw new VariorumError("network", `${endpoint} answered ${status} for ${hub}: ${adviceOf(status)}.`);
    return response.ok ? response.json().catch(() => null) : null;
  };
  const encoded = encodeURIComponent(revision);
  const info = (await ask(`revision/${encoded}?blobs=true`)) as { sha?: unknown; siblings?: unknown } | null;
  const commit = isCommit(info?.sha) ? info.sha : isCommit(revision) ? revision : null;
  const siblings = filesOf(info?.siblings, "rfilename");
  // Servers that do not know ?blobs=true list names alone; the tree has the rest.
  if (siblings && Object.values(siblings).some(({ bytes }) => bytes !== null)) return { commit, files: siblings };
  return { commit, files: filesOf(await ask(`tree/${encodeURIComponent(commit ?? revision)}`), "path") };
}

/** Both of the hub's ways to list files. */
function filesOf(list: unknown, nameKey: "rfilename" | "path"): HubRevision["files"] {
  if (!Array.isArray(list) || list.length === 0) return null;
  const files: NonNullable<HubRevision["files"]> = {};
  for (const entry of list as Record<string, unknown>[]) {
    const name = entry?.[nameKey];
    if (typeof name !== "string" || entry.type === "directory") continue;
    const lfs = (entry.lfs ?? {}) as Record<string, unknown>;
    const sha256 = [lfs.sha256, lfs.oid].find(isDigest) ?? null;
    const bytes = [lfs.size, entry.size].find(isCount) ?? null;
    files[name] = { bytes, sha256 };
  }
  return files;
}
