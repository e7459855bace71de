// variorum generate: variants of a prompt.
import { readFile } from "node:fs/promises";
import { VariorumError } from "../../api/errors";
import { optionNames, optionTable, rangeOf, separated, type TableOption } from "../../api/option-table";
import type { GenerateOptions, Recipe, Variant } from "../../api/types";
import { RunControl } from "../../engine/engine";
import { parseObject } from "../../model/formats/json";
import { Args, modelOptions, type OptionTable, usage } from "../args";
import { loadModel } from "../model";
import { print, printJson } from "../output";
import { Progress } from "../progress";

/** numReturnSequences is -n; the others have Hugging Face's names with dashes. */
const flagOf = (name: TableOption) => (name === "numReturnSequences" ? "n" : separated(name, "-"));

const options = {
  ...modelOptions,
  ...Object.fromEntries(optionNames.map((name) => [flagOf(name), { type: "string" as const }])),
  prompt: { type: "string" },
  ids: { type: "string" },
  n: { type: "string", short: "n" },
  greedy: { type: "boolean" },
  seed: { type: "string" },
  stop: { type: "string", multiple: true },
  overflow: { type: "string" },
  recipe: { type: "string" },
} satisfies OptionTable;

/** An option's value; whether it fits is checked where the others are. */
function optionValue(args: Args, name: TableOption): unknown {
  const flag = flagOf(name);
  switch (optionTable[name]) {
    case "ids":
      return args.text(flag)?.trim().startsWith("[") ? args.json(flag, rangeOf("ids")) : args.ids(flag);
    case "sequences":
    case "biases":
      return args.json(flag, rangeOf(optionTable[name]));
    case "early": {
      const text = args.text(flag);
      return text === "true" ? true : text === "false" ? false : text;
    }
    default:
      return args.number(flag);
  }
}

export async function generate(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 0, most: 0, names: "" });
  const recipe = args.text("recipe");
  const prompt = recipe === undefined ? args.prompt("prompt") : await readRecipe(recipe, args);
  const given: GenerateOptions = {
    ...Object.fromEntries(optionNames.map((name) => [name, optionValue(args, name)])),
    doSample: args.flag("greedy") ? false : undefined,
    seed: args.number("seed"),
    stop: args.list("stop"),
    overflow: args.text("overflow") as GenerateOptions["overflow"],
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
    const { variants, promptIds, seed, recipe } = result;
    const { name, weights, sha256, module, threads } = engine.info;
    return printJson({ variants, promptIds, seed, model: { name, weights, sha256, module, threads }, recipe });
  }
  const blocks = result.variants.map(
    (variant, i) => `--- variant ${i + 1} (${variant.finishReason}${sight(variant)})\n${variant.text ?? variant.ids.join(",")}\n`,
  );
  const { stats } = result;
  const rate = stats.decodeMs > 0 ? `, ${(stats.tokens / (stats.decodeMs / 1000)).toFixed(0)} tokens/s` : "";
  await print(`${blocks.join("")}--- ${stats.tokens} tokens, seed ${result.seed}${rate}\n`);
}

/** What an overflow left out. */
const sight = ({ dropped }: Variant) => (dropped ? `; at its end the first ${dropped} tokens were out of the model's sight` : "");

/** A recipe, alone or in the output of --json. It has all options, so no other may stand beside it. */
async function readRecipe(file: string, args: Args): Promise<Recipe> {
  const beside = Object.keys(options).find((name) => !(name in modelOptions) && name !== "recipe" && args.isGiven(name));
  if (beside) throw usage(`--${beside} cannot stand beside --recipe, which has all options of the run already.`);
  try {
    const json = parseObject(file, await readFile(file, "utf8"), "bad-option");
    return (json.recipe ?? json) as unknown as Recipe;
  } catch (cause) {
    if (cause instanceof VariorumError) throw cause;
    throw usage(`The file ${file} could not be read: ${(cause as Error).message}`);
  }
}
