// A model directory on a static host; and what all sources that speak HTTP share.
import { abortError, isAbort, VariorumError } from "../../api/errors";
import { TemporaryError } from "../transfer/retry";
import { type ByteStream, type FileDescription, type ModelSource, type OpenOptions, RefusedError, undescribed } from "../transfer/source";
import { parseAddress } from "./address";

/** Answers that another try may change. */
const temporary = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Answers of hosts that do not say whether they have a file: object storage that may not be listed, content networks. */
const refusing = new Set([400, 401, 403]);

/** Hosts of single-page apps answer every address with their index page, not always with its type. */
const isPage = (text: string) => /^\s*<(!doctype\s+html|html[\s>])/i.test(text.slice(0, pageStart));
const pageStart = 64;
const isText = (headers: Headers) => headers.get("content-type")?.startsWith("text/") ?? false;

export class HttpSource implements ModelSource {
  readonly name: string;
  readonly id: string;
  readonly remote = true;
  readonly pinned: boolean = false;
  #directory: URL;
  /** False once the server has shown that it has no ranges, or none that can be used. */
  #ranges = true;

  /** `address` of the directory, absolute; its query, a signature perhaps, goes to all files. bad-option. */
  constructor(address: string, name?: string) {
    this.#directory = parseAddress(address);
    // A signature is no part of what the model is: it changes, and is nobody's business.
    this.id = `${this.#directory.origin}${this.#directory.pathname}`;
    this.name = name ?? this.#directory.pathname.split("/").filter(Boolean).at(-1) ?? this.#directory.host;
  }

  async text(file: string, signal?: AbortSignal): Promise<string | null> {
    // A directory's small files may change, so the browser asks whether its copy is still right.
    const response = await this.request(file, { cache: "no-cache", signal: signal ?? null });
    const text = response && (await guard(file, this.id, response.text()));
    return text !== null && isPage(text) ? null : text;
  }

  async describe(file: string, signal?: AbortSignal): Promise<FileDescription | null> {
    const response = await this.request(file, { method: "HEAD", cache: "no-cache", signal: signal ?? null }).catch((error: unknown) => {
      if (isAbort(error) || error instanceof TemporaryError) throw error;
      return undefined; // a server that has no HEAD, or whose signatures are for GET
    });
    if (response === null) return null;
    if (response === undefined || isText(response.headers)) {
      const start = await this.#start(file, signal);
      if (start === null || isPage(start)) return null;
    }
    if (!response) return undescribed;
    const { headers } = response;
    return { bytes: plainLength(headers), exact: false, sha256: null, version: headers.get("etag") ?? headers.get("last-modified") };
  }

  async open(file: string, { from = 0, to, fresh = false, signal }: OpenOptions = {}): Promise<ByteStream | null> {
    // The browser's own cache would hold a second copy of what ours holds, and give a damaged one again.
    const init: RequestInit = { cache: fresh ? "no-store" : "default", signal: signal ?? null };
    if (this.#ranges && (from > 0 || to !== undefined)) {
      const range = `bytes=${from}-${to === undefined ? "" : to - 1}`;
      const response = await this.request(file, { ...init, headers: { range } });
      if (!response) return null;
      if (response.status !== 206) return this.#whole(file, response);
      const told = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
      // A range of a compressed form is of no use, and neither is another range than that asked for.
      if (!response.headers.has("content-encoding") && (!told || Number(told[1]) === from)) {
        // The header may be hidden from another origin's page; then the size stays unknown.
        const bytes = told && told[2] !== "*" ? Number(told[2]) : null;
        return { bytes, exact: true, from, ranged: true, chunks: this.#chunks(file, response) };
      }
      await response.body?.cancel();
      this.#ranges = false;
    }
    const response = await this.request(file, init);
    return response && (await this.#whole(file, response));
  }

  /** One answer; null if there is no such file. Errors: network, temporary or not. */
  protected async request(file: string, init: RequestInit): Promise<Response | null> {
    const url = this.address(file);
    const response = await guard(file, url.href, fetch(url, { ...init, headers: { ...this.headers(), ...init.headers } }));
    const { status } = response;
    if (status === 404 || status === 410) return null;
    if (status === 416) {
      // The file is shorter than we think, or the server is confused: reading it whole tells which.
      this.#ranges = false;
      const { headers: _, ...plain } = init;
      return this.request(file, plain);
    }
    if (!response.ok) {
      await response.body?.cancel();
      const message = `The server answered ${status} for ${file}: ${this.advice(status)}.`;
      if (refusing.has(status)) throw new RefusedError(message);
      throw temporary.has(status) ? new TemporaryError(message, retryAfter(response)) : new VariorumError("network", message);
    }
    return response;
  }

  /** The beginning of a file as text; null if there is no such file. */
  async #start(file: string, signal?: AbortSignal): Promise<string | null> {
    const response = await this.request(file, { headers: { range: `bytes=0-${pageStart - 1}` }, cache: "no-cache", signal: signal ?? null });
    if (!response) return null;
    for await (const chunk of this.#chunks(file, response)) return new TextDecoder().decode(chunk.subarray(0, pageStart));
    return "";
  }

  protected address(file: string): URL {
    const url = new URL(file, this.#directory);
    url.search = this.#directory.search;
    return url;
  }

  protected headers(): Record<string, string> {
    return {};
  }

  /** What to do about an answer that is no success. */
  protected advice(_status: number): string {
    return "try again later, or check the model's address";
  }

  /** Null if it is a page in place of the file. */
  async #whole(file: string, response: Response): Promise<ByteStream | null> {
    const chunks = this.#chunks(file, response);
    const stream = { bytes: plainLength(response.headers), exact: false, from: 0, ranged: false };
    if (!isText(response.headers)) return { ...stream, chunks };
    const first = await chunks.next();
    if (first.done || !isPage(new TextDecoder().decode(first.value.subarray(0, pageStart)))) return { ...stream, chunks: followedBy(first, chunks) };
    await chunks.return(undefined);
    return null;
  }

  /** Each chunk is valid until the next is asked for. */
  async *#chunks(file: string, response: Response): AsyncGenerator<Uint8Array> {
    if (!response.body) return;
    const reader = intoOneBuffer(response.body);
    try {
      for (;;) {
        const { done, value } = await guard(file, this.id, reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      reader.cancel();
    }
  }
}

/**
 * Reads a body into one buffer that is used again and again, where its stream can do that: chunks of their own are garbage
 * that browsers let grow to some 80 MB before they collect it.
 */
function intoOneBuffer(body: ReadableStream<Uint8Array<ArrayBuffer>>): { read(): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>; cancel(): void } {
  const byob = byobReader(body);
  if (!byob) {
    const reader = body.getReader();
    return { read: () => reader.read(), cancel: () => void reader.cancel().catch(() => {}) };
  }
  /** Null while the stream has it. */
  let buffer: ArrayBuffer | null = spare.pop() ?? new ArrayBuffer(256 << 10);
  return {
    async read() {
      const lent = new Uint8Array(buffer!);
      buffer = null;
      const result = await byob.read(lent);
      buffer = result.value?.buffer ?? null;
      return result as ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;
    },
    cancel() {
      if (buffer) spare.push(buffer);
      buffer = null;
      byob.cancel().catch(() => {});
    },
  };
}

/** Buffers of streams that have ended, as many as there were streams at a time. */
const spare: ArrayBuffer[] = [];

/** Null where answers' bodies are not streams of bytes. */
function byobReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

async function* followedBy<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done) return;
  try {
    yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined); // also when nobody asked for more than the first
  }
}

/** With a Content-Encoding, Content-Length counts what travels and not what arrives. */
function plainLength(headers: Headers): number | null {
  const length = headers.has("content-encoding") ? null : headers.get("content-length");
  return length === null ? null : Number(length);
}

/** Milliseconds that the server asks to wait, given in seconds or as a date; null if it does not say. */
function retryAfter({ headers }: Response): number | null {
  const value = headers.get("retry-after");
  if (value === null) return null;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}

async function guard<T>(file: string, address: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    if (isAbort(cause)) throw abortError();
    throw new TemporaryError(`${file} could not be fetched from ${new URL(address).origin}: check the connection and the address, then try again.`, null, {
      cause,
    });
  }
}
