// What the runner (Node) asks of a page, and what it gets: the vocabulary of both sides. Times are in milliseconds.

export interface Prompt {
  ids: number[];
  /** The same in GPT-2's own tokens; null for another model. */
  text: string | null;
}

export interface Loaded {
  /** From the start of the navigation to a model that is ready. */
  ms: number;
  /** Bytes of the weights that it read; null if it does not say. */
  weightBytes: number | null;
  /** Of them, what no step of decoding reads: the position embedding but for a row. */
  positionBytes: number;
}

export interface Decoded {
  /** From the call to the last token. */
  ms: number;
  tokens: number;
  /** Tokens after the first of each sequence, by the time after the first: what a step costs, without the prompt. */
  steadyTokensPerSecond: number;
  /** Bytes of keys and values at the end; null if it does not say. */
  kvBytes: number | null;
}

/** One way to run a model in a browser. Every page has one, as its engine. */
export interface Subject {
  load(options: LoadRequest): Promise<Loaded>;
  /** The time to the first token, greedy. */
  prefill(prompt: Prompt): Promise<{ ms: number }>;
  /** `sequences` texts of `tokens` new tokens each. More than one, and Variorum's, are sampled: top-k 50, temperature 1. */
  decode(prompt: Prompt, sequences: number, tokens: number): Promise<Decoded>;
  /** The same texts in whatever way this engine does several best; all of them sampled. */
  variants(prompt: Prompt, sequences: number, tokens: number): Promise<{ ms: number; tokens: number; kvBytes?: number | null }>;
  /** The texts one after the other, each from its prompt on; Variorum only. */
  sequential?(prompt: Prompt, sequences: number, tokens: number): Promise<{ ms: number; tokens: number }>;
}

export interface LoadRequest {
  /** Path of the model's directory or file on the runner's server. */
  model: string;
  threads: number;
  weights?: "f32" | "q8" | "q4";
  kernels?: "own" | "xnnpack";
  /** Tokens that wllama must not write (prompts.ts). */
  banned?: number[];
}

/** Of the page that reads memory: gigabytes (1e9) per second. */
export interface BandwidthSubject {
  read(bytes: number, threads: number): Promise<number>;
}

/** What a checkpoint does that comes from a hub. */
export interface HubRun {
  /** From the call, as from a click, to the first token. */
  firstTokenMs: number;
  loadMs: number;
  kvBytes: number;
}

/** Variorum's alone. */
export interface HubSubject {
  fromHub(repository: string, endpoint: string, prompt: Prompt, sequences: number, tokens: number): Promise<HubRun>;
  /** For each position of the prompt. */
  logits(prompt: Prompt): Promise<number[][]>;
}
