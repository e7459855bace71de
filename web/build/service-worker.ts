// Builds the page's service worker, once the page is there: it has to know the page's files.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "vite";
import { root, wasmDirectory } from "./info.ts";

/** `outDir`: where the page is built. */
export function serviceWorker(outDir: string): Plugin {
  return {
    name: "variorum-service-worker",
    apply: "build",
    closeBundle: {
      order: "pre",
      sequential: true,
      async handler() {
        await build({
          configFile: false,
          root,
          logLevel: "warn",
          define: { __VARIORUM_SHELL__: JSON.stringify(describeShell(outDir)) },
          build: {
            outDir,
            emptyOutDir: false,
            copyPublicDir: false,
            target: "es2022",
            modulePreload: false,
            // Not every browser runs modules as service workers.
            rolldownOptions: { input: join(root, "web/page/service-worker.ts"), output: { format: "iife", entryFileNames: "service-worker.js" } },
          },
        });
      },
    },
  };
}

function describeShell(outDir: string) {
  const files = ["assets", wasmDirectory].flatMap((directory) => readdirSync(join(outDir, directory)).map((name) => `${directory}/${name}`)).sort();
  const html = readFileSync(join(outDir, "index.html"), "utf8");
  const entry = files.find((file) => file.endsWith(".js") && html.includes(file));
  if (!entry) throw new Error("index.html names no script.");
  const ofModule = (variant: string) => files.filter((file) => file.startsWith(`${wasmDirectory}/variorum-${variant}.`));
  const version = createHash("sha256").update(html).update(files.join("\n")).digest("hex").slice(0, 12);
  return { version, files, entry, relaxed: ofModule("relaxed"), simd: ofModule("simd") };
}
