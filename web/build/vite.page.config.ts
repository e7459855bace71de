// Builds the static page: dist/page, to be put on any static host, in any folder.
import { cpSync } from "node:fs";
import { join } from "node:path";
import sirv from "sirv";
import { defineConfig, type Plugin } from "vite";
import { dist, root, version, wasmDirectory, wasmFiles } from "./info.ts";
import { serviceWorker } from "./service-worker.ts";
import { sizeReport } from "./sizes.ts";

const models = join(root, "model_shards");
const outDir = join(dist, "page");

/** The wasm modules and the models are served as they are, beside what Vite builds. */
function assets(): Plugin {
  return {
    name: "variorum-assets",
    configureServer(server) {
      server.middlewares.use("/models", sirv(models, { dev: true }));
      server.middlewares.use(`/${wasmDirectory}`, sirv(join(root, "build/release/wasm"), { dev: true }));
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
    logLevel: "warn",
    define,
    plugins: [assets(), serviceWorker(outDir), sizeReport(outDir)],
    worker: { format: "es" },
    server: { headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } },
    build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
  };
});
