// A server that behaves as the Hugging Face hub does: an API that names commit, sizes and hashes; small files served by itself;
// large ones by a redirect to a signed address on another origin, which has ranges.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { FaultyServer } from "./faulty-server";

const exposed = "X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag";

export class HubServer {
  readonly repository = "someone/some-model";
  readonly commit = createHash("sha1").update("first").digest("hex");
  /** Where large files are; it counts their bytes. */
  readonly cdn: FaultyServer;
  readonly requests: string[] = [];
  /** A private repository gives nothing without this token. */
  token: string | null = null;
  /** What older or simpler servers lack. */
  withoutBlobs = false;
  withoutApi = false;
  /** Every connection breaks at once. */
  down = false;
  #server: Server;
  #directory: string;
  #signatures = new Set<string>();
  #listing: Promise<{ name: string; size: number; sha256: string | null }[]> | null = null;

  private constructor(directory: string, cdn: FaultyServer) {
    this.#directory = directory;
    this.cdn = cdn;
    // Nobody gets a large file without a signature, and each works once for a while, as there.
    cdn.guard = (url) => this.#signatures.has(url.searchParams.get("signature") ?? "");
    this.#server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
    this.#server.keepAliveTimeout = 0;
  }

  static async start(directory: string): Promise<HubServer> {
    const hub = new HubServer(directory, await FaultyServer.start(directory));
    await new Promise<void>((resolve) => hub.#server.listen(0, "127.0.0.1", resolve));
    return hub;
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  reset(): void {
    this.cdn.reset();
    this.requests.length = 0;
    this.token = null;
    this.withoutBlobs = this.withoutApi = false;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await Promise.all([this.cdn.stop(), new Promise((resolve) => this.#server.close(resolve))]);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.down) return void response.destroy();
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-expose-headers", exposed);
    if (request.method === "OPTIONS") {
      return void response.writeHead(204, { "access-control-allow-headers": "authorization, range", "access-control-max-age": "600" }).end();
    }
    const url = new URL(request.url!, this.url);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    const notFound = () => void response.writeHead(404, { "x-error-code": "EntryNotFound" }).end("Entry not found");
    if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`) {
      return void response.writeHead(401, { "x-error-message": "Invalid username or password." }).end();
    }
    const api = /^\/api\/models\/(.+)\/(revision|tree)\/([^/]+)$/.exec(url.pathname);
    if (api) {
      if (this.withoutApi || api[1] !== this.repository || !["main", this.commit].includes(api[3]!)) return notFound();
      const files = await this.#files();
      const withBlobs = url.searchParams.get("blobs") === "true" && !this.withoutBlobs;
      const siblings = files.map(({ name, size, sha256 }) => ({
        rfilename: name,
        ...(withBlobs ? { size, blobId: "0", ...(sha256 ? { lfs: { sha256, size, pointerSize: 130 } } : {}) } : {}),
      }));
      const tree = files.map(({ name, size, sha256 }) => ({
        type: "file",
        path: name,
        size,
        oid: "0",
        ...(sha256 ? { lfs: { oid: sha256, size, pointerSize: 130 } } : {}),
      }));
      return void response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify(api[2] === "tree" ? tree : { id: this.repository, sha: this.commit, siblings }));
    }
    const resolve = /^\/(.+)\/resolve\/([^/]+)\/([^/]+)$/.exec(url.pathname);
    const file = resolve && (await this.#files()).find(({ name }) => name === resolve[3]);
    if (!file || resolve[1] !== this.repository || !["main", this.commit].includes(resolve[2]!)) return notFound();
    response.setHeader("x-repo-commit", this.commit);
    if (!file.sha256) return void response.writeHead(200, { etag: '"0"' }).end(await readFile(join(this.#directory, file.name)));
    const signature = createHash("sha256").update(String(this.#signatures.size)).digest("hex").slice(0, 16);
    this.#signatures.add(signature);
    this.cdn.etags.set(file.name, file.sha256);
    response
      .writeHead(302, { location: `${this.cdn.url}blobs/${file.name}?signature=${signature}`, "x-linked-etag": `"${file.sha256}"`, "x-linked-size": file.size })
      .end();
  }

  /** Large files have a hash, as those in LFS do. Computed once. */
  #files(): Promise<{ name: string; size: number; sha256: string | null }[]> {
    return (this.#listing ??= readdir(this.#directory).then((names) =>
      Promise.all(
        names.map(async (name) => {
          const bytes = await readFile(join(this.#directory, name));
          return { name, size: bytes.length, sha256: /\.(safetensors|bin)$/.test(name) ? createHash("sha256").update(bytes).digest("hex") : null };
        }),
      ),
    ));
  }
}
