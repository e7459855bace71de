// Measures one group of engines (conditions.ts), taking turns.
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { type Engine, MeasuredPage } from "./browser";
import { type Cell, modelPath, title } from "./conditions";
import { type Figure, figure, type Result } from "./figures";
import type { Part } from "./options";
import { cpuTimes, otherCores } from "./processes";
import type { BenchServer } from "./server";
import type { Decoded, Loaded, LoadRequest, Prompt } from "./subject";

export interface Plan {
  runs: number;
  only: Part[];
  prompts: { short: Prompt; long: Prompt };
  banned: number[];
  blankBytes: number;
  say(line: string): void;
}

export const decodeTokens = 64;
export const decodeSequences = [1, 2, 4, 5, 8];
export const variantCount = 5;
export const variantTokens = 50;

export interface Sample<T> {
  value: T;
  otherCores: number;
}

const figureOf = <T>(samples: Sample<T>[], of: (value: T) => number): Figure =>
  figure(
    samples.map(({ value }) => of(value)),
    samples.map((sample) => sample.otherCores),
  );

const perSecond = ({ ms, tokens }: { ms: number; tokens: number }) => (1000 * tokens) / ms;

export interface Job<T> {
  /** The measured browser's process; null before it has started. */
  browser(): number | null;
  work(): Promise<T>;
  /** After the work and out of its figures. */
  after?(): Promise<void>;
  /** It takes no further turn. */
  failed(error: unknown): void;
}

async function observed<T>({ browser, work, after }: Omit<Job<T>, "failed">): Promise<Sample<T>> {
  try {
    const before = cpuTimes(browser());
    const value = await work();
    return { value, otherCores: otherCores(before, cpuTimes(browser())) };
  } finally {
    await after?.();
  }
}

/** Runs every job once to warm up, then in turn as often as asked. Null for a job that failed; the others go on. */
export async function alternate<T>(jobs: Job<T>[], runs: number): Promise<(Sample<T>[] | null)[]> {
  const samples: (Sample<T>[] | null)[] = jobs.map(() => []);
  for (let round = 0; round <= runs; round++) {
    for (const [i, job] of jobs.entries()) {
      const own = samples[i];
      if (!own) continue;
      try {
        const sample = await observed(job);
        if (round > 0) own.push(sample);
      } catch (error) {
        samples[i] = null;
        job.failed(error);
      }
    }
  }
  return samples;
}

function request(cell: Cell, { banned }: Plan): LoadRequest {
  const { engine, threads, weights, kernels } = cell;
  return { model: modelPath(cell), threads, ...(engine === "variorum" ? { weights, kernels } : {}), ...(engine === "wllama" ? { banned } : {}) };
}

export async function measureGroup(cells: Cell[], server: BenchServer, plan: Plan): Promise<Result[]> {
  const results: Result[] = cells.map((cell) => ({ ...cell }));
  const asks = (...parts: Part[]) => parts.some((part) => plan.only.includes(part));
  if (asks("load", "memory")) await measureLoads(results, server, plan);
  if (asks("prefill", "decode", "variants")) await measureRuns(results, server, plan);
  return results;
}

/** Notes why figures of `result` will be missing. */
function lose(result: Result, { say }: Plan, part: string, error: unknown): void {
  const reason = `${part}: ${error instanceof Error ? error.message : String(error)}`;
  (result.failures ??= []).push(reason);
  say(`${title(result)} cannot be measured: ${reason}`);
}

/** Each load in a browser of its own, with an empty profile. */
async function measureLoads(results: Result[], server: BenchServer, plan: Plan): Promise<void> {
  const withMemory = plan.only.includes("memory");
  const samples = await alternate(
    results.map((result) => {
      let page: MeasuredPage | null = null;
      return {
        browser: () => page?.pid ?? null,
        async work() {
          page = await MeasuredPage.open(server, result.engine);
          const loaded = await page.call<Loaded>("load", request(result, plan));
          noteLoaded(result, loaded);
          const fetched = new Map(page.fetched);
          const run = withMemory ? await page.call<{ kvBytes?: number | null }>("variants", plan.prompts.short, variantCount, variantTokens) : null;
          if (run?.kvBytes) result.bytes!.kv = run.kvBytes;
          return { ms: loaded.ms, fetched, memory: page.peakBytes() - plan.blankBytes };
        },
        async after() {
          await page?.close();
          page = null;
        },
        failed: (error) => lose(result, plan, "load", error),
      };
    }),
    plan.runs,
  );
  for (const [i, result] of results.entries()) {
    const own = samples[i];
    if (!own) continue;
    if (plan.only.includes("load")) {
      result.load = figureOf(own, ({ ms }) => ms);
      result.fetched = await fetchedBytes(server, result, own.at(-1)!.value.fetched);
    }
    if (withMemory) result.memory = figureOf(own, ({ memory }) => memory);
  }
  plan.say(`load and memory of ${results.length} engines`);
}

function noteLoaded(result: Result, { weightBytes, positionBytes }: Loaded): void {
  if (weightBytes !== null) result.bytes ??= { weights: weightBytes, readPerStep: weightBytes - positionBytes, kv: 0 };
}

const brotli = promisify(brotliCompress);

/** What a page of its own would have fetched: the engine's files without this measurement's. */
async function fetchedBytes(server: BenchServer, { engine }: Result, fetched: Map<string, number>): Promise<NonNullable<Result["fetched"]>> {
  const bytes = { model: 0, runtime: 0, runtimeBrotli: 0 };
  for (const [path, count] of fetched) {
    if (path.startsWith("/models/")) bytes.model += count;
    else if (/\.(m?js|wasm)$/.test(path) && (engine === "variorum" ? !path.startsWith("/assets/index-") : path.startsWith("/peers/"))) {
      const content = await server.content(path);
      bytes.runtime += content.length;
      // The best quality takes a minute for the largest of them and gains 2 %.
      const quality = content.length > 4e6 ? 9 : constants.BROTLI_MAX_QUALITY;
      bytes.runtimeBrotli += (await brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })).length;
    }
  }
  return bytes;
}

/** Every engine's page stays open; the others idle while one is measured. */
async function measureRuns(results: Result[], server: BenchServer, plan: Plan): Promise<void> {
  /** Of the engines that have not failed. */
  const pages = new Map<Result, MeasuredPage>();
  const opened: MeasuredPage[] = [];
  const { short, long } = plan.prompts;
  const asked = (part: Part) => plan.only.includes(part);

  async function open(engine: Engine): Promise<MeasuredPage> {
    const page = await MeasuredPage.open(server, engine);
    opened.push(page);
    return page;
  }
  function give(result: Result, part: string, error: unknown): void {
    lose(result, plan, part, error);
    pages.delete(result);
  }
  const working = () => results.filter((result) => pages.has(result));
  const ours = () => working().filter(({ engine }) => engine === "variorum");

  function job<T>(result: Result, call: string, args: unknown[]): Job<T> {
    const page = pages.get(result)!;
    return { browser: () => page.pid, work: () => page.call<T>(call, ...args), failed: (error) => give(result, call, error) };
  }
  async function each<T>(who: Result[], call: string, args: unknown[], note: (result: Result, samples: Sample<T>[]) => void): Promise<void> {
    const samples = await alternate(
      who.map((result) => job<T>(result, call, args)),
      plan.runs,
    );
    who.forEach((result, i) => samples[i] && note(result, samples[i]));
  }

  try {
    for (const result of results) {
      try {
        const page = await open(result.engine);
        pages.set(result, page);
        noteLoaded(result, await page.call<Loaded>("load", request(result, plan)));
      } catch (error) {
        give(result, "load", error);
      }
    }
    if (asked("prefill")) {
      await each<{ ms: number }>(working(), "prefill", [long], (result, samples) => (result.prefill = figureOf(samples, ({ ms }) => ms)));
      plan.say("prefill");
    }
    if (asked("decode")) {
      const note = (result: Result, sequences: number, samples: Sample<Decoded>[]) => {
        (result.decode ??= {})[sequences] = { steady: figureOf(samples, (decoded) => decoded.steadyTokensPerSecond), whole: figureOf(samples, perSecond) };
      };
      // The memory's speed changes from minute to minute on a machine that is shared, so reading it takes its turn too.
      const memory = await open("bandwidth");
      const [readers, decoders] = [ours(), working()];
      const reading = readers.map(
        (result): Job<number> => ({
          browser: () => memory.pid,
          work: () => memory.call("read", result.bytes!.readPerStep, result.threads),
          failed: (error) => lose(result, plan, "bandwidth", error),
        }),
      );
      const samples = await alternate<number | Decoded>(
        [...reading, ...decoders.map((result) => job<Decoded>(result, "decode", [short, 1, decodeTokens]))],
        plan.runs,
      );
      readers.forEach((result, i) => samples[i] && (result.bandwidth = figureOf(samples[i] as Sample<number>[], (rate) => rate)));
      decoders.forEach((result, i) => {
        const own = samples[readers.length + i];
        if (own) note(result, 1, own as Sample<Decoded>[]);
      });
      for (const sequences of decodeSequences.filter((count) => count > 1)) {
        await each<Decoded>(ours(), "decode", [short, sequences, decodeTokens], (result, own) => note(result, sequences, own));
      }
      plan.say(`decode of ${decodeSequences.join(", ")} sequences`);
    }
    if (asked("variants")) {
      await each<{ ms: number; tokens: number; kvBytes?: number | null }>(working(), "variants", [short, variantCount, variantTokens], (result, samples) => {
        result.variants = figureOf(samples, perSecond);
        const kv = samples.at(-1)!.value.kvBytes;
        if (kv) result.bytes!.kv = kv;
      });
      await each<{ ms: number; tokens: number }>(
        ours(),
        "sequential",
        [short, variantCount, variantTokens],
        (result, samples) => (result.sequential = figureOf(samples, perSecond)),
      );
      plan.say("variants");
    }
  } finally {
    for (const page of opened) await page.close();
  }
}
