// A run as a small JSON, from which it can be repeated to the bit.
import { VariorumError } from "./errors";
import type { RunOptions } from "./options";
import type { GenerateOptions, ModelInfo, Recipe, RecipeStep } from "./types";

/** Public options, complete, so that neither defaults nor a generation_config.json have a say when the run is repeated. */
export function recordOptions(run: RunOptions, stops: readonly string[]): Recipe["options"] {
  const { seed: _, streams: __, slide, eosTokenIds, forcedBosTokenIds, forcedEosTokenIds, earlyStopping, ...rest } = run;
  return {
    ...rest,
    eosTokenId: eosTokenIds,
    forcedEosTokenId: forcedEosTokenIds,
    ...(forcedBosTokenIds.length > 0 ? { forcedBosTokenId: forcedBosTokenIds[0]! } : {}),
    earlyStopping: earlyStopping === 2 ? "never" : earlyStopping === 1,
    stop: [...stops],
    overflow: slide ? "slide" : "error",
  };
}

/** What a recipe asks for, as options of `generate`. */
export function recipeOptions({ options, seed, streams }: Recipe): GenerateOptions {
  return { ...options, seed, streams };
}

export function isRecipe(prompt: unknown): prompt is Recipe {
  return typeof prompt === "object" && prompt !== null && !Array.isArray(prompt);
}

/**
 * Throws bad-option unless this is a recipe of this model: it may come from a file or another page. Its options are checked
 * as all options are.
 */
export function checkRecipe(recipe: Recipe, { sha256, weights }: ModelInfo): void {
  const bad = (message: string): never => {
    throw new VariorumError("bad-option", message);
  };
  if (recipe.version !== 1)
    bad(
      `The recipe has version ${JSON.stringify(recipe.version) ?? "none"}; this program reads version 1: take a recipe from the "recipe" of a run, or update Variorum.`,
    );
  const { model, promptIds, options, streams, cancelled = [], continued = [] } = recipe;
  if (model?.sha256 !== sha256)
    bad(`The recipe is of the model with SHA-256 ${model?.sha256}, but the one that is loaded has ${sha256}: load the recipe's model.`);
  if (model.weights !== weights)
    bad(`The recipe's model had weights ${model.weights}, but the one that is loaded has ${weights}: load it with weights "${model.weights}".`);
  const variants = Array.isArray(streams) ? streams.length : 0;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const isVariant = (value: unknown) => isCount(value) && value < variants;
  const isCancelled = (list: unknown) =>
    Array.isArray(list) && list.every((pair) => Array.isArray(pair) && pair.length === 2 && isVariant(pair[0]) && isCount(pair[1]));
  const isStep = (step: RecipeStep | null) =>
    isCount(step?.maxNewTokens) && Array.isArray(step.variants) && step.variants.every(isVariant) && isCancelled(step.cancelled ?? []);
  const whole =
    Array.isArray(promptIds) &&
    promptIds.every(isCount) &&
    typeof options === "object" &&
    options !== null &&
    variants > 0 &&
    isCancelled(cancelled) &&
    Array.isArray(continued) &&
    continued.every(isStep);
  if (!whole) bad("The recipe is damaged: take it anew from the run that it repeats.");
}

/** Refuses options that this version does not have: without them the run would be another one. */
export function checkKnown(recipe: Recipe, complete: Recipe["options"]): void {
  const unknown = Object.keys(recipe.options).find((name) => !Object.hasOwn(complete, name));
  if (unknown !== undefined) throw new VariorumError("bad-option", `The recipe has the option ${unknown}, which this version does not know: update Variorum.`);
}
