// Threads whose workers the page makes: both sides, joined here by plain calls.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hearThread, ThreadWorkers, takeThreadsFromPage, threadPatience, withThreads } from "../../web/engine/threads";

class FakeWorker {
  static all: FakeWorker[] = [];
  told: unknown[] = [];
  terminated = false;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;
  constructor(
    readonly url: string,
    readonly options: WorkerOptions,
  ) {
    FakeWorker.all.push(this);
  }
  postMessage(data: unknown) {
    this.told.push(data);
  }
  terminate() {
    this.terminated = true;
  }
}

let page: ThreadWorkers;
/** What Emscripten's script finds under the name of Worker. */
let EngineSideWorker: typeof Worker;

beforeEach(() => {
  vi.useFakeTimers();
  FakeWorker.all = [];
  page = new ThreadWorkers(hearThread);
  vi.stubGlobal("Worker", null);
  takeThreadsFromPage();
  EngineSideWorker = globalThis.Worker;
  vi.stubGlobal("Worker", FakeWorker);
  vi.stubGlobal("self", { postMessage: (request: Parameters<ThreadWorkers["receive"]>[0]) => page.receive(request) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const url = new URL("http://page.test/wasm/variorum-simd.js");
/** As Emscripten does: makes two threads, asks them to load, and is ready when both have answered. */
const start = () =>
  Promise.all(
    [1, 2].map(
      () =>
        new Promise<Worker>((resolve) => {
          const thread = new EngineSideWorker(url);
          thread.onmessage = () => resolve(thread);
          thread.postMessage({ cmd: "load" });
        }),
    ),
  );
const answer = (worker: FakeWorker) => worker.onmessage!({ data: { cmd: "loaded" } });

test("the page makes the workers; messages reach them, and theirs the engine", async () => {
  const starting = withThreads(start);
  expect(FakeWorker.all.map(({ url, options, told }) => ({ url, options, told }))).toEqual(
    [1, 2].map(() => ({ url: url.href, options: { type: "module", name: "em-pthread" }, told: [{ cmd: "load" }] })),
  );
  FakeWorker.all.forEach(answer);
  const [first, second] = await starting;
  second!.postMessage({ cmd: "run" });
  expect(FakeWorker.all.map(({ told }) => told.length)).toEqual([1, 2]);
  first!.terminate();
  expect(FakeWorker.all.map(({ terminated }) => terminated)).toEqual([true, false]);
  page.end();
  expect(FakeWorker.all[1]!.terminated).toBe(true);
});

test("a thread that cannot run ends the start and the other threads", async () => {
  const starting = withThreads(start);
  answer(FakeWorker.all[0]!);
  FakeWorker.all[1]!.onerror!({ message: "", preventDefault: () => {} });
  await expect(starting).rejects.toThrow("its script could not be loaded");
  expect(FakeWorker.all.every(({ terminated }) => terminated)).toBe(true);
});

test("so does one that says nothing, and not one that has", async () => {
  const starting = withThreads(start);
  const failed = expect(starting).rejects.toThrow(/did not start within/);
  answer(FakeWorker.all[0]!);
  await vi.advanceTimersByTimeAsync(threadPatience + 1);
  await failed;
  expect(FakeWorker.all.every(({ terminated }) => terminated)).toBe(true);

  const again = withThreads(start);
  FakeWorker.all.slice(2).forEach(answer);
  await again;
  await vi.advanceTimersByTimeAsync(threadPatience + 1);
  expect(FakeWorker.all.slice(2).some(({ terminated }) => terminated)).toBe(false);
});
