// The page's side of the worker, against a worker that does as it is told.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ModelInfo, Recipe, RunResult } from "../../web/api/types";
import type { Request, Response } from "../../web/engine/protocol";
import { loadModel } from "../../web/index";

const info = { name: "fake", threads: 1 } as ModelInfo;
const recipe = { version: 1, promptIds: [1] } as Recipe;
const result: RunResult = { recipe, variants: [], promptIds: [1], seed: 1, stats: { prefillMs: 1, decodeMs: 1, tokens: 0, kvBytes: 0 } };

class FakeWorker {
  static all: FakeWorker[] = [];
  static answer: (request: Request, worker: FakeWorker) => void;
  requests: Request[] = [];
  terminated = false;
  onmessage: ((event: { data: Response }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;

  constructor() {
    FakeWorker.all.push(this);
  }
  postMessage(request: Request) {
    this.requests.push(structuredClone(request));
    queueMicrotask(() => !this.terminated && FakeWorker.answer(request, this));
  }
  terminate() {
    this.terminated = true;
  }
  send(response: Response) {
    this.onmessage?.({ data: response });
  }
}

const obedient = (request: Request, worker: FakeWorker) => {
  if (request.type === "load") worker.send({ type: "loaded", id: request.id, result: info });
  if (request.type === "generate" || request.type === "continue" || request.type === "branch") worker.send({ type: "generated", id: request.id, result });
};

beforeEach(() => {
  FakeWorker.all = [];
  FakeWorker.answer = obedient;
  vi.stubGlobal("Worker", FakeWorker);
  vi.stubGlobal("document", { baseURI: "http://page.test/demo/" });
});
afterEach(() => vi.unstubAllGlobals());

const workers = () => FakeWorker.all;

test("the address is relative to the page; signals and callbacks stay on this side", async () => {
  await loadModel("models/x", { signal: new AbortController().signal, onProgress: () => {}, threads: 2 });
  expect(workers()[0]!.requests[0]).toEqual({ type: "load", id: 1, address: "http://page.test/demo/models/x/", options: { threads: 2 } });
});

test("what is no address is a bad option, and starts no worker", async () => {
  await expect(loadModel("http://")).rejects.toMatchObject({ code: "bad-option", message: expect.stringContaining("http://") });
  expect(workers()).toHaveLength(0);
});

test("progress is passed on", async () => {
  FakeWorker.answer = (request, worker) => {
    worker.send({ type: "progress", id: request.id, progress: { loaded: 1, total: 2, cached: 0, rate: null, secondsLeft: null, notice: null } });
    obedient(request, worker);
  };
  const seen: number[] = [];
  await loadModel("x", { onProgress: ({ loaded }) => seen.push(loaded) });
  expect(seen).toEqual([1]);
});

test("a failed load ends its worker and rejects with the typed error", async () => {
  FakeWorker.answer = ({ id }, worker) => worker.send({ type: "failed", id, error: { code: "bad-shard", message: "damaged" }, fatal: false });
  await expect(loadModel("x")).rejects.toMatchObject({ name: "VariorumError", code: "bad-shard", message: "damaged" });
  expect(workers()[0]!.terminated).toBe(true);
});

test("an aborted load ends its worker at once", async () => {
  FakeWorker.answer = () => {};
  const abort = new AbortController();
  const loading = loadModel("x", { signal: abort.signal });
  abort.abort();
  await expect(loading).rejects.toMatchObject({ name: "AbortError" });
  expect(workers()[0]!.terminated).toBe(true);
  await expect(loadModel("x", { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
});

test("a worker whose script cannot run is started again, and is then a network error", async () => {
  const cannotRun = (worker: FakeWorker) => worker.onerror?.({ message: "", preventDefault: () => {} });
  FakeWorker.answer = (_, worker) => cannotRun(worker);
  await expect(loadModel("x")).rejects.toMatchObject({ code: "network" });
  expect(workers().map(({ terminated }) => terminated)).toEqual([true, true]);
  FakeWorker.answer = (request, worker) => (worker === workers()[2] ? cannotRun(worker) : obedient(request, worker));
  await loadModel("x");
  expect(workers()).toHaveLength(4);
});

test("after a trap the run fails, and the next call starts a fresh worker with the model loaded again", async () => {
  const model = await loadModel("x", { threads: 2 });
  FakeWorker.answer = ({ id }, worker) => worker.send({ type: "failed", id, error: { code: "out-of-memory", message: "memory" }, fatal: true });
  const run = model.generate("prompt");
  await expect(run.result()).rejects.toMatchObject({ code: "out-of-memory" });
  await expect(
    (async () => {
      for await (const _ of run);
    })(),
  ).rejects.toMatchObject({ code: "out-of-memory" });
  expect(workers()[0]!.terminated).toBe(true);

  FakeWorker.answer = obedient;
  const [a, b] = [model.generate("again"), model.generate("and again")];
  await Promise.all([a.result(), b.result()]);
  expect(workers()).toHaveLength(2); // one new worker for both
  expect(workers()[1]!.requests.map((request) => request.type)).toEqual(["load", "generate", "generate"]);
  expect(workers()[1]!.requests[0]).toMatchObject({ options: { threads: 2 } });
});

test("cancels reach the worker, also those from before it had the call", async () => {
  const model = await loadModel("x");
  FakeWorker.answer = () => {};
  const run = model.generate("prompt");
  run.cancel(2);
  run.cancel();
  const aborted = model.generate("prompt", { signal: AbortSignal.abort() });
  await vi.waitFor(() => expect(workers()[0]!.requests.filter((request) => request.type === "cancel")).toHaveLength(3));
  expect(workers()[0]!.requests.filter((request) => request.type === "cancel")).toEqual([
    { type: "cancel", id: 2, variant: 2 },
    { type: "cancel", id: 2 },
    { type: "cancel", id: 3 },
  ]);
  model.dispose();
  await expect(run.result()).rejects.toMatchObject({ code: "disposed" });
  await expect(aborted.result()).rejects.toMatchObject({ code: "disposed" });
});

test("events can be iterated over as they come, late, and twice", async () => {
  const model = await loadModel("x");
  const events = [0, 1].map((token) => ({ type: "token" as const, variant: 0, token, text: "t", logprob: -1 }));
  FakeWorker.answer = (request, worker) => {
    worker.send({ type: "events", id: request.id, events: [events[0]!] });
    setTimeout(() => {
      worker.send({ type: "events", id: request.id, events: [events[1]!] });
      obedient(request, worker);
    });
  };
  const run = model.generate([1, 2]);
  const seen = async () => {
    const all = [];
    for await (const event of run) all.push(event);
    return all;
  };
  expect(await Promise.all([seen(), seen()])).toEqual([events, events]);
  expect(await seen()).toEqual(events);
  expect(await run.summary()).toEqual({ seed: 1, promptIds: [1], stats: result.stats });
});

test("a run's continuations and branches carry all that another worker needs to know", async () => {
  const model = await loadModel("x");
  const run = model.generate("prompt");
  const parent = { variants: [], recipe };
  await run.continue({ maxNewTokens: 3, variants: [1] }).result();
  await run.branch(2, 7, 9, { topK: 4 }).result();
  await model.generate(await run.recipe).result();
  expect(workers()[0]!.requests.slice(2)).toEqual([
    { type: "continue", id: 3, parent, options: { maxNewTokens: 3, variants: [1] } },
    { type: "branch", id: 4, parent, point: { variant: 2, position: 7, token: 9 }, options: { topK: 4 } },
    { type: "generate", id: 5, prompt: recipe, options: {} },
  ]);
});

test("what comes from a failed run fails as it did; an abort reaches it before and after its start", async () => {
  const model = await loadModel("x");
  FakeWorker.answer = ({ id }, worker) => worker.send({ type: "failed", id, error: { code: "context-full", message: "full" }, fatal: false });
  const failed = model.generate("prompt");
  await expect(failed.continue().result()).rejects.toMatchObject({ code: "context-full" });
  await expect(failed.recipe).rejects.toMatchObject({ code: "context-full" });
  FakeWorker.answer = obedient;
  const run = model.generate("prompt");
  await run.continue({ signal: AbortSignal.abort() }).result();
  expect(workers()[0]!.requests.slice(-2)).toMatchObject([{ type: "continue" }, { type: "cancel" }]);
});
