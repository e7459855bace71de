// The surface of the wasm module, as wasm/bindings/ declares it.
import type { ErrorCode } from "../api/errors";
import type { RunOptions } from "../api/options";
import type { Alternative, FinishReason, KernelChoice, WeightScheme } from "../api/types";
import type { ModelConfig } from "../model/formats/config";

/** Code "" means success. */
export interface WasmResult {
  code: ErrorCode | "";
  message: string;
}

/** The activation is a value of the module's own enumeration. */
export type WasmConfig = Omit<ModelConfig, "activation" | "eosTokenIds" | "bosTokenId"> & { activation: unknown };

export interface WasmTokenEvent {
  variant: number;
  token: number;
  logprob: number;
  finish: "" | Extract<FinishReason, "eos" | "length" | "banned">;
  /** Ids at the beginning of the text that the model did not see. */
  window: number;
  alternatives?: Alternative[];
}

/** A text of beam search; finish "" while it is being written. */
export interface WasmBeam {
  ids: number[];
  logprobs: number[];
  score: number;
  finish: "" | Exclude<FinishReason, "cancelled">;
}

export interface WasmStats {
  /** Linear layers run since the model was loaded: 4 L + 1 in a step that gives logits. */
  linearCalls: number;
  rowsComputed: number;
  /** Bytes of keys and values: in use now, the most in use since the last run began, and of one token. */
  kvBytes: number;
  kvBytesPeak: number;
  kvBytesPerToken: number;
}

export interface WasmEngine {
  status(): WasmResult;
  threads(): number;
  stage(name: string, dtype: string, shape: number[]): WasmResult & { address: number; bytes: number };
  /** Takes what was staged; where the tensor's next piece goes, address 0 if it is complete. */
  commit(): WasmResult & { address: number; bytes: number };
  finish(): WasmResult;
  /**
   * `written`: for each variant the ids that it has already; none for a run from the prompt on. `reuse`: whether keys and values
   * that earlier runs left may be used; they are dropped otherwise.
   */
  start(ids: number[], options: RunOptions, written: number[][], reuse: boolean): WasmResult;
  step(): WasmResult & { events: WasmTokenEvent[]; done: boolean; prefilled: number };
  /** Ends a variant; whether the run is over. */
  end(variant: number): boolean;
  startBeams(ids: number[], options: RunOptions): WasmResult;
  /** With `select`, selectBeams must follow if there are proposals: the ids of what the beams may become. */
  stepBeams(select: boolean): WasmResult & { done: boolean; proposals?: number[][] };
  /** Goes on with the proposals, of which those at these indices end here; whether the run is over. */
  selectBeams(stopped: number[]): boolean;
  /** The best texts so far, best first. */
  bestBeams(): WasmBeam[];
  endBeams(): void;
  startScore(ids: number[]): WasmResult;
  stepScore(wantLogits: boolean): WasmResult & { done: boolean; logprobs: number[]; logits?: Float32Array<ArrayBuffer> };
  /** Gives a scoring up. */
  endScore(): void;
  startRank(context: number[], candidates: number[][]): WasmResult;
  /** `finished`: how many candidates are known, from the first on. */
  stepRank(): WasmResult & { done: boolean; finished: number };
  rankLogprobs(candidate: number): number[];
  /** Gives a ranking up, or frees its results. */
  endRank(): void;
  stats(): WasmStats;
  delete(): void;
}

/** SHA-256 of bytes that stream by. */
export interface WasmHasher {
  /** The place for what comes next. */
  stage(): { address: number; bytes: number };
  /** So many bytes of the place are filled. */
  update(count: number): void;
  /** 64 hex digits; ends the hasher. */
  digest(): string;
  delete(): void;
}

export interface WasmQuantizer {
  stage(dtype: string, rows: number, columns: number): WasmResult & { address: number; bytes: number };
  /** The staged matrix as F32. */
  floats(): WasmResult & { address: number };
  /** Addresses and sizes of the stored values and scales (wasm/model/weights.h says what they are). */
  run(scheme: "q8" | "q4", channelsAreRows: boolean): WasmResult & { values: number; valueBytes: number; scales: number; scaleBytes: number };
  delete(): void;
}

export interface WasmModule {
  Engine: new (config: WasmConfig, scheme: WeightScheme, kernels: KernelChoice, threads: number) => WasmEngine;
  Hasher: new () => WasmHasher;
  Quantizer: new () => WasmQuantizer;
  /** What a run of these options makes of scores [V] after `ids`, of which `promptLength` are the prompt. */
  processLogits(ids: number[], promptLength: number, scores: number[], options: RunOptions): WasmResult & { scores?: Float32Array<ArrayBuffer> };
  Activation: Record<"gelu_tanh" | "gelu_erf" | "relu", unknown>;
  wasmMemory: WebAssembly.Memory;
}
