// Builds the pages that scripts/bench opens: dist/bench.
import { join } from "node:path";
import { defineConfig } from "vite";
import { dist, root, version, wasmDirectory } from "../../web/build/info.ts";

export default defineConfig({
  root: join(root, "tests/bench/pages"),
  publicDir: false,
  logLevel: "warn",
  define: {
    __VARIORUM_WASM__: JSON.stringify(`/${wasmDirectory}/`),
    __VARIORUM_VERSION__: JSON.stringify(version),
  },
  worker: { format: "es" },
  build: { outDir: join(dist, "bench"), emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
