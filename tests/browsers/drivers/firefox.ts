// Debian's Firefox (package firefox-esr, or FIREFOX_BIN), headless, over WebDriver BiDi.
import { BidiConnection } from "./bidi";
import { type Browser, startProgram, temporaryHome, unwrapped, wrapped } from "./browser";

type Evaluated = { type: "success"; result: { value: string } } | { type: "exception"; exceptionDetails: { text: string } };

export async function launchFirefox(): Promise<Browser> {
  const { home, remove } = await temporaryHome();
  const firefox = startProgram(process.env.FIREFOX_BIN ?? "firefox-esr", ["--headless", "--no-remote", "--profile", home, "--remote-debugging-port", "0"], {
    ...process.env,
    HOME: home,
    LC_ALL: "C.UTF-8",
  });
  const connection = await BidiConnection.open(`${await firefox.says(/WebDriver BiDi listening on (ws:\S+)/)}/session`);
  const { context } = await connection.send<{ context: string }>("browsingContext.create", { type: "tab" });
  return {
    async open(url) {
      await connection.send("browsingContext.navigate", { context, url, wait: "complete" });
    },
    async run(call, ...args) {
      const evaluated = await connection.send<Evaluated>("script.callFunction", {
        functionDeclaration: wrapped(call, args),
        awaitPromise: true,
        target: { context },
        arguments: [],
      });
      if (evaluated.type === "exception") throw new Error(evaluated.exceptionDetails.text);
      return unwrapped(evaluated.result.value);
    },
    async keepCaches() {},
    async screenshot() {
      const { data } = await connection.send<{ data: string }>("browsingContext.captureScreenshot", { context });
      return Buffer.from(data, "base64");
    },
    async resize(width, height) {
      await connection.send("browsingContext.setViewport", { context, viewport: { width, height } });
    },
    async close() {
      connection.close();
      await firefox.stop();
      await remove();
    },
  };
}
