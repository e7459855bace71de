// What a run's options mean once the defaults are in: the caller's own, then generation_config.json's, then ours.
import { VariorumError } from "./errors";
import { misfit, optionNames, optionTable } from "./option-table";
import type { GenerateOptions } from "./types";

/** The length of a run if nothing says otherwise. */
export const defaultNewTokens = 50;
const defaultVariants = 5;

/** A run's options, complete, as the engine takes them: everything that GenerateOptions of wasm/generate/options.h has. */
export interface RunOptions {
  numReturnSequences: number;
  numBeams: number;
  maxNewTokens: number;
  minNewTokens: number;
  minLength: number;
  doSample: boolean;
  seed: number;
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  typicalP: number;
  epsilonCutoff: number;
  etaCutoff: number;
  repetitionPenalty: number;
  noRepeatNgramSize: number;
  badWordsIds: number[][];
  sequenceBias: [ids: number[], bias: number][];
  suppressTokens: number[];
  beginSuppressTokens: number[];
  forcedBosTokenIds: number[];
  forcedEosTokenIds: number[];
  eosTokenIds: number[];
  lengthPenalty: number;
  /** false, true, "never". */
  earlyStopping: 0 | 1 | 2;
  alternatives: number;
  /** Of randomness, one per variant. */
  streams: number[];
  /** Whether a text may outgrow the context. */
  slide: boolean;
}

export interface ResolvedOptions {
  run: RunOptions;
  stops: string[];
  /** Still to be encoded into run.badWordsIds. */
  badWords: string[];
}

export interface ModelLimits {
  contextLength: number;
  promptLength: number;
  vocabSize: number;
  /** Of config.json. */
  eosTokenIds: readonly number[];
}

/** null, as Hugging Face's None, stands for what is left out. */
const isGiven = <T>(value: T | null | undefined): value is T => value !== undefined && value !== null;

function bad(name: string, value: unknown, range: string): never {
  const shown = typeof value === "number" ? String(value) : JSON.stringify(value);
  throw new VariorumError("bad-option", `${name} is ${shown}; it must be ${range}.`);
}

/** Options that count only when sampling, and only with beams. */
const ofSampling: ReadonlySet<string> = new Set(["temperature", "topK", "topP", "minP", "typicalP", "epsilonCutoff", "etaCutoff"]);
const ofBeams: ReadonlySet<string> = new Set(["lengthPenalty", "earlyStopping"]);

/** The model's options without those that this run has no use for, so that nothing is refused for a value that does not count. */
function usedOfModel(caller: GenerateOptions, model: GenerateOptions, { vocabSize }: ModelLimits): GenerateOptions {
  const sampling = caller.doSample ?? true;
  const beams = caller.numBeams ?? model.numBeams ?? 1;
  const ownLength = isGiven(caller.maxNewTokens) || isGiven(caller.maxLength);
  const unused = (name: string) =>
    (!sampling && ofSampling.has(name)) ||
    (beams === 1 && ofBeams.has(name)) ||
    (name === "numReturnSequences" && (isGiven(caller.streams) || (!sampling && beams === 1))) ||
    ((name === "maxNewTokens" || name === "maxLength") && ownLength);
  const used: GenerateOptions = Object.fromEntries(Object.entries(model).filter(([name]) => !unused(name)));
  // Configurations are copied from model to model; as in Hugging Face, ids that the model does not have are suppressed already.
  for (const name of ["suppressTokens", "beginSuppressTokens"] as const) {
    const ids = used[name];
    if (Array.isArray(ids)) used[name] = ids.filter((id) => !(id >= vocabSize));
  }
  return used;
}

/**
 * An error that `caller` does not answer for is the model's: bad-option about an option that generation_config.json alone gives
 * becomes bad-config. Messages about an option begin with its name.
 */
export function blame(error: unknown, caller: GenerateOptions, model: GenerateOptions): unknown {
  if (!(error instanceof VariorumError) || error.code !== "bad-option") return error;
  const name = (/^\w+/.exec(error.message) ?? [""])[0] as keyof GenerateOptions;
  if (isGiven(caller[name]) || !isGiven(model[name])) return error;
  return new VariorumError("bad-config", `generation_config.json: ${error.message} Give ${name} yourself, or mend the file.`, { cause: error });
}

/**
 * Completes options. bad-option names the option, its value and its range; context-full if an explicit length exceeds the
 * context. Ranges of real numbers are checked there (wasm/generate/options.cc).
 */
export function resolveOptions(caller: GenerateOptions, givenModel: GenerateOptions, limits: ModelLimits): ResolvedOptions {
  const model = usedOfModel(caller, givenModel, limits);
  const o: GenerateOptions = { ...model };
  for (const [key, value] of Object.entries(caller)) if (isGiven(value)) (o as Record<string, unknown>)[key] = value;
  for (const name of optionNames) {
    const range = o[name] === undefined ? null : misfit(optionTable[name], o[name]);
    if (range !== null) bad(name, o[name], range);
  }

  const doSample = caller.doSample ?? true;
  if (typeof doSample !== "boolean") bad("doSample", doSample, "true or false");
  const early = o.earlyStopping ?? false;
  const overflow = o.overflow ?? "error";
  if (overflow !== "error" && overflow !== "slide") bad("overflow", overflow, '"error" or "slide"');
  const slide = overflow === "slide";
  if (slide && (o.numBeams ?? 1) > 1) bad("overflow", overflow, '"error" with beams');
  if (o.streams !== undefined && !Array.isArray(o.streams)) bad("streams", o.streams, "a list of whole numbers");
  const count = numReturnSequences(caller, model, doSample, o.numBeams ?? 1);

  return {
    stops: texts("stop", o.stop),
    badWords: texts("badWords", o.badWords),
    run: {
      numReturnSequences: count,
      numBeams: o.numBeams ?? 1,
      maxNewTokens: newTokens(caller, model, slide ? { ...limits, contextLength: Infinity } : limits),
      minNewTokens: o.minNewTokens ?? 0,
      minLength: o.minLength ?? 0,
      doSample,
      seed: whole("seed", o.seed ?? randomSeed(), 0, 2 ** 32 - 1),
      temperature: o.temperature ?? 1,
      topK: o.topK ?? 50,
      topP: o.topP ?? 1,
      minP: o.minP ?? 0,
      typicalP: o.typicalP ?? 1,
      epsilonCutoff: o.epsilonCutoff ?? 0,
      etaCutoff: o.etaCutoff ?? 0,
      repetitionPenalty: o.repetitionPenalty ?? 1,
      noRepeatNgramSize: o.noRepeatNgramSize ?? 0,
      badWordsIds: o.badWordsIds ?? [],
      sequenceBias: o.sequenceBias ?? [],
      suppressTokens: list(o.suppressTokens),
      beginSuppressTokens: list(o.beginSuppressTokens),
      forcedBosTokenIds: list(o.forcedBosTokenId),
      forcedEosTokenIds: list(o.forcedEosTokenId),
      eosTokenIds: list(o.eosTokenId ?? [...limits.eosTokenIds]),
      lengthPenalty: o.lengthPenalty ?? 1,
      earlyStopping: early === "never" ? 2 : early ? 1 : 0,
      alternatives: whole("alternatives", o.alternatives ?? 0, 0, 100),
      streams: o.streams?.map((stream) => whole("streams", stream, 0, 2 ** 32 - 1)) ?? streamsFrom(0, count),
      slide,
    },
  };
}

/** A model may ask for several, but not of greedy decoding, and of no more than there are beams. */
function numReturnSequences(caller: GenerateOptions, model: GenerateOptions, doSample: boolean, numBeams: number): number {
  const asked = caller.numReturnSequences ?? caller.streams?.length;
  if (isGiven(asked)) return asked;
  if (numBeams > 1) return Math.min(model.numReturnSequences ?? defaultVariants, numBeams);
  return doSample ? (model.numReturnSequences ?? defaultVariants) : 1;
}

/** The streams of `count` variants if nothing says otherwise. */
export function streamsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The caller's lengths come before the model's; maxNewTokens before maxLength; only a default shrinks to what is left. */
function newTokens(caller: GenerateOptions, model: GenerateOptions, limits: ModelLimits): number {
  const room = Math.max(limits.contextLength - limits.promptLength, 1);
  for (const [options, explicit] of [
    [caller, true],
    [model, false],
  ] as const) {
    let wanted: number;
    if (isGiven(options.maxNewTokens)) {
      wanted = options.maxNewTokens;
    } else if (isGiven(options.maxLength)) {
      const length = options.maxLength;
      if (length <= limits.promptLength) {
        if (!explicit) continue;
        bad("maxLength", length, `more than the prompt's ${limits.promptLength} tokens, which it counts`);
      }
      wanted = length - limits.promptLength;
    } else {
      continue;
    }
    return explicit ? wanted : Math.min(wanted, room);
  }
  return Math.min(defaultNewTokens, room);
}

function whole(name: string, value: unknown, least: number, most: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) bad(name, value, `a whole number from ${least} to ${most}`);
  return value as number;
}

function texts(name: string, value: string | string[] | undefined): string[] {
  const all = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (!all.every((text) => typeof text === "string" && text !== "")) bad(name, value, "a non-empty string or a list of them");
  return all;
}

const list = (ids: number | number[] | undefined): number[] => (ids === undefined ? [] : Array.isArray(ids) ? ids : [ids]);

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
