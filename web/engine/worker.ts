// The dedicated worker that owns one engine. It answers calls one after the other; cancels reach the one that runs, and
// those that still wait.
import { toMessage, VariorumError } from "../api/errors";
import type { LoadProgress, RunEvent } from "../api/types";
import { openSource } from "../model/open-source";
import { openStore } from "../model/store/open";
import { Engine, RunControl } from "./engine";
import type { Request, Response } from "./protocol";
import { hearThread, type ThreadReport, takeThreadsFromPage } from "./threads";

type Call = Exclude<Request, { type: "cancel" }>;

let engine: Engine | null = null;
let last: Promise<void> = Promise.resolve();
/** How to stop each call that has not ended: runs by variant, the others as a whole. */
const stoppers = new Map<number, { control: RunControl; abort: AbortController }>();

const send = (response: Response) => self.postMessage(response);

takeThreadsFromPage();

self.onmessage = ({ data: request }: MessageEvent<Request | ThreadReport>) => {
  if (request.type === "thread") return hearThread(request);
  if (request.type === "cancel") {
    const stopper = stoppers.get(request.id);
    stopper?.control.cancel(request.variant);
    stopper?.abort.abort();
    return;
  }
  stoppers.set(request.id, { control: new RunControl(), abort: new AbortController() });
  last = last.then(() => answer(request));
};

async function answer(call: Call): Promise<void> {
  const { id } = call;
  try {
    send(await run(call));
  } catch (error) {
    const fatal = isTrap(error);
    send({ type: "failed", id, error: toMessage(fatal ? describeTrap(error as Error) : error), fatal });
  } finally {
    stoppers.delete(id);
  }
}

async function run(call: Call): Promise<Response> {
  const { id } = call;
  const { control, abort } = stoppers.get(id)!;
  const onEvents = (events: RunEvent[]) => send({ type: "events", id, events });
  switch (call.type) {
    case "load":
      engine = await loadEngine(call, abort.signal);
      return { type: "loaded", id, result: engine.info };
    case "generate":
      return { type: "generated", id, result: await engine!.generate(call.prompt, call.options, control, onEvents) };
    case "continue":
      return { type: "generated", id, result: await engine!.continue(call.parent, call.options, control, onEvents) };
    case "branch":
      return { type: "generated", id, result: await engine!.branch(call.parent, call.point, call.options, control, onEvents) };
    case "score":
      return { type: "scored", id, result: await engine!.score(call.text, { logits: call.logits, signal: abort.signal }) };
    case "rank":
      return {
        type: "ranked",
        id,
        result: await engine!.rank(call.context, call.candidates, {
          ...call.options,
          signal: abort.signal,
          onProgress: (progress) => send({ type: "ranking", id, progress }),
        }),
      };
  }
}

async function loadEngine({ id, address, options }: Extract<Call, { type: "load" }>, signal: AbortSignal): Promise<Engine> {
  const store = await openStore();
  const source = await openSource(address, store, signal);
  return Engine.load(source, { ...options, signal, onProgress: throttled(id) }, { store });
}

/** Progress 20 times a second at most: a message per network chunk would be many. */
function throttled(id: number) {
  let told = -Infinity;
  let last: Pick<LoadProgress, "notice" | "total"> = { notice: null, total: null };
  return (progress: LoadProgress) => {
    const now = performance.now();
    if (now - told < 50 && progress.loaded !== progress.total && progress.notice === last.notice && progress.total === last.total) return;
    told = now;
    last = progress;
    send({ type: "progress", id, progress });
  };
}

/** After a trap the module's memory is in an unknown state: nothing more can be asked of it. */
const isTrap = (error: unknown) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;

function describeTrap(error: Error): VariorumError {
  return new VariorumError(
    "out-of-memory",
    `The engine stopped, most likely because memory ran out (${error.message}): use fewer variants, a smaller model, or close other tabs. The next call starts it again.`,
    { cause: error },
  );
}
