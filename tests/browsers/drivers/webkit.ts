// WebKit as GTK applications have it: Debian's webkit2gtk-driver and its MiniBrowser on a virtual screen, over WebDriver
// (https://www.w3.org/TR/webdriver2/).
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, commandTimeout, startProgram, temporaryHome, unwrapped, wrapped } from "./browser";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function launchWebKit(): Promise<Browser> {
  const { home, remove } = await temporaryHome();
  const screen = startProgram("Xvfb", ["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], process.env);
  const display = await screen.says(/^(\d+)$/m);
  const port = await freePort();
  const env = {
    ...process.env,
    HOME: home,
    XDG_CACHE_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_RUNTIME_DIR: home,
    DISPLAY: `:${display}`,
    LC_ALL: "C.UTF-8",
    LIBGL_ALWAYS_SOFTWARE: "1",
    // Its sandbox refuses to run as root.
    ...(process.getuid?.() === 0 ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" } : {}),
  };
  const driver = startProgram("WebKitWebDriver", [`--port=${port}`], env);

  async function send<T>(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
      signal: AbortSignal.timeout(commandTimeout + 5000),
    });
    const { value } = (await response.json()) as { value: T };
    if (response.ok) return value;
    const { error, message } = value as { error: string; message: string };
    throw new Error(`${method} ${path}: ${error}: ${message}`);
  }

  // It says nothing when it is ready.
  for (let tries = 0; ; tries++) {
    const ready = await send("GET", "/status").then(
      () => true,
      (error: unknown) => {
        if (tries === 100) throw error;
      },
    );
    if (ready) break;
    await sleep(100);
  }
  const { sessionId } = await send<{ sessionId: string }>("POST", "/session", {
    capabilities: {
      alwaysMatch: {
        browserName: "MiniBrowser",
        timeouts: { script: commandTimeout, pageLoad: commandTimeout },
      },
    },
  });
  const session = `/session/${sessionId}`;
  const run: Browser["run"] = async (call, ...args) =>
    unwrapped(await send<string>("POST", `${session}/execute/async`, { script: `(${wrapped(call, args)})().then(arguments[0]);`, args: [] }));
  let holder: string | undefined;
  return {
    async open(url) {
      await send("POST", `${session}/url`, { url });
    },
    run,
    async screenshot() {
      return Buffer.from(await send<string>("GET", `${session}/screenshot`), "base64");
    },
    async resize(width, height) {
      await send("POST", `${session}/window/rect`, { width, height });
    },
    async keepCaches(url) {
      const page = await send<string>("GET", `${session}/window`);
      holder ??= (await send<{ handle: string }>("POST", `${session}/window/new`, { type: "tab" })).handle;
      await send("POST", `${session}/window`, { handle: holder });
      await send("POST", `${session}/url`, { url });
      await run(async () => {
        const kept: Cache[] = [];
        for (const name of await caches.keys()) kept.push(await caches.open(name));
        Object.assign(globalThis, { kept });
      });
      await send("POST", `${session}/window`, { handle: page });
    },
    async close() {
      await send("DELETE", session).catch(() => {});
      await driver.stop();
      await screen.stop();
      await remove();
    },
  };
}
