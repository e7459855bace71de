// Tests of the TypeScript and, through it, of the engine as Node runs it.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineConfig } from "vitest/config";
import { dist, root, version, wasmDirectory } from "../web/build/info.ts";

export default defineConfig({
  root,
  define: {
    __VARIORUM_WASM__: JSON.stringify(`${pathToFileURL(join(dist, "page", wasmDirectory)).href}/`),
    __VARIORUM_VERSION__: JSON.stringify(version),
  },
  test: {
    include: ["tests/unit/**/*.test.ts"],
    pool: "forks",
    // Node 20 has relaxed SIMD behind a flag.
    execArgv: process.version.startsWith("v20.") ? ["--experimental-wasm-relaxed-simd"] : [],
    // There to end what hangs: a machine that is busy takes its time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
});
