// What both runners share.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const timeLimit = 5 * 60_000;

/** The module of this variant in the directory that the command line names, and what else it says, for GoogleTest. */
export function settings(variant) {
  const args = process.argv.slice(2);
  const directory = resolve(args[0]?.startsWith("--") === false ? args.shift() : "build/release/tests/wasm");
  const name = `variorum-tests-${variant}.js`;
  const modulePath = join(directory, name);
  if (!existsSync(modulePath)) finish(1, `${modulePath} is missing: build the target variorum-tests-${variant} first.`);
  return { directory, name, modulePath, args };
}

/** Ends the program, with a line on stderr if something other than a test went wrong. */
export function finish(code, problem) {
  if (problem) console.error(problem);
  process.exit(code);
}
