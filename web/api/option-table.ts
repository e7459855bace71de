// The options that are Hugging Face's own: one table for generation_config.json (snake_case), TypeScript (camelCase) and the
// command line (dashes). What a value must be is checked here; ranges of real numbers are the engine's (wasm/generate/options.cc).
import type { GenerateOptions } from "./types";

/**
 * `variants`, `positive` and `count` are whole numbers. `ids`: one token id or a list of them; `id`: one. `sequences`: lists of
 * ids. `biases`: pairs of a list of ids and a number.
 */
export type OptionKind = "real" | "variants" | "positive" | "count" | "id" | "ids" | "sequences" | "biases" | "early";

export const optionTable = {
  numReturnSequences: "variants",
  maxNewTokens: "positive",
  maxLength: "positive",
  minNewTokens: "count",
  minLength: "count",
  temperature: "real",
  topK: "count",
  topP: "real",
  minP: "real",
  typicalP: "real",
  epsilonCutoff: "real",
  etaCutoff: "real",
  repetitionPenalty: "real",
  noRepeatNgramSize: "count",
  badWordsIds: "sequences",
  sequenceBias: "biases",
  suppressTokens: "ids",
  beginSuppressTokens: "ids",
  forcedBosTokenId: "id",
  forcedEosTokenId: "ids",
  eosTokenId: "ids",
  numBeams: "variants",
  lengthPenalty: "real",
  earlyStopping: "early",
} as const satisfies Partial<Record<keyof GenerateOptions, OptionKind>>;

export type TableOption = keyof typeof optionTable;

export const optionNames = Object.keys(optionTable) as TableOption[];

/** numBeams → num_beams, or with another separator. */
export const separated = (name: string, separator = "_") => name.replace(/[A-Z]/g, (letter) => separator + letter.toLowerCase());

const isWhole = (value: unknown, least = 0, most = 2 ** 31 - 1) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const isId = (value: unknown) => isWhole(value);
const isSequence = (value: unknown): value is number[] => Array.isArray(value) && value.length > 0 && value.every(isId);

const kinds: Record<OptionKind, { fits: (value: unknown) => boolean; range: string }> = {
  real: { fits: (value) => typeof value === "number", range: "a number" },
  variants: { fits: (value) => isWhole(value, 1, 32), range: "a whole number from 1 to 32" },
  positive: { fits: (value) => isWhole(value, 1), range: "a whole number of at least 1" },
  count: { fits: (value) => isWhole(value), range: "a whole number of at least 0" },
  id: { fits: isId, range: "a token id (a whole number of at least 0)" },
  ids: {
    fits: (value) => isId(value) || (Array.isArray(value) && value.every(isId)),
    range: "a token id or a list of token ids (whole numbers of at least 0)",
  },
  sequences: { fits: (value) => Array.isArray(value) && value.every(isSequence), range: "a list of lists of token ids such as [[5],[7,8]]" },
  biases: {
    fits: (value) =>
      Array.isArray(value) && value.every((entry) => Array.isArray(entry) && entry.length === 2 && isSequence(entry[0]) && Number.isFinite(entry[1])),
    range: "a list of pairs of token ids and a finite number such as [[[5],-2.5]]",
  },
  early: { fits: (value) => typeof value === "boolean" || value === "never", range: 'true, false or "never"' },
};

/** What a value of this kind must be, as it stands in messages. */
export const rangeOf = (kind: OptionKind): string => kinds[kind].range;

/** The same, if `value` is none; null if it is. */
export function misfit(kind: OptionKind, value: unknown): string | null {
  return kinds[kind].fits(value) ? null : kinds[kind].range;
}
