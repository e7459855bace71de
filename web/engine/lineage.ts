// How a run comes from an earlier one: which of its variants go on, where a branch leaves.
import { VariorumError } from "../api/errors";
import { defaultNewTokens, streamsFrom } from "../api/options";
import { recipeOptions } from "../api/recipe";
import type { ContinueOptions, GenerateOptions, RecipeStep, RunResult } from "../api/types";

/** All that must be known of an earlier run: enough to go on from it in an engine that never saw it. */
export type Parent = Pick<RunResult, "variants" | "recipe">;

/** `token` in place of what the variant has at `position` of its ids, counted from 0, or behind its end. */
export interface BranchPoint {
  variant: number;
  position: number;
  token: number;
}

function bad(name: string, value: unknown, range: string): never {
  throw new VariorumError("bad-option", `${name} is ${JSON.stringify(value)}; it must be ${range}.`);
}

/** The step that takes `parent` on. bad-option. */
export function continueStep({ variants, recipe }: Parent, options: ContinueOptions, contextLength: number): RecipeStep {
  if ((recipe.options.numBeams ?? 1) > 1)
    throw new VariorumError("bad-option", "A run of beams cannot be continued: branch from the end of one of its variants.");
  const isIndex = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < variants.length;
  const named = options.variants;
  if (named !== undefined && !(Array.isArray(named) && named.every(isIndex) && new Set(named).size === named.length)) {
    bad("variants", named, `a list of different whole numbers from 0 to ${variants.length - 1}`);
  }
  const going = named ?? variants.flatMap(({ finishReason }, i) => (finishReason === "length" || finishReason === "cancelled" ? [i] : []));
  const longest = Math.max(0, ...going.map((i) => variants[i]!.ids.length));
  const room = recipe.options.overflow === "slide" ? Infinity : Math.max(contextLength - longest, 1);
  const maxNewTokens = options.maxNewTokens ?? Math.min(defaultNewTokens, room);
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1 || maxNewTokens >= 2 ** 31) bad("maxNewTokens", maxNewTokens, "a whole number of at least 1");
  return { maxNewTokens, variants: [...going].sort((a, b) => a - b) };
}

/** Prompt and options of a branch: a run of its own, with the parent's options where the caller gives none. bad-option. */
export function branchRun(
  { variants, recipe }: Parent,
  { variant, position, token }: BranchPoint,
  given: GenerateOptions,
  contextLength: number,
): { promptIds: number[]; options: GenerateOptions } {
  const parent = variants[variant];
  if (!parent) bad("variant", variant, `a whole number from 0 to ${variants.length - 1}`);
  if (!Number.isInteger(position) || position < 0 || position > parent.ids.length) bad("position", position, `a whole number from 0 to ${parent.ids.length}`);
  if (!Number.isInteger(token)) bad("token", token, "a token id");
  const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null)) as GenerateOptions;
  const { maxNewTokens, ...inherited } = recipeOptions(recipe);
  const numReturnSequences = own.numReturnSequences ?? own.streams?.length ?? 1;
  const promptIds = [...parent.ids.slice(0, position), token];
  const options: GenerateOptions = { ...inherited, numReturnSequences, streams: streamsFrom(recipe.streams[variant]!, numReturnSequences), ...own };
  if (own.maxNewTokens === undefined && own.maxLength === undefined) {
    const room = options.overflow === "slide" ? Infinity : Math.max(contextLength - promptIds.length, 1);
    options.maxNewTokens = Math.min(maxNewTokens!, room);
  }
  return { promptIds, options };
}
