// A static host of one directory that misbehaves on demand and counts the bytes of weight files that it sends.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export interface Exchange {
  file: string;
  request: IncomingMessage;
  response: ServerResponse;
  /** Of the file. */
  bytes: Buffer;
  /** What the request asks for: [from, to) of a file of this length; null without a range. */
  range: { from: number; to: number } | null;
  server: FaultyServer;
}

/** Answers in its own way; false leaves the exchange to the next fault, or to the server as it should be. */
export type Fault = (exchange: Exchange) => boolean | Promise<boolean>;

export class FaultyServer {
  /** Body bytes sent of each weight file. */
  readonly sent = new Map<string, number>();
  /** "METHOD file range" of each request for a weight file. */
  readonly requests: string[] = [];
  faults: Fault[] = [];
  /** Every connection breaks at once. */
  down = false;
  /** Added to every answer. */
  headers: Record<string, string> = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "content-range, etag",
    "cross-origin-resource-policy": "cross-origin",
  };
  /** Of files that have another than their length. */
  readonly etags = new Map<string, string>();
  /** Whether an address may be served. */
  guard: (url: URL) => boolean = () => true;
  /** Bytes per second of each connection, which may depend on how many were sent in all; 0 is as fast as it goes. */
  rate: number | ((totalSent: number) => number) = 0;
  #server: Server;
  #directory: string;
  #files = new Map<string, Promise<Buffer | null>>();

  private constructor(directory: string) {
    this.#directory = directory;
    this.#server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
    this.#server.keepAliveTimeout = 0; // connections break when a test says so
  }

  static async start(directory: string): Promise<FaultyServer> {
    const server = new FaultyServer(directory);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  get totalSent(): number {
    return [...this.sent.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  reset(): void {
    this.sent.clear();
    this.requests.length = 0;
    this.faults = [];
    this.down = false;
    this.rate = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Sends a piece of a weight file, at the server's rate; false if the client has gone. */
  async send({ file, response }: Exchange, piece: Uint8Array): Promise<boolean> {
    for (let at = 0, step; at < piece.length; at += step) {
      if (response.destroyed) return false;
      const rate = typeof this.rate === "function" ? this.rate(this.totalSent) : this.rate;
      step = rate ? Math.max(1024, Math.min(16384, rate >> 4)) : 65536;
      const part = piece.subarray(at, at + step);
      this.sent.set(file, (this.sent.get(file) ?? 0) + part.length);
      if (!response.write(part)) await Promise.race([once(response, "drain"), once(response, "close")]);
      if (rate) await sleep((part.length / rate) * 1000);
    }
    return !response.destroyed;
  }

  /** A file's bytes, read once; null if there is none of that name. */
  #read(file: string): Promise<Buffer | null> {
    let bytes = this.#files.get(file);
    if (!bytes) this.#files.set(file, (bytes = readFile(join(this.#directory, file)).catch(() => null)));
    return bytes;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.down) return void response.destroy();
    response.setMaxListeners(0); // a wait for "drain" leaves its wait for "close" behind
    for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value);
    const url = new URL(request.url!, this.url);
    if (!this.guard(url)) return void response.writeHead(403).end();
    const file = decodeURIComponent(url.pathname).split("/").at(-1)!;
    const bytes = await this.#read(file);
    if (!bytes) return void response.writeHead(404).end();
    if (!/\.(safetensors|bin)$/.test(file)) return void response.writeHead(200).end(bytes);
    const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const range = asked && { from: Number(asked[1]), to: Math.min(bytes.length, asked[2] ? Number(asked[2]) + 1 : bytes.length) };
    this.requests.push(`${request.method} ${file} ${range ? `${range.from}-${range.to}` : ""}`.trim());
    const exchange: Exchange = { file, request, response, bytes, range, server: this };
    if (request.method !== "HEAD") for (const fault of [...this.faults]) if (await fault(exchange)) return;
    response.setHeader("etag", `"${this.etags.get(file) ?? bytes.length}"`);
    response.setHeader("accept-ranges", "bytes");
    const { from, to } = range ?? { from: 0, to: bytes.length };
    if (range && from >= bytes.length) return void response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    response.writeHead(range ? 206 : 200, { "content-length": to - from, ...(range ? { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` } : {}) });
    if (request.method !== "HEAD") await this.send(exchange, bytes.subarray(from, to));
    response.end();
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until a reader has what was sent. One in this process, which may be late, reads in turns of the event loop. */
async function arrival(ms = 60): Promise<void> {
  await sleep(ms);
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
}

/** The fault for the first `times` requests that match. */
export function times(count: number, fault: Fault, matches: (exchange: Exchange) => boolean = () => true): Fault {
  let left = count;
  return (exchange) => {
    if (left === 0 || !matches(exchange)) return false;
    left--;
    return fault(exchange);
  };
}

const begin = ({ response, bytes, range }: Exchange, length?: number) => {
  const { from, to } = range ?? { from: 0, to: bytes.length };
  response.writeHead(range ? 206 : 200, {
    "content-length": length ?? to - from,
    ...(range ? { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` } : {}),
  });
  return bytes.subarray(from, to);
};

/** The connection breaks after so many bytes, when they have had so many milliseconds to arrive. */
export const drop =
  (after: number, ms?: number): Fault =>
  async (exchange) => {
    const body = begin(exchange);
    await exchange.server.send(exchange, body.subarray(0, after));
    await arrival(ms);
    exchange.response.destroy();
    return true;
  };

/** The connection stays open, and nothing comes after so many bytes. */
export const stall =
  (after: number): Fault =>
  async (exchange) => {
    const body = begin(exchange);
    await exchange.server.send(exchange, body.subarray(0, after));
    return true;
  };

/** No answer at all. */
export const silence: Fault = () => true;

/** An answer without a length that ends in order, but too early. */
export const endEarly =
  (after: number): Fault =>
  async (exchange) => {
    const { response, bytes, range } = exchange;
    const { from, to } = range ?? { from: 0, to: bytes.length };
    response.writeHead(range ? 206 : 200, range ? { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` } : {});
    await exchange.server.send(exchange, bytes.subarray(from, Math.min(to, from + after)));
    response.end();
    return true;
  };

/** A whole file that is shorter than it should be, and says so. */
export const truncated =
  (length: number): Fault =>
  async (exchange) => {
    const { response, bytes, range } = exchange;
    if (range && range.from >= length) {
      response.writeHead(416, { "content-range": `bytes */${length}` }).end();
      return true;
    }
    const { from, to } = range ?? { from: 0, to: length };
    const end = Math.min(to, length);
    response.writeHead(range ? 206 : 200, { "content-length": end - from, ...(range ? { "content-range": `bytes ${from}-${end - 1}/${length}` } : {}) });
    await exchange.server.send(exchange, bytes.subarray(from, end));
    response.end();
    return true;
  };

/** One bit of the file is wrong. */
export const flip =
  (at: number): Fault =>
  async (exchange) => {
    const { response, range } = exchange;
    const from = range?.from ?? 0;
    const body = Buffer.from(begin(exchange));
    if (at >= from && at - from < body.length) body[at - from]! ^= 1;
    await exchange.server.send(exchange, body);
    response.end();
    return true;
  };

/** Ranges are ignored: the whole file, from the beginning. */
export const ignoreRange: Fault = async (exchange) => {
  const { response, bytes } = exchange;
  response.writeHead(200, { "content-length": bytes.length });
  await exchange.server.send(exchange, bytes);
  response.end();
  return true;
};

/** Every range is refused. */
export const refuseRange: Fault = ({ response, range, bytes }) => {
  if (!range) return false;
  response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
  return true;
};

/** Another range than was asked for. */
export const otherRange: Fault = async (exchange) => {
  const { range, bytes } = exchange;
  if (!range) return false;
  const from = Math.max(0, range.from - 1000);
  exchange.response.writeHead(206, { "content-range": `bytes ${from}-${range.to - 1}/${bytes.length}`, "content-length": range.to - from });
  await exchange.server.send(exchange, bytes.subarray(from, range.to));
  exchange.response.end();
  return true;
};

export const status =
  (code: number, headers: Record<string, string> = {}): Fault =>
  ({ response }) => {
    response.writeHead(code, headers).end("<html>error</html>");
    return true;
  };

/** Content-Length says more than comes. */
export const wrongLength =
  (more: number): Fault =>
  async (exchange) => {
    const { range, bytes } = exchange;
    const { from, to } = range ?? { from: 0, to: bytes.length };
    const body = begin(exchange, to - from + more);
    await exchange.server.send(exchange, body);
    await arrival();
    exchange.response.destroy();
    return true;
  };

/** Compressed on the way, the way static hosts do it: the whole file, its length that of the compressed form. */
export const gzip: Fault = ({ response, bytes, file, server }) => {
  const body = gzipSync(bytes, { level: 1 });
  server.sent.set(file, (server.sent.get(file) ?? 0) + body.length);
  response.writeHead(200, { "content-encoding": "gzip", "content-length": body.length }).end(body);
  return true;
};

/** Elsewhere. */
export const redirect =
  (to: string): Fault =>
  ({ response, file }) => {
    response.writeHead(302, { location: to + file }).end();
    return true;
  };
