// variorum score: how probable a text is, token by token.
import { Args, modelOptions, type OptionTable, usage } from "../args";
import { loadModel } from "../model";
import { print, printJson } from "../output";

const options = {
  ...modelOptions,
  text: { type: "string" },
  ids: { type: "string" },
  logits: { type: "boolean" },
} satisfies OptionTable;

export async function score(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 0, most: 0, names: "" });
  const text = args.prompt("text");
  if (text === "") throw usage("The text is empty: give at least one token.");
  const engine = await loadModel(args);
  const result = await engine.score(text, { logits: args.flag("logits") });
  if (args.flag("json")) return printJson(result);
  const lines = result.logprobs.map((logprob, i) => `${String(result.ids[i + 1]).padStart(7)}  ${logprob.toFixed(4)}`);
  const logits = result.logits?.map((row, i) => `logits ${i}: ${Array.from(row, (value) => value.toFixed(4)).join(" ")}`) ?? [];
  await print([...lines, ...logits, `perplexity ${result.perplexity?.toFixed(4) ?? "(needs two tokens)"}`, ""].join("\n"));
}
