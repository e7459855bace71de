// Candidates by how probable they are after a context.
import { abortError, VariorumError } from "../api/errors";
import type { RankedCandidate, RankOptions, RankProgress } from "../api/types";
import type { ModelConfig } from "../model/formats/config";
import { check } from "./check";
import type { WasmEngine } from "./wasm";
import { yieldToEvents } from "./yield";

/** The context after which a candidate's own prior is measured: the token that stands between the texts a model learned from. */
export function beginningOfText({ bosTokenId, eosTokenIds }: ModelConfig): number[] {
  const id = bosTokenId ?? eosTokenIds[0];
  if (id === undefined)
    throw new VariorumError("bad-option", "The model's config.json names neither bos_token_id nor eos_token_id to measure priors after: give a priorContext.");
  return [id];
}

/** `contexts`: the context and, for the prior, what stands in its place. */
export async function rank(
  wasm: WasmEngine,
  contexts: readonly number[][],
  candidates: number[][],
  normalize: RankOptions["normalize"],
  signal?: AbortSignal,
  onProgress: (progress: RankProgress) => void = () => {},
): Promise<RankedCandidate[]> {
  if (normalize !== "none" && normalize !== "length" && normalize !== "prior") {
    throw new VariorumError("bad-option", `normalize is ${JSON.stringify(normalize)}; it must be "none", "length" or "prior".`);
  }
  const passes: number[][][] = [];
  for (const [i, context] of contexts.entries()) {
    const report = (finished: number) => onProgress({ done: i * candidates.length + finished, total: contexts.length * candidates.length });
    passes.push(await logprobsAfter(wasm, context, candidates, signal, report));
  }
  const [conditional, unconditional] = passes as [number[][], number[][]?];
  return candidates
    .map((ids, index): RankedCandidate => {
      const logprobs = conditional[index]!;
      const logLikelihood = sum(logprobs);
      if (!unconditional) return { index, ids, logprobs, logLikelihood, score: normalize === "length" ? logLikelihood / ids.length : logLikelihood };
      const prior = sum(unconditional[index]!);
      return { index, ids, logprobs, logLikelihood, prior, score: logLikelihood - prior };
    })
    .sort((a, b) => b.score - a.score || a.index - b.index);
}

async function logprobsAfter(
  wasm: WasmEngine,
  context: number[],
  candidates: number[][],
  signal: AbortSignal | undefined,
  report: (finished: number) => void,
): Promise<number[][]> {
  check(wasm.startRank(context, candidates));
  try {
    for (let done = false; !done; ) {
      if (signal?.aborted) throw abortError();
      const step = wasm.stepRank();
      check(step);
      done = step.done;
      report(step.finished);
      await yieldToEvents();
    }
    return candidates.map((_, i) => wasm.rankLogprobs(i));
  } finally {
    wasm.endRank();
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
