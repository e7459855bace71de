// Every measured page: fetches what to do from the runner and posts what came of it. No debugger is attached to the browser,
// because one that watches the network keeps the bodies of responses in the renderer, up to 200 MB of what is to be measured.
export {}; // a module, which may wait at its top level

type Calls = Record<string, (...args: never[]) => Promise<unknown>>;

const engines: Record<string, () => Promise<{ subject: object }>> = {
  // Its renderer's size is what every page has.
  blank: async () => ({ subject: { settle: () => new Promise((settled) => setTimeout(settled, 1000)) } }),
  bandwidth: () => import("./bandwidth"),
  variorum: () => import("./variorum"),
  wllama: () => import("./wllama"),
  transformers: () => import("./onnx"),
  onnxruntime: () => import("./onnx"),
};

const parameters = new URLSearchParams(location.search);
const address = (path: string) => `/bench/${path}?session=${parameters.get("session")}`;
const post = (answer: object) => fetch(address("answer"), { method: "POST", body: JSON.stringify(answer) });
const describe = (error: unknown) => (error instanceof Error ? `${error.message}\n${error.stack}` : String(error));

addEventListener("error", (event) => void post({ error: event.message }));

try {
  const subject = (await engines[parameters.get("engine")!]!()).subject as Calls;
  for (;;) {
    const response = await fetch(address("next"));
    if (response.status === 204) continue; // nothing for a while
    const { name, args } = (await response.json()) as { name: string; args: never[] };
    await post(
      await subject[name]!(...args).then(
        (value) => ({ value: value ?? null }),
        (error) => ({ error: describe(error) }),
      ),
    );
  }
} catch (error) {
  await post({ error: describe(error) });
}
