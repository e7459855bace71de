// One download for all tabs: whoever comes second waits, and then reads what the first has kept.
import { abortError } from "../../api/errors";
import type { ProgressMeter } from "../transfer/progress";
import type { Keeper } from "./keeper";

/** The tab that downloads shows so often that it is alive, in milliseconds; after so long a silence it is not waited for. */
const heartbeat = 1000;
const silence = 10_000;

/** Runs `use` while no other tab loads the same model into the same storage. AbortError. */
export async function alone<T>(keeper: Keeper, meter: ProgressMeter, signal: AbortSignal | undefined, use: () => Promise<T>): Promise<T> {
  if (!keeper.keeps || !globalThis.navigator?.locks) return use();
  const name = `variorum:${keeper.id}`;
  const channel = new BroadcastChannel(name);
  const holding = async () => {
    const timer = setInterval(() => channel.postMessage(0), heartbeat);
    try {
      return { result: await use() };
    } finally {
      clearInterval(timer);
    }
  };
  try {
    const first = await navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && holding());
    if (first) return first.result;
    meter.trouble("other-tab");
    const waiting = new AbortController();
    const stop = () => waiting.abort();
    signal?.addEventListener("abort", stop);
    let heard = Date.now();
    channel.onmessage = () => (heard = Date.now());
    const timer = setInterval(() => Date.now() - heard > silence && stop(), heartbeat);
    try {
      return (
        await navigator.locks.request(name, { signal: waiting.signal }, () => {
          clearInterval(timer);
          meter.trouble(null);
          return holding();
        })
      ).result;
    } catch (error) {
      if (signal?.aborted) throw abortError();
      if (!waiting.signal.aborted) throw error;
      // The other tab sleeps: this one goes on by itself.
      keeper.giveUp(error);
      meter.trouble(null);
      return await use();
    } finally {
      clearInterval(timer);
      signal?.removeEventListener("abort", stop);
    }
  } finally {
    channel.close();
  }
}
