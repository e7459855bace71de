// The runner's server: serves pages, modules and models with no caching, counts what is fetched, and carries commands to pages
// and their answers back (see pages/main.ts).

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import sirv from "sirv";

/** How long a page waits for a command before it asks again, in ms. */
const pollTime = 20_000;

/** A page's side of the line to the runner. */
export class Line {
  #commands: string[] = [];
  #waiting: ServerResponse | null = null;
  #answer: { resolve(value: unknown): void; reject(error: Error): void } | null = null;
  #failure: Error | null = null;
  /** Bytes served by path, from when this line was opened until the next one was. */
  readonly fetched = new Map<string, number>();

  /** Has the page call `name`; one call at a time. */
  call(name: string, args: unknown[]): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      this.#commands.push(JSON.stringify({ name, args }));
      this.#deliver();
    });
  }

  next(response: ServerResponse): void {
    this.#waiting = response;
    this.#deliver();
    setTimeout(() => {
      if (this.#waiting !== response) return;
      this.#waiting = null;
      response.writeHead(204).end();
    }, pollTime).unref();
  }

  answered({ value, error }: { value?: unknown; error?: string }): void {
    if (error === undefined) this.#answer?.resolve(value);
    else this.fail(new Error(error));
  }

  /** Every call from now on fails. */
  fail(error: Error): void {
    this.#failure = error;
    this.#answer?.reject(error);
  }

  #deliver(): void {
    if (!this.#waiting || this.#commands.length === 0) return;
    this.#waiting.writeHead(200, { "content-type": "application/json" }).end(this.#commands.shift());
    this.#waiting = null;
  }
}

export interface BenchServer {
  url: string;
  /** The file that is served at `path`. */
  content(path: string): Promise<Uint8Array>;
  /** A new line; its page is to be opened with ?session= this number. */
  open(): { session: number; line: Line };
  close(): Promise<void>;
}

/** `mounts`: directories by the path they appear at, the longest first. */
export async function startBenchServer(mounts: [path: string, directory: string][], isolated: boolean): Promise<BenchServer> {
  const lines: Line[] = [];
  const directories = mounts.map(([path, directory]) => ({ path, directory, handle: sirv(directory, { dev: true }) }));
  const mounted = (path: string) => directories.find((mount) => path.startsWith(mount.path));

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? "/", "http://server");
    const line = lines[Number(url.searchParams.get("session"))];
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    if (url.pathname === "/bench/next") return line?.next(response);
    if (url.pathname === "/bench/answer") {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.writeHead(204).end();
      return line?.answered(JSON.parse(body) as { value?: unknown; error?: string });
    }
    response.setHeader("Cache-Control", "no-store");
    if (request.method !== "HEAD") {
      response.on("finish", () => {
        const bytes = response.statusCode < 300 ? Number(response.getHeader("content-length") ?? 0) : 0;
        // Requests of workers do not name their session, but pages load one at a time.
        const fetched = lines.at(-1)?.fetched;
        fetched?.set(url.pathname, (fetched.get(url.pathname) ?? 0) + bytes);
      });
    }
    const notFound = () => void response.writeHead(404, { "content-type": "text/plain" }).end("Not found");
    const mount = mounted(url.pathname);
    if (!mount) return notFound();
    request.url = url.pathname.slice(mount.path.length - 1);
    mount.handle(request, response, notFound);
  }

  const server = createServer((request, response) => void answer(request, response).catch((error) => response.destroy(error as Error)));
  // A page that was idle while another one was measured finds its connection open.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    content(path) {
      const mount = mounted(path)!;
      return readFile(join(mount.directory, decodeURIComponent(path.slice(mount.path.length))));
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open() {
      const line = new Line();
      lines.push(line);
      return { session: lines.length - 1, line };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
