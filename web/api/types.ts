// The public vocabulary: what callers pass to a model and what they get back.

/**
 * How weights are held: `f32` (the reference), `q8` (7 bits of a byte, one scale per output channel), `q4` (4 bits, one scale per
 * 32 weights; the token embedding and the head in q8).
 */
export type WeightScheme = "f32" | "q8" | "q4";

/** Two builds of one source that give the same bits; `relaxed` needs relaxed SIMD. */
export type ModuleVariant = "simd" | "relaxed";

/**
 * Where a model is: the URL of its directory (relative to the page), "hf:owner/name" or "hf:owner/name@revision" for a
 * repository of the Hugging Face hub, files of the visitor's, or a model that this browser keeps.
 */
export type ModelAddress = string | URL | HubAddress | LocalAddress | CachedAddress;

export interface HubAddress {
  /** "owner/name". */
  hub: string;
  /** A branch, a tag or a commit. Default: main. Pinned to its commit when the load begins. */
  revision?: string;
  /** Default: https://huggingface.co. */
  endpoint?: string;
  /** For private repositories. Sent to the endpoint only, and not kept. */
  token?: string;
}

export interface LocalAddress {
  /** All files of a model's folder. */
  files: readonly File[];
}

export interface CachedAddress {
  /** `id` of a StoredModel. */
  cached: string;
}

/** A model in this browser's storage. */
export interface StoredModel {
  id: string;
  name: string;
  /** Kept of its weights, and in all; null if that is not known. */
  bytes: number;
  total: number | null;
  /** Whether it loads with no network. */
  complete: boolean;
}

/** What computes quantised linear layers: kernels of our own, or XNNPACK's (q8 only), to compare with. */
export type KernelChoice = "own" | "xnnpack";

export interface LoadOptions {
  /** Default: what the model directory says; `q8` for a plain Hugging Face folder. */
  weights?: WeightScheme;
  /** Worker threads, 1…16. Default: as many as the machine has cores, up to 8; 1 on a page that is not cross-origin isolated. */
  threads?: number;
  /** Default: `relaxed` where it runs. */
  module?: ModuleVariant;
  /** Default: `own`. */
  kernels?: KernelChoice;
  /** Where the model is computed. `auto` takes the fastest that is there; today that is the CPU. */
  backend?: "auto" | "cpu";
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress) => void;
}

export interface LoadProgress {
  /** Bytes of weights taken in so far. */
  loaded: number;
  /** Bytes of weights in all; null until the server has said. */
  total: number | null;
  /** Of `loaded`, bytes that came from this browser's cache. */
  cached: number;
  /** Bytes per second over the network, lately; null while nothing is known. */
  rate: number | null;
  /** At that rate; null while nothing is known. */
  secondsLeft: number | null;
  /** Something worth telling the visitor; null if there is nothing. */
  notice: LoadNotice | null;
  /** Bytes of memory that the model will take while it writes five variants; absent until its configuration is known. */
  memory?: number;
}

export type LoadNotice =
  | "retrying" // the connection broke or the device is offline; another try follows
  | "other-tab" // another tab downloads this model; its bytes will be used
  | "storage-full" // the browser's storage is full: the next visit downloads again
  | "storage-failed"; // the browser gives no storage, or it does not answer: likewise

/** Names, meanings and defaults as in Hugging Face's `generate`, but for doSample and the two counts. What is left out comes
 * from the model's generation_config.json. */
export interface GenerateOptions {
  /** Variants, 1…32. Default 5 when sampling, 1 when greedy, as many as there are beams but 5 at the most with beams. */
  numReturnSequences?: number;
  /** New tokens at the most. Default 50, or what is left of the context. */
  maxNewTokens?: number;
  /** The same, counting the prompt; `maxNewTokens` wins. */
  maxLength?: number;
  /** No end of sequence before so many new tokens. */
  minNewTokens?: number;
  /** The same, counting the prompt. */
  minLength?: number;
  /** Draw tokens (default), or take the most probable one each time. */
  doSample?: boolean;
  /** 0…2³²−1. Default: a new one each time, reported in the result. */
  seed?: number;

  /** Of a draw, in the order in which they are applied. Above 0; below 1 the probable becomes more probable. */
  temperature?: number;
  /** Only the k most probable tokens; 0 turns it off. Default 50. */
  topK?: number;
  /** Only the most probable tokens that make up this probability. */
  topP?: number;
  /** Only tokens at least so many times as probable as the most probable one. */
  minP?: number;
  /** Only the most typical tokens (surprise near its mean) that make up this probability. */
  typicalP?: number;
  /** Only tokens of at least this probability. */
  epsilonCutoff?: number;
  /** The same with a limit that falls where the model is unsure. */
  etaCutoff?: number;

  /** Above 1: what stands in the text becomes less probable. */
  repetitionPenalty?: number;
  /** No sequence of so many tokens occurs twice. */
  noRepeatNgramSize?: number;
  /** Sequences of tokens that must not be written. */
  badWordsIds?: number[][];
  /** The same as text: each word as it is, and with a space before it. */
  badWords?: string | string[];
  /** Adds to the score of a sequence's last token when those before it have been written. */
  sequenceBias?: [ids: number[], bias: number][];
  suppressTokens?: number | number[];
  /** Not to be written as the first new token. */
  beginSuppressTokens?: number | number[];
  /** The token after a prompt of one token. */
  forcedBosTokenId?: number;
  /** The last token, if the run gets to its length. */
  forcedEosTokenId?: number | number[];
  /** Ids that end a variant. */
  eosTokenId?: number | number[];
  /** A variant ends when one of these occurs in its text. */
  stop?: string | string[];

  /** Beams, 1…32; more than 1 is beam search, or beam sampling with doSample. */
  numBeams?: number;
  /** Scores of beams are divided by length to this power: above 0 favours long ones. */
  lengthPenalty?: number;
  /** When beam search may end: as soon as numBeams have ended (true), when better ones are unlikely (false), or impossible. */
  earlyStopping?: boolean | "never";

  /** So many of the most probable tokens are reported with each token, 0…100; not with beams. */
  alternatives?: number;
  /**
   * A text that outgrows the context: `error` (default) refuses it as context-full; `slide` lets the model lose sight of its
   * beginning, half a context at a time. `dropped` of a variant says how much.
   */
  overflow?: "error" | "slide";
  /** Of randomness, one per variant, 0…2³²−1. Default 0, 1, 2 …: variant i of any run is that of stream i. */
  streams?: number[];
  signal?: AbortSignal;
}

/** How a run is continued. */
export interface ContinueOptions {
  /** On top of what each variant has. Default 50, or what is left of the context. */
  maxNewTokens?: number;
  /**
   * Which go on, by index. Default: those that ended by length or were cancelled. One that met an eos or a stop string goes on
   * if it is named, behind it.
   */
  variants?: number[];
  signal?: AbortSignal;
}

/** Why a variant ended. `banned`: the options rule every next token out; it keeps what it has, and no banned token is ever written. */
export type FinishReason = "eos" | "length" | "stop" | "banned" | "cancelled";

export interface Alternative {
  token: number;
  logprob: number;
}

export interface TokenEvent {
  type: "token";
  /** From 0. */
  variant: number;
  token: number;
  /** Text that became whole with this token: empty while a character is incomplete. */
  text: string;
  /** log p(token) under the model itself: before processors, temperature 1. */
  logprob: number;
  /** Best first, if asked for. */
  alternatives?: Alternative[];
}

export interface EndEvent {
  type: "end";
  variant: number;
  finishReason: FinishReason;
}

/** With beams: what takes this place among the best texts so far, the whole of it. Variants are places, the first is the best. */
export interface ReviseEvent {
  type: "revise";
  variant: number;
  /** Prompt and continuation. */
  ids: number[];
  /** Of the continuation; empty if the model has no tokenizer. */
  text: string;
}

export type RunEvent = TokenEvent | ReviseEvent | EndEvent;

export interface Variant {
  /** Prompt and continuation, the ending eos included. */
  ids: number[];
  /** The continuation without special tokens; null if the model has no tokenizer. */
  text: string | null;
  /** One per generated token. */
  logprobs: number[];
  finishReason: FinishReason;
  /** Mean log-probability; of beams Hugging Face's sequences_scores. Null if nothing was generated. */
  score: number | null;
  /** With overflow "slide": so many of the first ids were out of the model's sight when it chose the last one. Absent for none. */
  dropped?: number;
}

/**
 * A run, to be repeated to the bit by `generate`: of the same model, with the same weights. It is plain JSON. What the caller
 * cancelled and how the run was continued is part of it.
 */
export interface Recipe {
  /** Of this format. */
  version: 1;
  /** The program that made it. */
  variorum: string;
  model: { sha256: string; weights: WeightScheme };
  promptIds: number[];
  /** All of them, complete. */
  options: Omit<GenerateOptions, "seed" | "streams" | "signal">;
  seed: number;
  streams: number[];
  /** Variants that were cancelled, and how many tokens each had then. */
  cancelled?: [variant: number, tokens: number][];
  continued?: RecipeStep[];
}

export interface RecipeStep {
  maxNewTokens: number;
  /** Those that went on. */
  variants: number[];
  /** As above, in tokens of this step. */
  cancelled?: [variant: number, tokens: number][];
}

export interface RunResult {
  variants: Variant[];
  promptIds: number[];
  seed: number;
  stats: RunStats;
  recipe: Recipe;
}

export interface RunStats {
  /** From the call to the first token, and from there to the end, in milliseconds. */
  prefillMs: number;
  decodeMs: number;
  /** Tokens generated, all variants together. */
  tokens: number;
  /** Bytes of keys and values when the run was at its largest. */
  kvBytes: number;
}

export interface Score {
  ids: number[];
  /** log p(ids[i + 1] | ids[… i]): one less than ids. */
  logprobs: number[];
  /** exp(−mean logprob); null for a single id. */
  perplexity: number | null;
  /** Of every position, if asked for: vocabulary-sized rows. */
  logits?: Float32Array[];
}

export interface RankOptions {
  /**
   * What the score is: `none` (default), log p(candidate | context); `length`, the same per token, so that long candidates are
   * not at a disadvantage; `prior`, log p(candidate | context) − log p(candidate), so that what is common anywhere is not at an
   * advantage.
   */
  normalize?: "none" | "length" | "prior";
  /** What a candidate's own prior is measured after, text or ids. Default: the beginning of a text (bos_token_id). */
  priorContext?: string | readonly number[];
  signal?: AbortSignal;
  onProgress?: (progress: RankProgress) => void;
}

export interface RankProgress {
  /** Candidates computed; each counts twice with a prior. */
  done: number;
  total: number;
}

export interface RankedCandidate {
  /** In the list that was given. */
  index: number;
  ids: number[];
  /** log p(ids[i] | context, ids[… i − 1]). */
  logprobs: number[];
  /** Their sum. */
  logLikelihood: number;
  /** log p(candidate) after the prior's context, if it was asked for. */
  prior?: number;
  /** What they are ranked by, as `normalize` says. */
  score: number;
}

export interface ModelInfo {
  name: string;
  weights: WeightScheme;
  parameters: number;
  /** Bytes of the weight files. */
  bytes: number;
  /** SHA-256 over the SHA-256 digests of the weight files: what a Variorum directory announces, and every folder has. */
  sha256: string;
  vocabSize: number;
  contextLength: number;
  threads: number;
  module: ModuleVariant;
  hasTokenizer: boolean;
  /** From calling load to being ready, in milliseconds. */
  loadMs: number;
}
