// Builds the command line: dist/cli/variorum.js, which finds the wasm modules in dist/page.
import { join } from "node:path";
import { defineConfig } from "vite";
import { dist, root, version, wasmDirectory } from "./info.ts";

export default defineConfig({
  root,
  logLevel: "warn",
  define: {
    __VARIORUM_WASM__: JSON.stringify(`../page/${wasmDirectory}/`),
    __VARIORUM_VERSION__: JSON.stringify(version),
  },
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: join(dist, "cli"),
    emptyOutDir: true,
    target: "node20",
    rolldownOptions: {
      input: { variorum: join(root, "web/cli/main.ts") },
      output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
    },
  },
});
