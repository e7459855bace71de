// Builds the static page: dist/page, to be put on any static host, in any folder.
import { cpSync } from "node:fs";
import { join } from "node:path";
import sirv from "sirv";
import { defineConfig, type Plugin } from "vite";
import { engineWatch } from "./engine-watch.ts";
import { dist, root, version, wasmDirectory, wasmFiles } from "./info.ts";
import { serviceWorker } from "./service-worker.ts";
import { sizeReport } from "./sizes.ts";

const models = join(root, "model_shards");
const outDir = join(dist, "page");

const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The wasm modules and the models are served as they are, beside what Vite builds. */
function assets(): Plugin {
  return {
    name: "variorum-assets",
    configureServer(server) {
      // A thread is a worker of its own, and an isolated page's workers have to say that they are isolated too.
      const serve = (folder: string) =>
        sirv(folder, { dev: true, setHeaders: (response) => Object.entries(isolation).forEach(([name, value]) => response.setHeader(name, value)) });
      server.middlewares.use("/models", serve(models));
      server.middlewares.use(`/${wasmDirectory}`, serve(join(root, "build/release/wasm")));
    },
    writeBundle() {
      for (const { name, path } of wasmFiles) cpSync(path, join(outDir, wasmDirectory, name));
      cpSync(models, join(outDir, "models"), { recursive: true });
    },
  };
}

export default defineConfig(({ command }) => {
  const define = {
    // The worker that starts the module is in assets/.
    __VARIORUM_WASM__: JSON.stringify(command === "build" ? `../${wasmDirectory}/` : `/${wasmDirectory}/`),
    __VARIORUM_VERSION__: JSON.stringify(version),
  };
  return {
    root: join(root, "web/page"),
    base: "./",
    publicDir: false,
    logLevel: command === "build" ? "warn" : "info",
    define,
    plugins: [assets(), engineWatch(), serviceWorker(outDir), sizeReport(outDir)],
    worker: { format: "es" },
    optimizeDeps: { include: ["@huggingface/tokenizers"] }, // found late, in the worker: the page would be loaded twice
    server: { headers: isolation },
    build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
  };
});
