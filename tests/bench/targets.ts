// What must hold: ratios between figures of one run. A target whose figures were not measured is left out.
import type { Figure, Result, Target } from "./figures";

const most = (what: string, value: number, target: number): Target => ({ what, value, target, bound: "most", met: value <= target });
const least = (what: string, value: number, target: number): Target => ({ what, value, target, bound: "least", met: value >= target });

type Engine = Result["engine"];

/** How many times as fast as theirs: rates are higher, times are lower. */
const speedups: Record<"variants" | "decode" | "prefill" | "load", { of(result: Result): Figure | undefined; time: boolean; what: string }> = {
  variants: { of: (result) => result.variants, time: false, what: "five variants" },
  decode: { of: (result) => result.decode?.[1]?.steady, time: false, what: "one sequence" },
  prefill: { of: (result) => result.prefill, time: true, what: "prefill of 128 tokens" },
  load: { of: (result) => result.load, time: true, what: "load" },
};

const bounds: [condition: "two threads" | "plain", quantity: keyof typeof speedups, engine: Engine, times: number][] = [
  ["two threads", "variants", "transformers", 4],
  ["two threads", "variants", "wllama", 14],
  ["two threads", "variants", "onnxruntime", 3],
  ["two threads", "decode", "transformers", 4],
  ["two threads", "decode", "wllama", 6.5],
  ["two threads", "prefill", "transformers", 1.6],
  ["two threads", "prefill", "onnxruntime", 1.6],
  ["two threads", "prefill", "wllama", 12],
  ["two threads", "load", "transformers", 3],
  ["two threads", "load", "wllama", 3],
  ["plain", "decode", "transformers", 4],
  ["plain", "decode", "wllama", 4],
  ["plain", "variants", "transformers", 3],
];

export function targets(results: Result[]): Target[] {
  const find = (condition: "two threads" | "plain", engine: Engine, more: Partial<Result> = {}) =>
    results.find(
      (result) =>
        result.engine === engine &&
        result.weights === (more.weights ?? "q8") &&
        result.kernels === (more.kernels ?? (engine === "variorum" ? "own" : undefined)) &&
        result.isolated === (condition === "two threads") &&
        result.threads === (condition === "two threads" ? 2 : 1),
    );
  const found: Target[] = [];

  for (const [condition, quantity, engine, times] of bounds) {
    const { of, time, what } = speedups[quantity];
    const [ours, theirs] = [find(condition, "variorum"), find(condition, engine)].map((result) => result && of(result)?.median);
    if (ours !== undefined && theirs !== undefined)
      found.push(least(`${what}, ${condition}: times ${engine}'s speed`, time ? theirs / ours : ours / theirs, times));
  }

  const own = find("two threads", "variorum");
  if (!own) return found;
  const xnnpack = find("two threads", "variorum", { kernels: "xnnpack" });
  if (own.variants && xnnpack?.variants) found.push(least("five variants: times the XNNPACK path's speed", own.variants.median / xnnpack.variants.median, 2));
  if (own.variants && own.sequential)
    found.push(least("five variants: times the speed of five runs one after the other", own.variants.median / own.sequential.median, 2));
  if (own.decode?.[1] && own.bandwidth && own.bytes) {
    found.push(
      least(
        "one sequence: share of the memory bandwidth at which weights are read",
        (own.decode[1].steady.median * own.bytes.readPerStep) / 1e9 / own.bandwidth.median,
        0.7,
      ),
    );
  }
  if (own.fetched) found.push(most("runtime, brotli, kB", own.fetched.runtimeBrotli / 1000, 250));
  if (own.memory && own.bytes) {
    found.push(most("memory: of 1.25 × weights + keys and values + 64 MB", own.memory.median / (1.25 * own.bytes.weights + own.bytes.kv + 64e6), 1));
    const smallest = Math.min(...(["wllama", "transformers", "onnxruntime"] as const).map((engine) => find("two threads", engine)?.memory?.median ?? Infinity));
    if (smallest < Infinity) found.push(most("memory: of the smallest of the others", own.memory.median / smallest, 0.75));
  }
  const q4 = find("two threads", "variorum", { weights: "q4" });
  if (q4?.bytes && own.bytes) found.push(most("q4: of q8's bytes", q4.bytes.weights / own.bytes.weights, 0.72));
  return found;
}
