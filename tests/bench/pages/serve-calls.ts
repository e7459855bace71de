// A worker's side of onnx.ts: answers calls by name.

export function serveCalls(calls: Record<string, (...args: never[]) => Promise<unknown>>): void {
  self.onmessage = async ({ data: { name, args } }: MessageEvent<{ name: string; args: never[] }>) => {
    try {
      self.postMessage({ value: (await calls[name]!(...args)) ?? null });
    } catch (error) {
      self.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
}
