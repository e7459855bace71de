// Keeps the page's shell (document, scripts, styles, wasm), so that a page that was visited once opens without a network.
// Models are not its business: the engine keeps those itself.
//
// All files but the document carry a hash of their contents in their names, so a copy of one is as good as the host's. The
// document is asked for first, so that a new deploy shows at the next visit; where the network does not answer in time, the
// kept one opens, with the files that it was deployed with. An installation is complete or does not take place.
import { supports } from "../engine/features";

/** Put in by the build (web/build/vite.page.config.ts); file names are relative to the page. */
declare const __VARIORUM_SHELL__: {
  version: string;
  files: string[];
  /** Which of `files` the document starts. */
  entry: string;
  /** Which of `files` belong to the relaxed module, and to the simd one: a browser runs one of them. */
  relaxed: string[];
  simd: string[];
};

interface ExtendableEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}
const worker = self as unknown as Scope;

const shell = __VARIORUM_SHELL__;
const prefix = "variorum-shell-";
const cacheName = prefix + shell.version;
const page = new URL(worker.registration.scope);
const address = (file: string) => new URL(file, page).href;
const known = new Set(shell.files.map(address));

/** Hosts' Vary headers are about encodings. */
const anyVary = { ignoreVary: true };

/** How long a document may take to come, in ms, when there is a kept one. */
const patience = 3000;

worker.addEventListener("install", (event) => {
  event.waitUntil(install());
});

worker.addEventListener("activate", (event) => {
  // It does not claim the pages that are open: in Firefox that waits for their workers, and the engine's threads, which wait
  // for work, never answer; meanwhile all that those pages fetch waits too.
  event.waitUntil(removeOld());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== page.origin || !url.pathname.startsWith(page.pathname)) return;
  const file = url.pathname.slice(page.pathname.length);
  if (request.mode === "navigate" && (file === "" || file === "index.html")) event.respondWith(openDocument(request));
  else if (/^(assets|wasm-[0-9a-f]+)\//.test(file)) event.respondWith(openFile(request));
});

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  const document = await fetch(page, { cache: "no-cache" });
  // In the middle of a deploy the host may still give the document of another version.
  if (!document.ok || !(await document.clone().text()).includes(shell.entry)) throw new Error("The document is not of this version.");
  const other = supports("relaxed") ? shell.simd : shell.relaxed;
  await cache.addAll(shell.files.filter((file) => !other.includes(file)).map(address));
  // What was redirected may not answer for the address that was asked for.
  await cache.put(page, document.redirected ? new Response(await document.blob(), document) : document);
  await worker.skipWaiting();
}

/** Pages of the version before may still be open and want their files; older ones go. */
async function removeOld(): Promise<void> {
  const kept = (await shells()).filter((name) => name !== cacheName);
  await Promise.all(kept.slice(0, -1).map((name) => caches.delete(name)));
}

/** Names of the caches of all versions, oldest first. */
const shells = async () => (await caches.keys()).filter((name) => name.startsWith(prefix));

async function openDocument(request: Request): Promise<Response> {
  const kept = await (await caches.open(cacheName)).match(page, anyVary);
  if (!kept) return fetch(request);
  const fresh = fetch(request).catch(() => kept);
  const late = new Promise<Response>((resolve) => setTimeout(resolve, patience, kept));
  const response = await Promise.race([fresh, late]);
  // A redirect is the browser's to follow; an error of the host's is no reason not to open.
  return response.ok || response.type === "opaqueredirect" ? response : kept;
}

async function openFile(request: Request): Promise<Response> {
  for (const name of (await shells()).reverse()) {
    const kept = await (await caches.open(name)).match(request.url, anyVary);
    if (kept) return kept;
  }
  const response = await fetch(request);
  // The module that was not expected to run here, if it is asked for.
  if (response.ok && known.has(request.url)) await (await caches.open(cacheName)).put(request.url, response.clone());
  return response;
}
