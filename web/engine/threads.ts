// The workers that are the engine's threads. The page makes them and passes messages on: in Firefox a worker that makes
// workers itself now and then waits for ever inside `new Worker`. Messages are few, at a thread's start and end; the work
// itself goes through shared memory.

export type ThreadRequest =
  | { type: "thread"; thread: number; do: "start"; url: string }
  | { type: "thread"; thread: number; do: "tell"; data: unknown }
  | { type: "thread"; thread: number; do: "end" };

/** What a thread said; `problem` instead if it could not run. */
export type ThreadReport = { type: "thread"; thread: number; data?: unknown; problem?: string };

/** The page's side: the workers of one engine. */
export class ThreadWorkers {
  #workers = new Map<number, Worker>();
  #report: (report: ThreadReport) => void;

  constructor(report: (report: ThreadReport) => void) {
    this.#report = report;
  }

  receive(request: ThreadRequest): void {
    const { thread } = request;
    if (request.do === "start") {
      // By this name Emscripten's script knows that it is to be a thread.
      const worker = new Worker(request.url, { type: "module", name: "em-pthread" });
      worker.onmessage = ({ data }) => this.#report({ type: "thread", thread, data });
      worker.onerror = (event) => {
        event.preventDefault();
        this.#report({ type: "thread", thread, problem: event.message || "its script could not be loaded" });
      };
      this.#workers.set(thread, worker);
    } else if (request.do === "tell") {
      this.#workers.get(thread)?.postMessage(request.data);
    } else {
      this.#workers.get(thread)?.terminate();
      this.#workers.delete(thread);
    }
  }

  end(): void {
    for (const worker of this.#workers.values()) worker.terminate();
    this.#workers.clear();
  }
}

const threads = new Map<number, PageThread>();
let onProblem: (problem: Error) => void = () => {};

/** How long a thread may take to say that it is there, in ms: one that hangs says nothing. */
export const threadPatience = 30_000;

/** The engine's side: what Emscripten's script gets for a Worker, as far as it uses one. */
class PageThread {
  static #last = 0;
  #thread = ++PageThread.#last;
  #timer: ReturnType<typeof setTimeout> | undefined;
  onmessage: ((event: { data: unknown }) => void) | null = null;

  constructor(url: URL) {
    threads.set(this.#thread, this);
    send({ type: "thread", thread: this.#thread, do: "start", url: url.href });
  }

  postMessage(data: unknown): void {
    // The first message asks it to answer.
    this.#timer ??= setTimeout(() => onProblem(new Error(`A thread did not start within ${threadPatience / 1000} s.`)), threadPatience);
    send({ type: "thread", thread: this.#thread, do: "tell", data });
  }

  hear({ data, problem }: ThreadReport): void {
    clearTimeout(this.#timer);
    if (problem === undefined) this.onmessage?.({ data });
    else onProblem(new Error(`A thread could not run: ${problem}.`));
  }

  terminate(): void {
    clearTimeout(this.#timer);
    threads.delete(this.#thread);
    send({ type: "thread", thread: this.#thread, do: "end" });
  }
}

const send = (request: ThreadRequest) => self.postMessage(request);

/** Called in the engine's worker, before it starts a module. */
export function takeThreadsFromPage(): void {
  Object.assign(globalThis, { Worker: PageThread });
}

export function hearThread(report: ThreadReport): void {
  threads.get(report.thread)?.hear(report);
}

/** What `start` gives. Rejects if it does, or if one of the threads that it starts cannot run; then none is left. */
export async function withThreads<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await Promise.race([new Promise<never>((_, reject) => (onProblem = reject)), start()]);
  } catch (error) {
    for (const thread of [...threads.values()]) thread.terminate();
    throw error;
  }
}
