// What the page costs a visitor in bytes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Plugin } from "vite";
import { wasmDirectory } from "./info.ts";

const limits = { raw: 700_000, brotli: 250_000 };

/** Prints what a visitor pays for the runtime, and fails if it is more than promised. */
export function sizeReport(outDir: string): Plugin {
  return {
    name: "variorum-size-report",
    apply: "build",
    // After the service worker's, which is part of the sum.
    closeBundle: { order: "post", sequential: true, handler: () => report(outDir) },
  };
}

function report(outDir: string) {
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
