// WebKit as GTK applications have it: Debian's webkit2gtk-driver and its MiniBrowser on a virtual screen, over WebDriver
// (https://www.w3.org/TR/webdriver2/).
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../network";
import { type Browser, commandTimeout, type Program, startProgram, temporaryHome, unwrapped, wrapped } from "./browser";

/** Starts the driver on a free port. */
async function startDriver(env: NodeJS.ProcessEnv): Promise<{ driver: Program; address: string }> {
  for (let tries = 5; ; tries--) {
    const port = await freePort();
    const address = `http://127.0.0.1:${port}`;
    const driver = startProgram("WebKitWebDriver", [`--port=${port}`], env);
    let ended: string | undefined;
    void driver.ended.then((how) => (ended = how));
    // It says nothing when it is ready.
    for (const start = performance.now(); ended === undefined; await sleep(100)) {
      if (
        await fetch(`${address}/status`).then(
          (response) => response.json().then(() => response.ok),
          () => false,
        )
      )
        return { driver, address };
      if (performance.now() - start > commandTimeout) throw new Error(`WebKitWebDriver has not answered in ${commandTimeout / 1000} s`);
    }
    // Perhaps another program was faster to take the port.
    if (tries === 0) throw new Error(`WebKitWebDriver ${ended}`);
  }
}

export async function launchWebKit(): Promise<Browser> {
  const { home, remove } = await temporaryHome();
  const screen = startProgram("Xvfb", ["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], process.env);
  const display = await screen.says(/^(\d+)\n/m);
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
  const { driver, address } = await startDriver(env);

  async function send<T>(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<T> {
    const response = await fetch(address + path, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
      signal: AbortSignal.timeout(commandTimeout + 5000),
    });
    const { value } = (await response.json()) as { value: T };
    if (response.ok) return value;
    const { error, message } = value as { error: string; message: string };
    throw new Error(`${method} ${path}: ${error}: ${message}`);
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
