// Lints and formats the Python files that git knows, with Ruff:
//   node scripts/lib/python-style.mjs check|fix
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";

const settings = {
  "line-length": 140,
  "target-version": "py311",
  lint: { select: ["E", "F", "W", "I", "B", "UP", "C4", "PIE", "RUF"], ignore: ["E402", "E501", "E731", "B905", "RUF001", "RUF002", "RUF003", "RUF007"] }, // RUF00x: Chinese marks are meant
};
const fix = process.argv[2] === "fix";
const workspace = new Workspace(settings, PositionEncoding.Utf16);
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.py"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file && existsSync(file));
let faults = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const fixed = fix ? applyFixes(text) : text;
  const formatted = workspace.format(fixed);
  if (fix && formatted !== text) writeFileSync(file, formatted);
  for (const { code, message, start_location: at } of workspace.check(fix ? formatted : text)) report(`${file}:${at.row}:${at.column}: ${code} ${message}`);
  if (!fix && formatted !== text) report(`${file}: is not formatted; scripts/format does it`);
}
console.log(`${files.length} Python files, ${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;

function report(line) {
  console.log(line);
  faults++;
}

/** One fix at a time, since each moves what stands behind it. */
function applyFixes(text) {
  for (let left = 1000; left > 0; left--) {
    const found = workspace.check(text).find((diagnostic) => diagnostic.fix);
    if (!found) break;
    const starts = lineStarts(text);
    const offset = ({ row, column }) => starts[row - 1] + column - 1;
    const edits = found.fix.edits.toSorted((a, b) => offset(b.location) - offset(a.location));
    for (const { content, location, end_location } of edits) text = text.slice(0, offset(location)) + (content ?? "") + text.slice(offset(end_location));
  }
  return text;
}

function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
