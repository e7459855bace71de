// The page's side of transformers.js and onnxruntime-web, which both run in a worker, as their authors advise.
import type { LoadRequest, Subject } from "../subject";

const engine = new URLSearchParams(location.search).get("engine") as "transformers" | "onnxruntime";
const worker =
  engine === "transformers"
    ? new Worker(new URL("./transformers-worker.ts", import.meta.url), { type: "module" })
    : new Worker(new URL("./onnxruntime-worker.ts", import.meta.url), { type: "module" });

/** One call at a time. */
function call<T>(name: string, ...args: unknown[]): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<{ value: T } | { error: string }>) => ("error" in data ? reject(new Error(data.error)) : resolve(data.value));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ name, args });
  });
}

export const subject: Subject = {
  async load(options: LoadRequest) {
    await call("load", options);
    return { ms: performance.now(), weightBytes: null, positionBytes: 0 };
  },
  prefill: (prompt) => call("prefill", prompt),
  decode: (prompt, sequences, tokens) => call("decode", prompt, sequences, tokens),
  variants: (prompt, sequences, tokens) => call("variants", prompt, sequences, tokens),
};
