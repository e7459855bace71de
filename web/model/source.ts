// Where a model's files come from. Each kind of place is one ModelSource; what is read from it is model/load.ts's business.
import { abortError, isAbort, VariorumError } from "../errors";

export interface ModelSource {
  /** For people: the last part of the address. */
  readonly name: string;
  /** Identifies the place in caches. */
  readonly id: string;
  /** A small text file; null if there is none of that name. Errors: network, AbortError. */
  text(file: string, signal?: AbortSignal): Promise<string | null>;
  /** A file's bytes in order; null if there is none of that name. Errors, also while reading: network, AbortError. */
  open(file: string, signal?: AbortSignal): Promise<ByteStream | null>;
}

export interface ByteStream {
  /** Of the whole file, if known. */
  bytes: number | null;
  chunks: AsyncIterable<Uint8Array>;
}

/** The address of a model's directory. bad-option if it is none. */
export function parseAddress(address: string, base?: string): URL {
  let url: URL;
  try {
    url = new URL(address, base);
  } catch (cause) {
    throw new VariorumError("bad-option", `${JSON.stringify(address)} is not the address of a model: give a URL such as models/demo/.`, { cause });
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** A model directory on a static host. */
export class HttpSource implements ModelSource {
  readonly name: string;
  readonly id: string;

  /** `address` of the directory, absolute. bad-option. */
  constructor(address: string) {
    const url = parseAddress(address);
    this.id = url.href;
    this.name = url.pathname.split("/").filter(Boolean).at(-1) ?? url.host;
  }

  async text(file: string, signal?: AbortSignal): Promise<string | null> {
    const response = await this.#fetch(file, signal);
    return response && this.#guard(file, response.text());
  }

  async open(file: string, signal?: AbortSignal): Promise<ByteStream | null> {
    const response = await this.#fetch(file, signal);
    if (!response) return null;
    // With a Content-Encoding, Content-Length counts what travels and not what arrives.
    const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
    return { bytes: length === null ? null : Number(length), chunks: this.#chunks(file, response) };
  }

  async *#chunks(file: string, response: Response): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (!reader) return;
    try {
      for (;;) {
        const { done, value } = await this.#guard(file, reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  async #fetch(file: string, signal?: AbortSignal): Promise<Response | null> {
    const response = await this.#guard(file, fetch(new URL(file, this.id), { signal: signal ?? null }));
    if (response.status === 404 || response.status === 410) return null;
    if (!response.ok) {
      throw new VariorumError("network", `The server answered ${response.status} for ${file}: try again later, or check the model's address.`);
    }
    // Hosts of single-page apps answer every address with their index page.
    if (response.headers.get("content-type")?.startsWith("text/html")) return null;
    return response;
  }

  async #guard<T>(file: string, promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (cause) {
      if (isAbort(cause)) throw abortError();
      throw new VariorumError("network", `${file} could not be fetched from ${new URL(this.id).origin}: check the connection and the address, then try again.`, { cause });
    }
  }
}
