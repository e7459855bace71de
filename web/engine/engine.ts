// A loaded model: the wasm module, the tokenizer, and what is done with them. Runs where it is called, in the worker of a
// page (worker.ts) or in Node (cli/); the same code in both.
import { abortError, VariorumError } from "../api/errors";
import { blame, resolveOptions } from "../api/options";
import { checkKnown, checkRecipe, isRecipe, recipeOptions, recordOptions } from "../api/recipe";
import type {
  ContinueOptions,
  GenerateOptions,
  LoadOptions,
  ModelInfo,
  RankedCandidate,
  RankOptions,
  Recipe,
  RecipeStep,
  RunEvent,
  RunResult,
  Score,
} from "../api/types";
import { type ModelConfig, parameterCount } from "../model/formats/config";
import { chooseScheme, type ModelFiles, readModelFiles } from "../model/load";
import { memoryCeiling, memoryToLoad } from "../model/memory";
import { Keeper } from "../model/store/keeper";
import { alone } from "../model/store/lock";
import type { ModelStore } from "../model/store/store";
import { ProgressMeter } from "../model/transfer/progress";
import { nodeHasher } from "../model/transfer/sha256";
import { SmallFiles } from "../model/transfer/small-files";
import type { ModelSource } from "../model/transfer/source";
import type { TransferOptions } from "../model/transfer/transfer";
import { DamagedStream, IncomingWeights } from "../model/weights";
import { TextCodec } from "../text/codec";
import { writeBeams } from "./beams";
import { check } from "./check";
import { type BranchPoint, branchRun, continueStep, type Parent } from "./lineage";
import { chooseThreads, chooseVariant, startModule } from "./module";
import { beginningOfText, rank } from "./ranking";
import { WasmHasher, WasmSink } from "./sink";
import type { WasmEngine, WasmStats } from "./wasm";
import { type Plan, RunControl, write } from "./writer";
import { yieldToEvents } from "./yield";

export { RunControl };

type OnEvents = (events: RunEvent[]) => void;

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
    meter.setMemory(memoryToLoad(files.config, scheme));

    /** One try; what it has begun is undone if it fails. */
    const attempt = async (fresh: boolean): Promise<Engine> => {
      const weights = await IncomingWeights.begin(source, smallFiles, files, { keeper, meter, fresh, signal, transfer });
      let wasm: WasmEngine | null = null;
      try {
        // Bytes arrive while the module starts, and it starts while this thread makes the tokenizer.
        const starting = startModule({ variant, threads, maximumBytes: memoryCeiling(files.config, scheme) });
        starting.catch(() => {}); // what a damaged tokenizer throws comes first
        const codec = files.tokenizer && new TextCodec(files.tokenizer);
        const module = await starting;
        wasm = new module.Engine({ ...files.config, activation: module.Activation[files.config.activation] }, scheme, kernels, threads);
        check(wasm.status());
        const sha256 = await weights.into(new WasmSink(module, wasm), () => nodeHasher() ?? new WasmHasher(module));
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
    const engine = await alone(keeper, meter, signal, () =>
      attempt(false).catch((error: unknown) => {
        if (!(error instanceof DamagedStream)) throw error;
        meter.restart();
        return attempt(true);
      }),
    ).catch((error: unknown) => {
      throw error instanceof DamagedStream ? error.damage : error;
    });
    await smallFiles.keep();
    return engine;
  }

  /**
   * Writes N variants of a prompt, or repeats the run of a recipe (`options` are then none). `onEvents` gets all events of one
   * step at once; the result comes when all variants have ended. bad-option, context-full, bad-shard (numbers that are not
   * finite), out-of-memory; after any of them the engine is ready for the next run.
   */
  async generate(prompt: string | readonly number[] | Recipe, options: GenerateOptions, control: RunControl, onEvents: OnEvents): Promise<RunResult> {
    if (!isRecipe(prompt)) {
      return this.#run(this.#ids(prompt), options, this.#generation, { reuse: false }, control, onEvents).catch((error: unknown) => {
        throw blame(error, options, this.#generation);
      });
    }
    const given = Object.entries(options).find(([, value]) => value !== undefined);
    if (given)
      throw new VariorumError("bad-option", `${given[0]} is given beside a recipe, which has all options already: leave it out, or generate from a prompt.`);
    return this.#repeat(prompt, control, onEvents);
  }

  /** Writes more of an earlier run's variants: the result, all of their tokens, is that of one longer run. Errors as generate. */
  async continue(parent: Parent, options: ContinueOptions, control: RunControl, onEvents: OnEvents): Promise<RunResult> {
    checkRecipe(parent.recipe, this.info);
    return this.#continue(parent, continueStep(parent, options, this.info.contextLength), control, onEvents);
  }

  /**
   * Writes variants that leave an earlier one at a position with a token of the caller's: as a fresh run of that prefix would,
   * with the parent's stream of randomness, but computing only what is new. Errors as generate.
   */
  async branch(parent: Parent, point: BranchPoint, options: GenerateOptions, control: RunControl, onEvents: OnEvents): Promise<RunResult> {
    checkRecipe(parent.recipe, this.info);
    const run = branchRun(parent, point, options, this.info.contextLength);
    return this.#run(run.promptIds, run.options, {}, { reuse: true }, control, onEvents);
  }

  async #run(
    promptIds: number[],
    given: GenerateOptions,
    defaults: GenerateOptions,
    rest: Pick<Plan, "reuse" | "cancelAfter">,
    control: RunControl,
    onEvents: OnEvents,
  ): Promise<RunResult> {
    const { run: options, stops } = this.#resolve(promptIds, given, defaults);
    const plan: Plan = { promptIds, options, stops, ...rest };
    const { variants, stats, cancelled } =
      options.numBeams > 1
        ? { ...(await writeBeams(this.#wasm, this.#codec, plan, control, onEvents)), cancelled: [] }
        : await write(this.#wasm, this.#codec, plan, control, onEvents);
    const { seed, streams } = options;
    const { sha256, weights } = this.info;
    const recipe: Recipe = {
      version: 1,
      variorum: __VARIORUM_VERSION__,
      model: { sha256, weights },
      promptIds,
      options: recordOptions(options, stops),
      seed,
      streams,
      ...(cancelled.length > 0 ? { cancelled } : {}),
    };
    return { variants, promptIds, seed, stats, recipe };
  }

  async #continue({ variants, recipe }: Parent, { cancelled: before, ...step }: RecipeStep, control: RunControl, onEvents: OnEvents): Promise<RunResult> {
    const { promptIds, seed } = recipe;
    if (step.variants.length === 0) return { variants, promptIds, seed, recipe, stats: { prefillMs: 0, decodeMs: 0, tokens: 0, kvBytes: 0 } };
    const { run, stops } = this.#resolve(promptIds, recipeOptions(recipe), {});
    const options = {
      ...run,
      maxNewTokens: step.maxNewTokens,
      numReturnSequences: step.variants.length,
      streams: step.variants.map((i) => recipe.streams[i]!),
    };
    const plan: Plan = { promptIds, options, stops, from: { variants, going: step.variants }, reuse: true, cancelAfter: new Map(before) };
    const { cancelled, ...written } = await write(this.#wasm, this.#codec, plan, control, onEvents);
    const continued = [...(recipe.continued ?? []), { ...step, ...(cancelled.length > 0 ? { cancelled } : {}) }];
    return { ...written, promptIds, seed, recipe: { ...recipe, continued } };
  }

  /** The run of a recipe and then, one after the other, its continuations: as one run to those who watch. */
  async #repeat(recipe: Recipe, control: RunControl, onEvents: OnEvents): Promise<RunResult> {
    checkRecipe(recipe, this.info);
    const { promptIds, cancelled, continued = [] } = recipe;
    const { run, stops } = this.#resolve(promptIds, recipeOptions(recipe), {});
    checkKnown(recipe, recordOptions(run, stops));
    let later = continued;
    const emit = (events: RunEvent[]) => {
      const goesOn = (variant: number) => later.some((step) => step.variants.includes(variant)) && !control.isCancelled(variant);
      const final = events.filter((event) => event.type !== "end" || !goesOn(event.variant));
      if (final.length > 0) onEvents(final);
    };
    let result = await this.#run(promptIds, recipeOptions(recipe), {}, { reuse: false, cancelAfter: new Map(cancelled) }, control, emit);
    for (const [i, step] of continued.entries()) {
      later = continued.slice(i + 1);
      const { stats } = result;
      result = await this.#continue(result, { ...step, variants: step.variants.filter((variant) => !control.isCancelled(variant)) }, control, emit);
      result.stats = {
        prefillMs: stats.prefillMs,
        decodeMs: stats.decodeMs + result.stats.prefillMs + result.stats.decodeMs,
        tokens: stats.tokens + result.stats.tokens,
        kvBytes: Math.max(stats.kvBytes, result.stats.kvBytes),
      };
    }
    return result;
  }

  #resolve(promptIds: readonly number[], given: GenerateOptions, defaults: GenerateOptions) {
    const resolved = resolveOptions(given, defaults, {
      contextLength: this.#config.nPositions,
      promptLength: promptIds.length,
      vocabSize: this.#config.vocabSize,
      eosTokenIds: this.#config.eosTokenIds,
    });
    const { run, stops, badWords } = resolved;
    if (stops.length > 0 && !this.#codec) throw noTokenizer("stop strings");
    for (const word of badWords) run.badWordsIds = [...run.badWordsIds, this.encode(word), this.encode(` ${word}`)];
    return { run, stops };
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

  /** Candidates by how probable each is after the context, best first. bad-option, context-full, AbortError. */
  async rank(context: string | readonly number[], candidates: readonly (string | readonly number[])[], options: RankOptions = {}): Promise<RankedCandidate[]> {
    const { normalize = "none", priorContext, signal, onProgress } = options;
    const contexts = [this.#ids(context)];
    if (normalize === "prior") contexts.push(priorContext === undefined ? beginningOfText(this.#config) : this.#ids(priorContext));
    return rank(this.#wasm, contexts, this.#candidateIds(candidates), normalize, signal, onProgress);
  }

  #candidateIds(candidates: readonly (string | readonly number[])[]): number[][] {
    if (!Array.isArray(candidates) || candidates.length === 0)
      throw new VariorumError("bad-option", "There is nothing to rank: give a list of at least one candidate.");
    return candidates.map((candidate) => this.#ids(candidate));
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
}

function noTokenizer(what: string): VariorumError {
  return new VariorumError("bad-option", `This model has no tokenizer.json, so ${what} cannot be used: pass token ids.`);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
