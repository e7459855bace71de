// variorum eval: perplexity of a text file.
import { readFile } from "node:fs/promises";
import { Args, modelOptions, type OptionTable, usage } from "../args";
import { loadModel } from "../model";
import { print, printJson } from "../output";
import { Progress } from "../progress";

const options = { ...modelOptions, file: { type: "string" } } satisfies OptionTable;

/** Consecutive windows of n_positions tokens; in each, every token after the first is scored; exp(mean −log p). */
export async function evaluate(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 0, most: 0, names: "" });
  const file = args.required("file");
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw usage(`The file ${file} could not be read: ${cause.message}`);
  });
  const engine = await loadModel(args);
  const ids = engine.encode(text);
  if (ids.length < 2) throw usage(`The file ${file} has ${ids.length} tokens: perplexity needs two at least.`);
  const progress = new Progress("Scoring");
  const window = engine.info.contextLength;
  let sum = 0;
  let tokens = 0;
  for (let at = 0; at < ids.length; at += window) {
    const { logprobs } = await engine.score(ids.slice(at, at + window));
    for (const logprob of logprobs) sum -= logprob;
    tokens += logprobs.length;
    progress.show(`${Math.min(at + window, ids.length)} of ${ids.length} tokens`);
  }
  progress.clear();
  const perplexity = Math.exp(sum / tokens);
  if (args.flag("json")) return printJson({ perplexity, tokens });
  await print(`perplexity ${perplexity.toFixed(4)} over ${tokens} tokens\n`);
}
