// One run of the wasm generator, from its start to its result: tokens become text, stop strings and cancels end variants.

import type { RunOptions } from "../api/options";
import type { FinishReason, RunEvent, RunStats, Variant } from "../api/types";
import type { TextCodec } from "../text/codec";
import { VariantText } from "../text/variant-text";
import { check } from "./check";
import type { WasmEngine, WasmTokenEvent } from "./wasm";
import { yieldToEvents } from "./yield";

/** How a caller reaches into a run that is under way. */
export class RunControl {
  #cancelled = new Set<number>();
  #all = false;

  /** One variant, or all. Takes effect after the step that is being computed. */
  cancel(variant?: number): void {
    if (variant === undefined) this.#all = true;
    else this.#cancelled.add(variant);
  }

  isCancelled(variant: number): boolean {
    return this.#all || this.#cancelled.has(variant);
  }
}

/** What is to be written. */
export interface Plan {
  promptIds: number[];
  /** `streams` names the variants that are written: all, or those of `from` that go on. */
  options: RunOptions;
  stops: string[];
  /** Where an earlier run left its variants, and which of them go on. */
  from?: { variants: readonly Variant[]; going: readonly number[] };
  /** Whether keys and values of earlier runs may be used. */
  reuse: boolean;
  /** Tokens after which a variant of the run is cancelled, as it was in the run that this one repeats. */
  cancelAfter?: ReadonlyMap<number, number>;
}

export interface Written {
  variants: Variant[];
  stats: RunStats;
  /** For each variant that was cancelled, how many tokens it had of this run. */
  cancelled: [variant: number, tokens: number][];
}

/** What one variant has so far. */
class VariantState {
  readonly ids: number[];
  readonly logprobs: number[];
  readonly #text: VariantText | null;
  finishReason: FinishReason | null = null;
  dropped: number;
  /** Of this run. */
  tokens = 0;

  constructor({ promptIds, stops }: Plan, codec: TextCodec | null, before: Variant | null) {
    this.#text = codec && new VariantText(codec, promptIds, stops);
    this.ids = before ? [...before.ids] : [...promptIds];
    this.logprobs = before ? [...before.logprobs] : [];
    this.dropped = before?.dropped ?? 0;
    // As if it had been written in one run.
    for (const token of this.ids.slice(promptIds.length)) this.#text?.push(token);
  }

  /** Adds one token, and its events as those of variant `index`; whether and why the variant ends with it. */
  take(index: number, { token, logprob, finish, window, alternatives }: WasmTokenEvent, events: RunEvent[]): FinishReason | null {
    if (finish === "banned") {
      this.end(index, finish, events);
      return finish;
    }
    this.ids.push(token);
    this.logprobs.push(logprob);
    this.tokens++;
    this.dropped = window;
    let text = this.#text?.push(token) ?? "";
    const reason = finish || (this.#text?.stopped ? "stop" : null);
    if (reason) text += this.#text?.flush() ?? "";
    events.push({ type: "token", variant: index, token, text, logprob, ...(alternatives ? { alternatives } : {}) });
    if (reason) this.end(index, reason, events);
    return reason;
  }

  end(index: number, reason: FinishReason, events: RunEvent[]): void {
    this.finishReason = reason;
    events.push({ type: "end", variant: index, finishReason: reason });
  }

  finish(): Variant {
    const { ids, logprobs, dropped } = this;
    return {
      ids,
      text: this.#text?.text ?? null,
      logprobs,
      finishReason: this.finishReason!,
      score: logprobs.length > 0 ? mean(logprobs) : null,
      ...(dropped > 0 ? { dropped } : {}),
    };
  }
}

/** Writes what `plan` says. `onEvents` gets all events of one step at once. Errors of the generator's start and steps. */
export async function write(
  wasm: WasmEngine,
  codec: TextCodec | null,
  plan: Plan,
  control: RunControl,
  onEvents: (events: RunEvent[]) => void,
): Promise<Written> {
  const begin = performance.now();
  const { promptIds, options, from } = plan;
  const going = from?.going ?? Array.from({ length: options.numReturnSequences }, (_, i) => i);
  const before = going.map((index) => from?.variants[index] ?? null);
  check(
    wasm.start(
      promptIds,
      options,
      before.map((variant) => variant?.ids.slice(promptIds.length) ?? []),
      plan.reuse,
    ),
  );

  const states = before.map((variant) => new VariantState(plan, codec, variant));
  let firstToken = 0;
  for (let done = false; !done; ) {
    const events: RunEvent[] = [];
    states.forEach((state, i) => {
      const index = going[i]!;
      if (state.finishReason !== null || !(control.isCancelled(index) || plan.cancelAfter?.get(index) === state.tokens)) return;
      state.end(index, "cancelled", events);
      done = wasm.end(i);
    });
    if (!done) {
      const step = wasm.step();
      check(step);
      done = step.done;
      for (const token of step.events) {
        if (states[token.variant]!.take(going[token.variant]!, token, events) === "stop") done = wasm.end(token.variant);
        firstToken ||= performance.now();
      }
    }
    if (events.length > 0) onEvents(events);
    await yieldToEvents();
  }
  const end = performance.now();
  const variants = from ? [...from.variants] : [];
  states.forEach((state, i) => (variants[going[i]!] = state.finish()));
  return {
    variants,
    cancelled: states.flatMap((state, i) => (state.finishReason === "cancelled" ? [[going[i]!, state.tokens] as [number, number]] : [])),
    stats: {
      prefillMs: (firstToken || end) - begin,
      decodeMs: firstToken ? end - firstToken : 0,
      tokens: states.reduce((sum, state) => sum + state.tokens, 0),
      kvBytes: wasm.stats().kvBytesPeak,
    },
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
