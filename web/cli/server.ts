// A static server for the built page and for models: `variorum serve`, scripts/start and the browser tests.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import sirv from "sirv";
import { VariorumError } from "../api/errors";

export interface ServerOptions {
  /** Directories by the path they appear at; the longest matching path wins. */
  mounts: { path: string; directory: string }[];
  port: number;
  /** Cross-origin isolation, which gives the page threads. Default true. */
  isolated?: boolean;
  /** Value of a Content-Security-Policy header. */
  csp?: string;
}

/** Starts a server on 127.0.0.1 and resolves to it and its address. bad-option if the port is taken. */
export async function startServer({ mounts, port, isolated = true, csp }: ServerOptions): Promise<{ server: Server; url: string }> {
  const handlers = [...mounts]
    .sort((a, b) => b.path.length - a.path.length)
    .map(({ path, directory }) => ({ path, handle: sirv(directory, { dev: true, etag: true }) }));
  const server = createServer((request, response) => {
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (csp) response.setHeader("Content-Security-Policy", csp);
    const notFound = () => void response.writeHead(404, { "content-type": "text/plain" }).end("Not found");
    const url = request.url ?? "/";
    const mount = handlers.find(({ path }) => url.startsWith(path));
    if (!mount) return notFound();
    request.url = url.slice(mount.path.length - 1);
    mount.handle(request, response, notFound);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new VariorumError("bad-option", `Port ${port} is taken: choose another with --port.`) : error),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
