// Which engines are measured under which conditions. Those of a group alternate, so that a change of the machine meets all.

import type { Result } from "./figures";
import type { Options, PeerEngine } from "./options";

export type Cell = Pick<Result, "engine" | "weights" | "kernels" | "threads" | "isolated">;

export function groups({ peers, weights, threads, pages, kernels }: Options): Cell[][] {
  const most = Math.max(...threads);
  const conditions = pages.flatMap((page) =>
    threads.filter((count) => page === "isolated" || count === 1).map((count) => ({ isolated: page === "isolated", threads: count })),
  );
  return conditions
    .flatMap((condition) =>
      weights.map((scheme) => {
        const ours = kernels
          // XNNPACK's way is there to compare with, and has q8 only.
          .filter((choice) => choice === "own" || (scheme === "q8" && condition.threads === most))
          .map((choice): Cell => ({ engine: "variorum", weights: scheme, kernels: choice, ...condition }));
        // One thread on an isolated page is what they do on a plain one.
        const theirs =
          scheme === "q8" && (condition.threads > 1 || !condition.isolated) ? peers.map((engine): Cell => ({ engine, weights: scheme, ...condition })) : [];
        return [...ours, ...theirs];
      }),
    )
    .filter((group) => group.length > 0);
}

/** Where a cell's model is on the runner's server. */
export function modelPath({ engine, weights }: Cell): string {
  return engine === "variorum" ? `/models/${weights}/` : peerModels[engine];
}

const peerModels: Record<PeerEngine, string> = {
  wllama: "/models/peers/gpt2-q8_0.gguf",
  transformers: "/models/peers/", // it looks for gpt2/onnx/model_quantized.onnx there
  onnxruntime: "/models/peers/gpt2/onnx/model_quantized.onnx",
};

const names: Record<Cell["engine"], string> = { variorum: "Variorum", wllama: "wllama", transformers: "transformers.js", onnxruntime: "onnxruntime-web" };

export const title = ({ engine, kernels }: Pick<Cell, "engine" | "kernels">) => names[engine] + (kernels === "xnnpack" ? ", XNNPACK" : "");
