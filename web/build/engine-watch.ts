// For development: builds the engine again when its C++ changes, and reloads the page.
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Plugin } from "vite";
import { root } from "./info.ts";

export function engineWatch(): Plugin {
  return {
    name: "variorum-engine-watch",
    apply: "serve",
    configureServer(server) {
      let building = false;
      let changed = false;
      const build = () => {
        changed = true;
        if (building) return;
        building = true;
        changed = false;
        server.config.logger.info("building the engine", { timestamp: true });
        const process = spawn(join(root, "scripts/build"), ["engine"], { stdio: ["ignore", "inherit", "pipe"] });
        let said = "";
        process.stderr.on("data", (chunk: Buffer) => (said += chunk));
        process.on("close", (code) => {
          building = false;
          if (changed) return build();
          if (code === 0) server.ws.send({ type: "full-reload" });
          else server.ws.send({ type: "error", err: { message: said, stack: "" } });
          server.config.logger.info(code === 0 ? "the engine is built" : said, { timestamp: true });
        });
      };
      server.watcher.add(join(root, "wasm"));
      server.watcher.on("all", (_, file) => {
        if (file.startsWith(join(root, "wasm/")) && /\.(cc|h|txt)$/.test(file)) build();
      });
    },
  };
}
