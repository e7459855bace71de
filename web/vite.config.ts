// Builds the static page: dist/page, to be put on any static host, in any folder.
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import sirv from "sirv";
import { dist, root, version, wasmDirectory, wasmFiles } from "./build-info.ts";
import { serviceWorker } from "./vite.service-worker.ts";

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

const limits = { raw: 700_000, brotli: 250_000 };

/** Prints what a visitor pays for the runtime, and fails if it is more than promised. */
function sizeReport(): Plugin {
  return {
    name: "variorum-size-report",
    // After the service worker's, which is part of the sum.
    closeBundle: { order: "post", sequential: true, handler: report },
  };
}

function report() {
  const files = readdirSync(outDir, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js") && !file.startsWith(wasmDirectory))
    .concat(["js", "wasm"].map((suffix) => join(wasmDirectory, `variorum-relaxed.${suffix}`)));
  const total = { raw: 0, brotli: 0 };
  for (const file of files) {
    const bytes = readFileSync(join(outDir, file));
    const [raw, brotli] = [bytes.length, brotliCompressSync(bytes).length];
    total.raw += raw;
    total.brotli += brotli;
    console.log(`${file.padEnd(52)} ${kilobytes(raw)} ${kilobytes(brotli)} brotli`);
  }
  console.log(`${"runtime: one wasm module + all JavaScript".padEnd(52)} ${kilobytes(total.raw)} ${kilobytes(total.brotli)} brotli`);
  if (total.raw > limits.raw || total.brotli > limits.brotli) {
    throw new Error(`The runtime is larger than ${kilobytes(limits.raw)} raw or ${kilobytes(limits.brotli)} brotli.`);
  }
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(6)} kB`;

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
    plugins: [assets(), serviceWorker(outDir), sizeReport()],
    worker: { format: "es" },
    server: { headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } },
    build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
  };
});
