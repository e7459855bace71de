// What a run's options mean once the defaults are in: the caller's own, then generation_config.json's, then ours.
import { VariorumError } from "./errors";
import type { WasmGenerateOptions } from "./engine/wasm";
import type { GenerateOptions } from "./types";

/** The length of a run if nothing says otherwise. */
const defaultNewTokens = 50;
const defaultVariants = 5;

export interface ResolvedOptions {
  wasm: WasmGenerateOptions;
  stops: string[];
}

export interface ModelLimits {
  contextLength: number;
  promptLength: number;
  /** Of config.json. */
  eosTokenIds: readonly number[];
}

function bad(name: string, value: unknown, range: string): never {
  const shown = typeof value === "number" ? String(value) : JSON.stringify(value);
  throw new VariorumError("bad-option", `${name} is ${shown}; it must be ${range}.`);
}

/**
 * Completes options. bad-option names the option, its value and its range; context-full if an explicit length exceeds the
 * context. Ranges of numbers that the engine itself knows are checked there (wasm/generate/options.cc).
 */
export function resolveOptions(caller: GenerateOptions, model: GenerateOptions, limits: ModelLimits): ResolvedOptions {
  const o: GenerateOptions = { ...model };
  for (const [key, value] of Object.entries(caller)) if (value !== undefined) (o as Record<string, unknown>)[key] = value;

  const whole = (name: string, value: unknown, least: number, most: number): number => {
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      bad(name, value, `a whole number from ${least} to ${most}`);
    }
    return value as number;
  };
  const real = (name: string, value: unknown): number => (typeof value === "number" ? value : bad(name, value, "a number"));

  const doSample = caller.doSample ?? true;
  if (typeof doSample !== "boolean") bad("doSample", doSample, "true or false");
  const stops = o.stop === undefined ? [] : Array.isArray(o.stop) ? o.stop : [o.stop];
  if (!stops.every((stop) => typeof stop === "string" && stop !== "")) bad("stop", o.stop, "a non-empty string or a list of them");
  const eos = o.eosTokenId ?? limits.eosTokenIds;
  const eosTokenIds = (Array.isArray(eos) ? eos : [eos]).map((id) => whole("eosTokenId", id, 0, 2 ** 31 - 1));

  return {
    stops,
    wasm: {
      numReturnSequences: whole("numReturnSequences", doSample ? (o.numReturnSequences ?? defaultVariants) : (caller.numReturnSequences ?? 1), 1, 32),
      maxNewTokens: newTokens(caller, model, limits, whole),
      doSample,
      temperature: real("temperature", o.temperature ?? 1),
      topK: whole("topK", o.topK ?? 50, 0, 2 ** 31 - 1),
      topP: real("topP", o.topP ?? 1),
      seed: whole("seed", o.seed ?? randomSeed(), 0, 2 ** 32 - 1),
      eosTokenIds,
      alternatives: whole("alternatives", o.alternatives ?? 0, 0, 100),
    },
  };
}

type Whole = (name: string, value: unknown, least: number, most: number) => number;

/** The caller's lengths come before the model's; maxNewTokens before maxLength; only a default shrinks to what is left. */
function newTokens(caller: GenerateOptions, model: GenerateOptions, limits: ModelLimits, whole: Whole): number {
  const room = limits.contextLength - limits.promptLength;
  const most = 2 ** 31 - 1;
  for (const [options, explicit] of [[caller, true], [model, false]] as const) {
    let wanted: number;
    if (options.maxNewTokens !== undefined) {
      wanted = whole("maxNewTokens", options.maxNewTokens, 1, most);
    } else if (options.maxLength !== undefined) {
      const length = whole("maxLength", options.maxLength, 1, most);
      if (length <= limits.promptLength) {
        if (!explicit) continue;
        bad("maxLength", length, `more than the prompt's ${limits.promptLength} tokens, which it counts`);
      }
      wanted = length - limits.promptLength;
    } else {
      continue;
    }
    return explicit ? wanted : Math.min(wanted, Math.max(room, 1));
  }
  return Math.min(defaultNewTokens, Math.max(room, 1));
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
