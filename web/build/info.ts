// What both builds (the page's and the command line's) have to know: where the wasm modules are, and the version.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const dist = join(root, "dist");
const wasmSource = join(root, "build/release/wasm");

/** The modules' files. Their names are fixed, because Emscripten's script asks for itself and its .wasm by name. */
export const wasmFiles = ["simd", "relaxed"].flatMap((variant) =>
  ["js", "wasm"].map((suffix) => ({ name: `variorum-${variant}.${suffix}`, path: join(wasmSource, `variorum-${variant}.${suffix}`) })),
);

/** A directory named by its contents, so that hosts may cache it for ever. */
export const wasmDirectory = (() => {
  const hash = createHash("sha256");
  for (const { path } of wasmFiles) hash.update(readFileSync(path));
  return `wasm-${hash.digest("hex").slice(0, 12)}`;
})();

export const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
