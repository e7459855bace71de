// The page's side: a typed client of the worker that owns the engine.
import { abortError, fromMessage, isAbort, VariorumError } from "../api/errors";
import { isRecipe } from "../api/recipe";
import type {
  ContinueOptions,
  GenerateOptions,
  LoadOptions,
  LoadProgress,
  ModelAddress,
  ModelInfo,
  RankedCandidate,
  RankOptions,
  RankProgress,
  Recipe,
  RunEvent,
  RunResult,
  RunStats,
  Score,
  Variant,
} from "../api/types";
import { parseModelAddress, type WireAddress } from "../model/sources/address";
import type { Request, Response } from "./protocol";
import { type ThreadRequest, ThreadWorkers } from "./threads";

type Unnumbered<T> = T extends { id: number } ? Omit<T, "id"> : never;

/** A call that has not been answered. */
interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onEvents?: ((events: RunEvent[]) => void) | undefined;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  onRanking?: ((progress: RankProgress) => void) | undefined;
}

/** One worker and the calls it owes answers to. Ends for good with `end` or with the worker's own failure. */
class Connection {
  #worker: Worker;
  #threads: ThreadWorkers;
  #heard = false;
  #pending = new Map<number, Pending>();
  #nextId = 1;
  #ended = false;

  constructor() {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "variorum" });
    this.#threads = new ThreadWorkers((report) => this.#worker.postMessage(report));
    this.#worker.onmessage = ({ data }: MessageEvent<Response | ThreadRequest>) => {
      this.#heard = true;
      if (data.type === "thread") this.#threads.receive(data);
      else this.#receive(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(
        new VariorumError(
          "network",
          `The engine's worker could not run (${event.message || "its script could not be loaded"}): check the connection, then try again.`,
        ),
      );
    };
  }

  /** Whether the worker has said anything, and so runs. */
  get heard(): boolean {
    return this.#heard;
  }

  get ended(): boolean {
    return this.#ended;
  }

  call(
    request: Unnumbered<Exclude<Request, { type: "cancel" }>>,
    listeners: Omit<Pending, "resolve" | "reject"> = {},
  ): { id: number; result: Promise<unknown> } {
    const id = this.#nextId++;
    const result = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject, ...listeners }));
    this.#worker.postMessage({ ...request, id });
    return { id, result };
  }

  cancel(id: number, variant?: number): void {
    this.#worker.postMessage({ type: "cancel", id, ...(variant === undefined ? {} : { variant }) } satisfies Request);
  }

  /** Stops the worker; every call that waits fails with `error`. */
  end(error: Error): void {
    this.#ended = true;
    this.#worker.terminate();
    this.#threads.end();
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of waiting) pending.reject(error);
  }

  #receive(response: Response): void {
    const pending = this.#pending.get(response.id);
    if (!pending) return;
    if (response.type === "progress") return pending.onProgress?.(response.progress);
    if (response.type === "ranking") return pending.onRanking?.(response.progress);
    if (response.type === "events") return pending.onEvents?.(response.events);
    this.#pending.delete(response.id);
    if (response.type !== "failed") return pending.resolve(response.result);
    const error = fromMessage(response.error);
    pending.reject(error);
    if (response.fatal) this.end(error);
  }
}

type RunRequest = Unnumbered<Extract<Request, { type: "generate" | "continue" | "branch" }>>;
/** Starts a run: once `request` is known, which may take another run's end. */
type StartRun = (request: Promise<RunRequest> | RunRequest, signal: AbortSignal | undefined) => Run;

/** A run under way. Iterate over it for its events, each as it happens; any number of times, from the first event on. */
export class Run implements AsyncIterable<RunEvent> {
  #events: RunEvent[] = [];
  #over = false;
  #wake: (() => void)[] = [];
  #result: Promise<RunResult>;
  #cancel: (variant?: number) => void;
  #start: StartRun;

  /** @internal */
  constructor(call: (onEvents: (events: RunEvent[]) => void) => { result: Promise<RunResult>; cancel: (variant?: number) => void }, start: StartRun) {
    const { result, cancel } = call((events) => {
      this.#events.push(...events);
      this.#notify();
    });
    this.#cancel = cancel;
    this.#start = start;
    this.#result = result.finally(() => {
      this.#over = true;
      this.#notify();
    });
    this.#result.catch(() => {}); // whoever iterates sees it too
  }

  /** All variants, when the last has ended. Rejects with a VariorumError. */
  async result(): Promise<Variant[]> {
    return (await this.#result).variants;
  }

  /** Seed, prompt ids and timing, when the run has ended. */
  async summary(): Promise<{ seed: number; promptIds: number[]; stats: RunStats }> {
    const { seed, promptIds, stats } = await this.#result;
    return { seed, promptIds, stats };
  }

  /** The run as JSON, when it has ended: `generate` repeats it to the bit. */
  get recipe(): Promise<Recipe> {
    return this.#result.then(({ recipe }) => recipe);
  }

  /**
   * Writes more of the variants, when this run has ended; the result, with the tokens of this run, is that of one longer run.
   * Costs only the new tokens while the model still has this run's keys and values: until its next run that comes from none
   * of the same family. Events are those of the new tokens. Errors as `generate`.
   */
  continue({ signal, ...options }: ContinueOptions = {}): Run {
    return this.#start(
      this.#result.then(({ variants, recipe }) => ({ type: "continue", parent: { variants, recipe }, options })),
      signal,
    );
  }

  /**
   * Writes a variant that leaves variant `variant` at `position` of its ids (from 0, prompt included) with `token`, when this
   * run has ended: what a fresh run of that prefix writes with the parent's stream of randomness, and so with its other
   * options, but at the cost of its new tokens only, as `continue`. One variant unless `numReturnSequences` says otherwise;
   * as long as the parent's run, or what is left of the context. Errors as `generate`.
   */
  branch(variant: number, position: number, token: number, { signal, ...options }: GenerateOptions = {}): Run {
    return this.#start(
      this.#result.then(({ variants, recipe }) => ({ type: "branch", parent: { variants, recipe }, point: { variant, position, token }, options })),
      signal,
    );
  }

  /** Ends one variant, or all, within a step of the model; its finishReason is then "cancelled", and what it has stays. */
  cancel(variant?: number): void {
    if (!this.#over) this.#cancel(variant);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent> {
    for (let i = 0; ; ) {
      while (i < this.#events.length) yield this.#events[i++]!;
      if (this.#over) break;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    await this.#result; // throws what the run failed with
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** A model that is ready to write. It owns a worker until `dispose`. */
export class Model {
  #address: WireAddress;
  #options: LoadOptions;
  /** Of the worker that has the model; a new one after a crash. */
  #connection: Promise<Connection>;
  #disposed = false;
  /** What was loaded, where and how fast. */
  readonly info: ModelInfo;

  /** @internal use loadModel */
  constructor(address: WireAddress, options: LoadOptions, connection: Connection, info: ModelInfo) {
    this.#address = address;
    this.#options = options;
    this.#connection = Promise.resolve(connection);
    this.info = info;
  }

  /**
   * Starts writing variants of `prompt`, text or token ids, or repeats the run of a recipe, which has all options already but
   * `signal`. Runs of one model follow each other.
   * Errors (through the run): bad-option, context-full, bad-shard, out-of-memory, disposed.
   */
  generate(prompt: string | readonly number[] | Recipe, { signal, ...options }: GenerateOptions = {}): Run {
    return this.#start({ type: "generate", prompt: isRecipe(prompt) ? prompt : copy(prompt), options }, signal);
  }

  #start: StartRun = (request, signal) =>
    new Run((onEvents) => {
      let cancelNow: ((variant?: number) => void) | null = null;
      const early: (number | undefined)[] = []; // cancels from before the worker had the call
      const cancel = (variant?: number) => (cancelNow ? cancelNow(variant) : early.push(variant));
      const begin = async () => {
        const ready = request instanceof Promise ? await request : request;
        const connection = await this.#connected();
        const call = connection.call(ready, { onEvents });
        cancelNow = (variant) => connection.cancel(call.id, variant);
        early.forEach(cancelNow);
        return call.result as Promise<RunResult>;
      };
      const onAbort = () => cancel();
      if (signal?.aborted) onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      return { result: begin().finally(() => signal?.removeEventListener("abort", onAbort)), cancel };
    }, this.#start);

  /** Log-probability of each token of a text, and its perplexity. bad-option, context-full, disposed, AbortError. */
  async score(text: string | readonly number[], options: { logits?: boolean; signal?: AbortSignal } = {}): Promise<Score> {
    const connection = await this.#connected();
    const call = connection.call({ type: "score", text: copy(text), logits: options.logits ?? false });
    return abortable(call.result as Promise<Score>, options.signal, () => connection.cancel(call.id));
  }

  /**
   * How probable each candidate, text or token ids, is as the continuation of `context`; most probable first. A candidate is
   * encoded by itself and put behind the context's tokens: begin it with the space that stands between them, and end the
   * context without one. bad-option, context-full, disposed, AbortError.
   */
  async rank(
    context: string | readonly number[],
    candidates: readonly (string | readonly number[])[],
    { signal, onProgress, ...options }: RankOptions = {},
  ): Promise<RankedCandidate[]> {
    const connection = await this.#connected();
    const call = connection.call({ type: "rank", context: copy(context), candidates: candidates.map(copy), options }, { onRanking: onProgress });
    return abortable(call.result as Promise<RankedCandidate[]>, signal, () => connection.cancel(call.id));
  }

  /** Frees the worker and its memory. Runs that are under way fail with `disposed`. */
  dispose(): void {
    this.#disposed = true;
    void this.#connection.then(
      (connection) => connection.end(disposedError()),
      () => {},
    );
  }

  /** The connection; a new one, with the model loaded again, if the last one's worker is gone. */
  #connected(): Promise<Connection> {
    const { signal: _, onProgress: __, ...options } = this.#options;
    // Each call follows on the one before it, so that several share one new worker.
    this.#connection = this.#connection
      .catch(() => null)
      .then((connection) => {
        if (this.#disposed) throw disposedError();
        return connection && !connection.ended ? connection : connect(this.#address, options).then((fresh) => fresh.connection);
      });
    return this.#connection;
  }
}

/**
 * Loads a model in a worker of its own, from wherever `address` says. What comes over the network is kept in the browser's
 * storage, verified, and resumed where it broke off. Rejects with a VariorumError (bad-config, bad-shard, bad-option, network,
 * out-of-memory, unsupported) or, if `signal` says so, an AbortError; then nothing stays behind but what has arrived, in storage.
 */
export async function loadModel(address: ModelAddress, options: LoadOptions = {}): Promise<Model> {
  const parsed = parseModelAddress(address, document.baseURI);
  const { connection, info } = await connect(parsed, options);
  void askToPersist();
  return new Model(parsed, options, connection, info);
}

/** A load that has not stopped by itself after so many milliseconds is stopped by force. */
const longestStop = 300;

/** Asks the browser not to clear what is kept when the disk gets full; it may refuse, or ask the visitor. */
async function askToPersist(): Promise<void> {
  try {
    const { storage } = navigator;
    if ((await storage.estimate()).usage && !(await storage.persisted())) await storage.persist();
  } catch {
    // then what is kept may be cleared
  }
}

async function connect(address: WireAddress, { signal, onProgress, ...options }: LoadOptions): Promise<{ connection: Connection; info: ModelInfo }> {
  if (signal?.aborted) throw abortError();
  for (let again = false; ; again = true) {
    const connection = new Connection();
    const call = connection.call({ type: "load", address, options }, { onProgress });
    try {
      const info = await abortable(call.result as Promise<ModelInfo>, signal, () => {
        // The worker gives back what it has open in storage; ending it is the surest way to leave nothing behind.
        connection.cancel(call.id);
        setTimeout(() => connection.end(abortError()), longestStop);
      });
      return { connection, info };
    } catch (error) {
      connection.end(error as Error);
      // A worker that did not even start is started once more.
      if (again || connection.heard || isAbort(error)) throw error;
    }
  }
}

async function abortable<T>(result: Promise<T>, signal: AbortSignal | undefined, onAbort: () => void): Promise<T> {
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const value = await result;
    if (signal?.aborted) throw abortError(); // the answer was on its way already
    return value;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

const copy = (text: string | readonly number[]) => (typeof text === "string" ? text : [...text]);
const disposedError = () => new VariorumError("disposed", "The model was disposed of: load it again.");
