// variorum serve: the page, with its own model or with the one in DIR.
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Args, type OptionTable, usage } from "../args";
import { print } from "../output";
import { startServer } from "../server";

const options = { port: { type: "string" }, "no-isolation": { type: "boolean" } } satisfies OptionTable;

/** The built page, beside this script (web/build/vite.page.config.ts). */
export const pageDirectory = fileURLToPath(new URL("../page", import.meta.url));

export async function serve(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 0, most: 1, names: "at most one DIR" });
  const port = args.number("port") ?? 8080;
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw usage(`--port is ${port}; it must be a whole number from 0 to 65535.`);
  const directory = args.positionals[0];
  if (directory !== undefined && !statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw usage(`There is no directory ${directory}: check the path.`);
  const isModel = directory !== undefined && existsSync(join(directory, "config.json"));
  const modelPath = isModel ? `/models/${encodeURIComponent(basename(resolve(directory)))}/` : null;
  const mounts = [{ path: "/", directory: directory !== undefined && !isModel ? directory : pageDirectory }];
  if (modelPath) mounts.push({ path: modelPath, directory: directory! });
  const { server, url } = await startServer({ mounts, port, isolated: !args.flag("no-isolation") });
  await print(`Serving at ${url}/${modelPath ? `?model=${modelPath}` : ""}  (Ctrl-C stops)\n`);
  await once(server, "close");
}
