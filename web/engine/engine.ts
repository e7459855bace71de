// A loaded model: the wasm module, the tokenizer, and what is done with them. Runs where it is called, in the worker of a
// page (worker.ts) or in Node (cli/); the same code in both.
import { abortError, VariorumError } from "../errors";
import { parameterCount, type ModelConfig } from "../model/config";
import { chooseScheme, readModelFiles, type ModelFiles } from "../model/load";
import { memoryCeiling } from "../model/memory";
import { ProgressMeter } from "../model/progress";
import type { TensorSink } from "../model/safetensors";
import { SmallFiles } from "../model/small-files";
import type { ModelSource } from "../model/source";
import { Keeper } from "../model/store/keeper";
import { alone } from "../model/store/lock";
import type { ModelStore } from "../model/store/store";
import { canonicalName } from "../model/tensors";
import type { TransferOptions } from "../model/transfer";
import { DamagedStream, IncomingWeights } from "../model/weights";
import { resolveOptions } from "../options";
import { TextCodec } from "../text/codec";
import { StopMatcher } from "../text/stop";
import { TextStream } from "../text/stream";
import type { FinishReason, GenerateOptions, LoadOptions, ModelInfo, RunEvent, RunResult, Score, Variant } from "../types";
import { writeBeams } from "./beams";
import { check } from "./check";
import { chooseThreads, chooseVariant, startModule } from "./module";
import type { WasmEngine, WasmModule, WasmStats, WasmTokenEvent } from "./wasm";
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

/** What one variant has so far. */
class VariantState {
  readonly ids: number[];
  readonly logprobs: number[] = [];
  finishReason: FinishReason | null = null;

  constructor(
    prompt: readonly number[],
    readonly text: TextStream | null,
    readonly stop: StopMatcher,
  ) {
    this.ids = [...prompt];
  }

  finish(promptLength: number, codec: TextCodec | null): Variant {
    const { ids, logprobs } = this;
    return {
      ids,
      text: codec && codec.decode(ids.slice(promptLength)),
      logprobs,
      finishReason: this.finishReason!,
      score: logprobs.length > 0 ? mean(logprobs) : null,
    };
  }
}

/** What a load may use, by who calls it. */
export interface Surroundings {
  /** Where downloads are kept; null keeps nothing. */
  store?: ModelStore | null;
  transfer?: TransferOptions;
}

export class Engine {
  #wasm: WasmEngine;
  #memory: WebAssembly.Memory;
  #codec: TextCodec | null;
  #config: ModelConfig;
  #generation: GenerateOptions;
  readonly info: ModelInfo;

  private constructor(wasm: WasmEngine, memory: WebAssembly.Memory, files: ModelFiles, codec: TextCodec | null, info: ModelInfo) {
    this.#wasm = wasm;
    this.#memory = memory;
    this.#codec = codec;
    this.#config = files.config;
    this.#generation = files.generation;
    this.info = info;
  }

  /**
   * Loads a model; what comes over the network is kept in `store`. All errors of `VariorumError`; AbortError. Nothing of a
   * model that is not whole and verified is ever computed with.
   */
  static async load(source: ModelSource, options: LoadOptions = {}, { store = null, transfer }: Surroundings = {}): Promise<Engine> {
    const begin = performance.now();
    const { signal } = options;
    if (signal?.aborted) throw abortError();
    if (options.backend !== undefined && options.backend !== "auto" && options.backend !== "cpu") {
      throw new VariorumError("bad-option", `backend is ${JSON.stringify(options.backend)}; this version has "auto" and "cpu".`);
    }
    const variant = chooseVariant(options.module);
    const threads = chooseThreads(options.threads);
    const kernels = options.kernels ?? "own";
    if (kernels !== "own" && kernels !== "xnnpack") {
      throw new VariorumError("bad-option", `kernels is ${JSON.stringify(kernels)}; it must be "own" or "xnnpack".`);
    }
    const meter = new ProgressMeter((progress) => options.onProgress?.(progress));
    const keeper = new Keeper(source.remote ? store : null, source, (notice) => meter.lasting(notice));
    const smallFiles = new SmallFiles(source, keeper, transfer?.policy);
    const files = await readModelFiles(smallFiles, signal);
    const scheme = chooseScheme(files.manifest, options.weights);

    /** One try; what it has begun is undone if it fails. */
    const attempt = async (fresh: boolean): Promise<Engine> => {
      const weights = await IncomingWeights.begin(source, smallFiles, files, { keeper, meter, fresh, signal, transfer });
      let wasm: WasmEngine | null = null;
      try {
        // Bytes arrive meanwhile.
        const codec = files.tokenizer && new TextCodec(files.tokenizer);
        const module = await startModule({ variant, threads, maximumBytes: memoryCeiling(files.config, scheme) });
        wasm = new module.Engine({ ...files.config, activation: module.Activation[files.config.activation] }, scheme, kernels, threads);
        check(wasm.status());
        const sha256 = await weights.into(new WasmSink(module, wasm));
        check(wasm.finish());
        return new Engine(wasm, module.wasmMemory, files, codec, {
          name: source.name,
          weights: scheme,
          parameters: parameterCount(files.config),
          bytes: meter.loaded,
          sha256,
          vocabSize: files.config.vocabSize,
          contextLength: files.config.nPositions,
          threads: wasm.threads(),
          module: variant,
          hasTokenizer: codec !== null,
          loadMs: performance.now() - begin,
        });
      } catch (error) {
        weights.stop();
        wasm?.delete();
        throw error;
      }
    };
    const engine = await alone(keeper, meter, signal, () => attempt(false).catch((error: unknown) => {
      if (!(error instanceof DamagedStream)) throw error;
      meter.restart();
      return attempt(true);
    })).catch((error: unknown) => {
      throw error instanceof DamagedStream ? error.damage : error;
    });
    await smallFiles.keep();
    return engine;
  }

  /**
   * Writes N variants. `onEvents` gets all events of one step at once; the result comes when all variants have ended.
   * bad-option, context-full, bad-shard (numbers that are not finite), out-of-memory; after any of them the engine is ready
   * for the next run.
   */
  async generate(prompt: string | readonly number[], options: GenerateOptions, control: RunControl, onEvents: (events: RunEvent[]) => void): Promise<RunResult> {
    const begin = performance.now();
    const promptIds = this.#ids(prompt);
    const { wasm: wasmOptions, stops, badWords } = resolveOptions(options, this.#generation, {
      contextLength: this.#config.nPositions,
      promptLength: promptIds.length,
      eosTokenIds: this.#config.eosTokenIds,
    });
    if (stops.length > 0 && !this.#codec) throw noTokenizer("stop strings");
    for (const word of badWords) wasmOptions.badWordsIds = [...wasmOptions.badWordsIds, this.encode(word), this.encode(` ${word}`)];
    if (wasmOptions.numBeams > 1) {
      const written = await writeBeams(this.#wasm, this.#codec, { promptIds, options: wasmOptions, stops }, control, onEvents);
      return { ...written, promptIds, seed: wasmOptions.seed };
    }
    check(this.#wasm.start(promptIds, wasmOptions));

    const promptText = stops.length > 0 ? this.#codec!.decode(promptIds) : "";
    const variants = Array.from({ length: wasmOptions.numReturnSequences }, () =>
      new VariantState(promptIds, this.#codec && new TextStream(this.#codec), new StopMatcher(stops, promptText)));
    let firstToken = 0;
    for (let done = false; !done; ) {
      const events: RunEvent[] = [];
      done = this.#endCancelled(variants, control, events);
      if (!done) {
        const step = this.#wasm.step();
        check(step);
        done = step.done;
        for (const token of step.events) {
          const variant = variants[token.variant]!;
          const finish = this.#take(variant, token, events);
          if (finish === "stop") done = this.#wasm.end(token.variant);
          firstToken ||= performance.now();
        }
      }
      if (events.length > 0) onEvents(events);
      await yieldToEvents();
    }
    const end = performance.now();
    return {
      variants: variants.map((variant) => variant.finish(promptIds.length, this.#codec)),
      promptIds,
      seed: wasmOptions.seed,
      stats: {
        prefillMs: (firstToken || end) - begin,
        decodeMs: firstToken ? end - firstToken : 0,
        tokens: variants.reduce((sum, variant) => sum + variant.logprobs.length, 0),
        kvBytes: this.#wasm.stats().kvBytesPeak,
      },
    };
  }

  /** Log-probabilities of a text's tokens. bad-option, context-full. */
  async score(text: string | readonly number[], options: { logits?: boolean; signal?: AbortSignal } = {}): Promise<Score> {
    const ids = this.#ids(text);
    const logprobs: number[] = [];
    const logits: Float32Array[] = [];
    check(this.#wasm.startScore(ids));
    for (let done = false; !done; ) {
      if (options.signal?.aborted) {
        this.#wasm.endScore();
        throw abortError();
      }
      const step = this.#wasm.stepScore(options.logits ?? false);
      check(step);
      logprobs.push(...step.logprobs);
      for (let at = 0; step.logits && at < step.logits.length; at += this.info.vocabSize) {
        logits.push(step.logits.subarray(at, at + this.info.vocabSize));
      }
      done = step.done;
      await yieldToEvents();
    }
    return { ids, logprobs, perplexity: logprobs.length > 0 ? Math.exp(-mean(logprobs)) : null, ...(options.logits ? { logits } : {}) };
  }

  /** Token ids of a text. bad-option if the model has no tokenizer. */
  encode(text: string): number[] {
    if (!this.#codec) throw noTokenizer("text");
    return this.#codec.encode(text);
  }

  /** Counters since the model was loaded. `memoryBytes`: what WebAssembly's memory has grown to. */
  stats(): WasmStats & { memoryBytes: number } {
    return { ...this.#wasm.stats(), memoryBytes: this.#memory.buffer.byteLength };
  }

  #ids(prompt: string | readonly number[]): number[] {
    if (typeof prompt === "string") return this.encode(prompt);
    if (!Array.isArray(prompt) || !prompt.every((id) => Number.isInteger(id) && Math.abs(id) < 2 ** 31)) {
      throw new VariorumError("bad-option", "A prompt must be a string or a list of token ids (whole numbers).");
    }
    return [...prompt];
  }

  /** Adds one token to its variant, and its events; whether and why the variant ends with it. */
  #take(variant: VariantState, { variant: index, token, logprob, finish, alternatives }: WasmTokenEvent, events: RunEvent[]): FinishReason | null {
    variant.ids.push(token);
    variant.logprobs.push(logprob);
    let text = variant.text?.push(token) ?? "";
    const reason = finish || (variant.stop.push(text) ? "stop" : null);
    if (reason) text += variant.text?.flush() ?? "";
    events.push({ type: "token", variant: index, token, text, logprob, ...(alternatives ? { alternatives } : {}) });
    if (reason) {
      variant.finishReason = reason;
      events.push({ type: "end", variant: index, finishReason: reason });
    }
    return reason;
  }

  /** Ends the variants that the caller cancelled; whether the run is over. */
  #endCancelled(variants: VariantState[], control: RunControl, events: RunEvent[]): boolean {
    let done = false;
    variants.forEach((variant, index) => {
      if (variant.finishReason !== null || !control.isCancelled(index)) return;
      variant.finishReason = "cancelled";
      events.push({ type: "end", variant: index, finishReason: "cancelled" });
      done = this.#wasm.end(index);
    });
    return done;
  }
}

/** Writes tensors' bytes to where the engine wants them. */
class WasmSink implements TensorSink {
  #module: WasmModule;
  #wasm: WasmEngine;

  constructor(module: WasmModule, wasm: WasmEngine) {
    this.#module = module;
    this.#wasm = wasm;
  }

  stage({ name, dtype, shape }: { name: string; dtype: string; shape: number[] }): Uint8Array | null {
    const place = this.#wasm.stage(canonicalName(name), dtype, shape);
    check(place);
    return this.#view(place);
  }

  commit(): Uint8Array | null {
    const next = this.#wasm.commit();
    check(next);
    return this.#view(next);
  }

  /** A new view each time: the memory may have grown. */
  #view({ address, bytes }: { address: number; bytes: number }): Uint8Array | null {
    return address === 0 ? null : new Uint8Array(this.#module.wasmMemory.buffer, address, bytes);
  }
}

function noTokenizer(what: string): VariorumError {
  return new VariorumError("bad-option", `This model has no tokenizer.json, so ${what} cannot be used: pass token ids.`);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
