// One run of beam search, from its start to its result: the best texts so far are shown, and revised while better ones are found.

import type { RunEvent, RunStats, Variant } from "../api/types";
import type { TextCodec } from "../text/codec";
import { withoutHalfCharacter } from "../text/stream";
import { continuationText, endsInStop } from "../text/variant-text";
import { check } from "./check";
import type { WasmBeam, WasmEngine } from "./wasm";
import type { Plan, RunControl } from "./writer";
import { yieldToEvents } from "./yield";

/**
 * Writes what `plan` says. `onEvents` gets all events of one step at once. A variant is a rank: the first is the best text so
 * far. A cancelled one keeps the text that it has. Errors of the search's start and steps.
 */
export async function writeBeams(
  wasm: WasmEngine,
  codec: TextCodec | null,
  plan: Pick<Plan, "promptIds" | "options" | "stops">,
  control: RunControl,
  onEvents: (events: RunEvent[]) => void,
): Promise<{ variants: Variant[]; stats: RunStats }> {
  const begin = performance.now();
  const { promptIds, options, stops } = plan;
  check(wasm.startBeams(promptIds, options));
  // What is left of a rank for which there is no text.
  const nothing: WasmBeam = { ids: promptIds, logprobs: [], score: 0, finish: "banned" };
  const shown = Array.from({ length: options.numReturnSequences }, () => nothing);
  const cancelled = new Set<number>();
  const textOf = ({ ids }: WasmBeam) => codec && continuationText(codec, promptIds, ids);
  const stopped = (proposals: number[][]) => proposals.flatMap((ids, index) => (endsInStop(codec!, promptIds, ids, stops) ? [index] : []));
  let firstToken = 0;
  for (let done = false; !done; ) {
    const events: RunEvent[] = [];
    shown.forEach((_, variant) => {
      if (cancelled.has(variant) || !control.isCancelled(variant)) return;
      cancelled.add(variant);
      events.push({ type: "end", variant, finishReason: "cancelled" });
    });
    if (cancelled.size === shown.length) {
      wasm.endBeams();
      done = true;
    } else {
      const step = wasm.stepBeams(stops.length > 0);
      check(step);
      done = step.proposals ? wasm.selectBeams(stopped(step.proposals)) : step.done;
      wasm.bestBeams().forEach((beam, variant) => {
        if (cancelled.has(variant)) return;
        const before = shown[variant]!;
        shown[variant] = beam;
        if (sameIds(before.ids, beam.ids)) return;
        firstToken ||= performance.now();
        const text = textOf(beam) ?? "";
        events.push({ type: "revise", variant, ids: beam.ids, text: beam.finish === "" ? withoutHalfCharacter(text) : text });
      });
    }
    if (done) {
      shown.forEach(({ finish }, variant) => {
        if (!cancelled.has(variant)) events.push({ type: "end", variant, finishReason: finish || "length" });
      });
    }
    if (events.length > 0) onEvents(events);
    await yieldToEvents();
  }
  const end = performance.now();
  const variants = shown.map(
    (beam, variant): Variant => ({
      ids: beam.ids,
      text: textOf(beam),
      logprobs: beam.logprobs,
      finishReason: cancelled.has(variant) ? "cancelled" : beam.finish || "length",
      score: beam.logprobs.length > 0 ? beam.score : null,
    }),
  );
  return {
    variants,
    stats: {
      prefillMs: (firstToken || end) - begin,
      decodeMs: firstToken ? end - firstToken : 0,
      tokens: variants.reduce((sum, variant) => sum + variant.logprobs.length, 0),
      kvBytes: wasm.stats().kvBytesPeak,
    },
  };
}

const sameIds = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((id, i) => id === b[i]);
