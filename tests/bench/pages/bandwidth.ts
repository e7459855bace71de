// How fast this machine's memory can be read by WebAssembly: the limit of decoding, which reads every weight once per step.
import type { BandwidthSubject } from "../subject";

const passes = 16;

/** When a worker began and ended, on the clock that all share. */
export interface Reading {
  start: number;
  end: number;
}

const answer = <T>(worker: Worker) =>
  new Promise<T>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<T>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });

export const subject: BandwidthSubject = {
  /** Each thread reads a part of its own of `bytes`, again and again. */
  async read(bytes, threads) {
    const workers = Array.from({ length: threads }, () => new Worker(new URL("./bandwidth-worker.ts", import.meta.url), { type: "module" }));
    const part = Math.ceil(bytes / threads / 65536) * 65536;
    try {
      const call = <T>(message: object) =>
        Promise.all(
          workers.map((worker) => {
            const result = answer<T>(worker);
            worker.postMessage(message);
            return result;
          }),
        );
      await call({ allocate: part });
      const readings = await call<Reading>({ passes });
      const ms = Math.max(...readings.map(({ end }) => end)) - Math.min(...readings.map(({ start }) => start));
      return (part * threads * passes) / ms / 1e6;
    } finally {
      for (const worker of workers) worker.terminate();
    }
  },
};
