// variorum rank: candidates by how probable each is after a context.
import { readFile } from "node:fs/promises";
import type { RankOptions } from "../../api/types";
import { Args, modelOptions, type OptionTable, parseIds, usage } from "../args";
import { loadModel } from "../model";
import { print, printJson } from "../output";
import { Progress } from "../progress";

const options = {
  ...modelOptions,
  context: { type: "string" },
  "context-ids": { type: "string" },
  candidate: { type: "string", multiple: true },
  "candidate-ids": { type: "string", multiple: true },
  file: { type: "string" },
  normalize: { type: "string" },
  "prior-context": { type: "string" },
} satisfies OptionTable;

export async function rank(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 0, most: 0, names: "" });
  const context = args.prompt("context", "context-ids");
  const file = args.text("file");
  const candidates: (string | number[])[] = [
    ...(args.list("candidate") ?? []),
    ...(args.list("candidate-ids") ?? []).map((ids) => parseIds("candidate-ids", ids)),
    ...(file === undefined ? [] : await lines(file)),
  ];
  if (candidates.length === 0) throw usage("Give at least one --candidate, --candidate-ids or --file.");
  const engine = await loadModel(args);
  const progress = new Progress("Ranking");
  const normalize = args.text("normalize") as RankOptions["normalize"];
  const ranking = await engine.rank(context, candidates, {
    normalize,
    priorContext: args.text("prior-context"),
    onProgress: ({ done, total }) => progress.show(`${done} of ${total}`),
  });
  progress.clear();
  if (args.flag("json")) {
    return printJson({ normalize: normalize ?? "none", ranking: ranking.map((entry) => ({ ...entry, candidate: candidates[entry.index] })) });
  }
  await print(ranking.map(({ score, index }) => `${score.toFixed(4).padStart(10)}  ${String(candidates[index])}\n`).join(""));
}

/** One candidate a line, spaces included; empty lines are none. */
async function lines(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw usage(`The file ${file} could not be read: ${cause.message}`);
  });
  return text.split(/\r?\n/).filter((line) => line !== "");
}
