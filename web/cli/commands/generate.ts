// variorum generate: variants of a prompt.
import { RunControl } from "../../engine/engine";
import type { GenerateOptions } from "../../types";
import { Args, modelOptions, usage, type OptionTable } from "../args";
import { loadModel } from "../model";
import { print, printJson } from "../output";
import { Progress } from "../progress";

const options = {
  ...modelOptions,
  prompt: { type: "string" },
  ids: { type: "string" },
  n: { type: "string", short: "n" },
  "max-new-tokens": { type: "string" },
  "max-length": { type: "string" },
  greedy: { type: "boolean" },
  temperature: { type: "string" },
  "top-k": { type: "string" },
  "top-p": { type: "string" },
  "eos-token-id": { type: "string" },
  seed: { type: "string" },
  stop: { type: "string", multiple: true },
} satisfies OptionTable;

export async function generate(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 0, most: 0, names: "" });
  const prompt = args.prompt("prompt");
  const given: GenerateOptions = {
    numReturnSequences: args.number("n"),
    maxNewTokens: args.number("max-new-tokens"),
    maxLength: args.number("max-length"),
    doSample: args.flag("greedy") ? false : undefined,
    temperature: args.number("temperature"),
    topK: args.number("top-k"),
    topP: args.number("top-p"),
    eosTokenId: args.ids("eos-token-id"),
    seed: args.number("seed"),
    stop: args.list("stop"),
  };
  if (prompt === "") throw usage("The prompt is empty: give at least one token.");
  const engine = await loadModel(args);
  const progress = new Progress("Writing");
  let tokens = 0;
  const result = await engine.generate(prompt, given, new RunControl(), (events) => {
    tokens += events.filter((event) => event.type === "token").length;
    progress.show(`${tokens} tokens`);
  });
  progress.clear();
  if (args.flag("json")) {
    const { variants, promptIds, seed } = result;
    const { name, weights, sha256, module, threads } = engine.info;
    return printJson({ variants, promptIds, seed, model: { name, weights, sha256, module, threads } });
  }
  const blocks = result.variants.map((variant, i) => `--- variant ${i + 1} (${variant.finishReason})\n${variant.text ?? variant.ids.join(",")}\n`);
  const { stats } = result;
  const rate = stats.decodeMs > 0 ? `, ${(stats.tokens / (stats.decodeMs / 1000)).toFixed(0)} tokens/s` : "";
  await print(`${blocks.join("")}--- ${stats.tokens} tokens, seed ${result.seed}${rate}\n`);
}
