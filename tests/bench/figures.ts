// What a measurement gives: a median with its extremes, and how much of the machine others used meanwhile.
import type { HubReport } from "./hub";

export interface Figure {
  median: number;
  min: number;
  max: number;
  /** Each run, in order; the warm-up is not among them. */
  runs: number[];
  /** Cores that processes other than the measured browser kept busy, mean over the runs. */
  otherCores: number;
}

export function figure(runs: number[], others: number[]): Figure {
  const sorted = [...runs].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return {
    median: sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    min: sorted[0]!,
    max: sorted.at(-1)!,
    runs,
    otherCores: others.reduce((sum, cores) => sum + cores, 0) / Math.max(1, others.length),
  };
}

/** One engine under one condition, and what was measured of it; what was not asked for is missing. */
export interface Result {
  engine: "variorum" | "wllama" | "transformers" | "onnxruntime";
  weights: "f32" | "q8" | "q4";
  kernels?: "own" | "xnnpack";
  threads: number;
  /** Cross-origin isolated. */
  isolated: boolean;
  /** Why figures are missing that were asked for, one for each part that failed. */
  failures?: string[];
  /** ms. */
  load?: Figure;
  /** Bytes of model files fetched, and of scripts and modules: as they are, and compressed. */
  fetched?: { model: number; runtime: number; runtimeBrotli: number };
  /** Peak resident bytes of the renderer while variants ran, a blank page's taken away. */
  memory?: Figure;
  /** Variorum's: of weights, and those that a step of decoding reads; of keys and values at the end of the variants. */
  bytes?: { weights: number; readPerStep: number; kv: number };
  /** Variorum's: GB/s at which as many threads read as many bytes as a step of decoding reads. */
  bandwidth?: Figure;
  /** ms. */
  prefill?: Figure;
  /** Tokens per second by the number of sequences: after the first token, and all with the prompt. */
  decode?: Record<number, { steady: Figure; whole: Figure }>;
  /** Tokens per second. */
  variants?: Figure;
  sequential?: Figure;
}

export interface Report {
  date: string;
  machine: { cpu: string; cores: number; memory: number };
  chromium: string;
  model: string;
  versions: Record<string, string>;
  runs: number;
  /** Peak resident bytes of a blank page's renderer. */
  blankBytes: number;
  results: Result[];
  targets: Target[];
  hub?: HubReport;
}

/** Something that must hold. */
export interface Target {
  what: string;
  value: number;
  target: number;
  /** Whether the value must be at least the target, or at most. */
  bound: "least" | "most";
  met: boolean;
}
