// The public vocabulary: what callers pass to a model and what they get back.

/** How weights are held: `f32` (the reference), `q8` (7 bits of a byte, one scale per output channel), `q4` (to come). */
export type WeightScheme = "f32" | "q8" | "q4";

/** Two builds of one source that give the same bits; `relaxed` needs relaxed SIMD. */
export type ModuleVariant = "simd" | "relaxed";

export interface LoadOptions {
  /** Default: what the model directory says; `q8` for a plain Hugging Face folder. */
  weights?: WeightScheme;
  /** Worker threads, 1…16. Default: as many as the machine has cores, up to 8; 1 on a page that is not cross-origin isolated. */
  threads?: number;
  /** Default: `relaxed` where it runs. */
  module?: ModuleVariant;
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
}

/** Names and meanings as in Hugging Face's `generate`. What is left out comes from the model's generation_config.json. */
export interface GenerateOptions {
  /** Variants, 1…32. Default 5 when sampling, 1 when greedy. */
  numReturnSequences?: number;
  /** New tokens at the most. Default 50, or what is left of the context. */
  maxNewTokens?: number;
  /** The same, counting the prompt; `maxNewTokens` wins. */
  maxLength?: number;
  /** Draw tokens (default), or take the most probable one each time. */
  doSample?: boolean;
  temperature?: number;
  topK?: number;
  topP?: number;
  /** 0…2³²−1. Default: a new one each time, reported in the result. */
  seed?: number;
  /** A variant ends when one of these occurs in its text. */
  stop?: string | string[];
  /** Ids that end a variant. */
  eosTokenId?: number | number[];
  /** So many of the most probable tokens are reported with each token, 0…100. */
  alternatives?: number;
  signal?: AbortSignal;
}

export type FinishReason = "eos" | "length" | "stop" | "cancelled";

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

export type RunEvent = TokenEvent | EndEvent;

export interface Variant {
  /** Prompt and continuation, the ending eos included. */
  ids: number[];
  /** The continuation without special tokens; null if the model has no tokenizer. */
  text: string | null;
  /** One per generated token. */
  logprobs: number[];
  finishReason: FinishReason;
  /** Mean log-probability; null if nothing was generated. */
  score: number | null;
}

export interface RunResult {
  variants: Variant[];
  promptIds: number[];
  seed: number;
  stats: RunStats;
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

export interface ModelInfo {
  name: string;
  weights: WeightScheme;
  parameters: number;
  /** Bytes of the weight files. */
  bytes: number;
  /** SHA-256 over the shards' hashes; null for a plain Hugging Face folder. */
  sha256: string | null;
  vocabSize: number;
  contextLength: number;
  threads: number;
  module: ModuleVariant;
  hasTokenizer: boolean;
  /** From calling load to being ready, in milliseconds. */
  loadMs: number;
}
