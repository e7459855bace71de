// Addresses of models, checked before anything is fetched.
import { VariorumError } from "../../api/errors";
import type { CachedAddress, HubAddress, LocalAddress } from "../../api/types";

/** An address as it is sent to the worker: plain data, URLs absolute. */
export type WireAddress = string | HubAddress | CachedAddress | LocalAddress;

const standardEndpoint = "https://huggingface.co";
/** Hosts whose pages look like addresses of models. */
const hubs = new Set(["huggingface.co", "www.huggingface.co", "hf.co"]);

/** "hf:owner/name" or "hf:owner/name@revision"; null for what is no such address. */
export function parseHubName(text: string): HubAddress | null {
  const [, hub, revision] = /^hf:([^@]*)(?:@(.*))?$/s.exec(text) ?? [];
  return hub === undefined ? null : { hub, ...(revision === undefined ? {} : { revision }) };
}

/** A caller's address, checked and completed. bad-option. */
export function parseModelAddress(address: WireAddress | URL, base?: string): WireAddress {
  if (address instanceof URL || typeof address === "string") {
    const text = String(address);
    const hub = parseHubName(text);
    return hub ? parseHubAddress(hub) : parseAddress(text, base).href;
  }
  if (address !== null && typeof address === "object") {
    if ("hub" in address) return parseHubAddress(address);
    if ("cached" in address && typeof address.cached === "string") return { cached: address.cached };
    if ("files" in address) return { files: [...address.files] };
  }
  throw new VariorumError("bad-option", `${JSON.stringify(address)} is not the address of a model: give a URL, "hf:owner/name", {hub}, {files} or {cached}.`);
}

/** The address of a model's directory. bad-option if it is none. */
export function parseAddress(address: string, base?: string): URL {
  let url: URL;
  try {
    url = new URL(address, base);
  } catch (cause) {
    throw new VariorumError("bad-option", `${JSON.stringify(address)} is not the address of a model: give a URL such as models/demo/.`, { cause });
  }
  const [, repository, revision] = /^\/([\w.-]+(?:\/[\w.-]+?)?)(?:\.git)?(?:\/(?:tree|blob)\/([^/]+)(?:\/.*)?)?\/?$/.exec(url.pathname) ?? [];
  if (repository !== undefined && hubs.has(url.hostname)) {
    const name = `hf:${repository}${revision === undefined ? "" : `@${decodeURIComponent(revision)}`}`;
    throw new VariorumError("bad-option", `${url.href} is the page of a repository, not a model's directory: say ${name}.`);
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Repository, revision and endpoint of an address, completed. bad-option. */
export function parseHubAddress({
  hub,
  revision = "main",
  endpoint = standardEndpoint,
  token,
}: HubAddress): Required<Omit<HubAddress, "token">> & { token?: string } {
  if (typeof hub !== "string" || !/^[\w.-]+(\/[\w.-]+)?$/.test(hub) || hub.includes("..")) {
    throw new VariorumError("bad-option", `${JSON.stringify(hub)} is not the name of a repository: give one such as openai-community/gpt2.`);
  }
  if (typeof revision !== "string" || !/^[\w./-]+$/.test(revision) || revision.includes("..")) {
    throw new VariorumError("bad-option", `revision is ${JSON.stringify(revision)}; it must be a branch, a tag or a commit.`);
  }
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch (cause) {
    throw new VariorumError("bad-option", `endpoint is ${JSON.stringify(endpoint)}; it must be the address of a hub.`, { cause });
  }
  return { hub, revision, endpoint: url.href.replace(/\/+$/, ""), ...(token ? { token } : {}) };
}
