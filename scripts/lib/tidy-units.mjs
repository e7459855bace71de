// Prepares clang-tidy's work, for style-cpp:
//   node scripts/lib/tidy-units.mjs build/release/compile_commands.json SYSROOT
// Most of clang-tidy's time goes to the standard library's headers, so the sources come in a few units that include them one
// after the other. Writes the units and how to compile them into build/tidy, and prints, one a line, those that have no file
// beside them which says that clang-tidy had nothing to say: a unit's name holds the hash of all that it reads.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const [commandsPath, sysroot] = process.argv.slice(2);
const root = resolve(".");
const directory = join(root, "build/tidy");

// The simd variant of every source of ours.
const commands = JSON.parse(readFileSync(commandsPath, "utf8"))
  .filter(({ output }) => /^(wasm|tests\/wasm)\/CMakeFiles\/[\w-]+-simd\.dir\//.test(output))
  .map(({ command, file }) => ({ file: relative(root, file), arguments: command.split(" ") }));

/** Units of about the same size; no two sources of one may have a name in common in their anonymous namespaces. */
function unitOf(file, index) {
  if (file.startsWith("tests/")) return `tests-${(index % 2) + 1}`;
  return /^wasm\/(generate|bindings)\//.exec(file)?.[1] ?? "model";
}
const units = {};
for (const [index, command] of commands.entries()) (units[unitOf(command.file, index)] ??= []).push(command);

/** The compiler's arguments without what em++ adds by itself and what names the one source. */
function flagsOf([, ...words]) {
  const flags = words.filter((word, i) => !["-o", "-c"].includes(word) && !["-o", "-c"].includes(words[i - 1]));
  return ["clang++", "--target=wasm32-unknown-emscripten", `--sysroot=${sysroot}`, "-D__EMSCRIPTEN_SHARED_MEMORY__=1", ...flags];
}

const headers = ["wasm", "tests/wasm"].flatMap((top) =>
  readdirSync(top, { recursive: true })
    .filter((name) => name.endsWith(".h"))
    .map((name) => join(top, name)),
);
const settings = [".clang-tidy", ...headers.sort()].map((file) => readFileSync(file, "utf8"));

mkdirSync(directory, { recursive: true });
const current = new Set(["compile_commands.json"]);
const database = [];
for (const [name, sources] of Object.entries(units)) {
  const flags = flagsOf(sources[0].arguments);
  const hash = createHash("sha256");
  for (const text of [flags.join(" "), ...settings, ...sources.map(({ file }) => file + readFileSync(file, "utf8"))]) hash.update(text);
  const unit = `${name}-${hash.digest("hex").slice(0, 16)}`;
  writeFileSync(join(directory, `${unit}.cc`), sources.map(({ file }) => `#include "${join(root, file)}"\n`).join(""));
  database.push({ directory: root, file: join(directory, `${unit}.cc`), arguments: [...flags, "-c", join(directory, `${unit}.cc`)] });
  for (const ending of ["cc", "ok"]) current.add(`${unit}.${ending}`);
  if (!existsSync(join(directory, `${unit}.ok`))) console.log(unit);
}
writeFileSync(join(directory, "compile_commands.json"), JSON.stringify(database, null, 1));
for (const name of readdirSync(directory)) if (!current.has(name)) rmSync(join(directory, name));
