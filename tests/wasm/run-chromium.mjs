// Runs the engine's tests, built with relaxed SIMD, in headless Chromium:
//   node tests/wasm/run-chromium.mjs [build/release/tests/wasm] [--gtest_filter=…]
// Prints GoogleTest's output; the last line is "N passed, N failed". Exit code 1 if a test failed or none ran.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname, join } from "node:path";
import { launchChromium } from "../chromium.mjs";
import { finish, settings, timeLimit } from "./settings.mjs";

const { directory, name, args } = settings("relaxed");

// The tests block on threads, which a page's own thread may not.
const pages = {
  "/": "<!doctype html><title>Tests of the engine</title>",
  "/run.mjs": `
    import createModule from "./${name}";
    onmessage = async ({ data: args }) => {
      try {
        const print = (text) => postMessage({ text });
        const module = await createModule({ print, printErr: print });
        postMessage({ code: module.callMain(args) });
      } catch (error) {
        postMessage({ text: String(error?.stack ?? error), code: 1 });
      }
    };`,
};
const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", "": "text/html" };

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  try {
    const body = pages[pathname] ?? (await readFile(join(directory, basename(pathname))));
    response.writeHead(200, {
      "Content-Type": types[extname(pathname)] ?? "application/octet-stream",
      // Without these two a page gets no SharedArrayBuffer, and so no threads.
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await launchChromium();
if (!browser) finish(1, "There is no Chromium on this machine: install Debian's package chromium, or set CHROME_BIN.");

let timer;
const tooLong = new Promise((_, reject) => {
  timer = setTimeout(() => reject(new Error(`The tests took longer than ${timeLimit / 60_000} minutes.`)), timeLimit);
});

async function run() {
  const page = await browser.newPage();
  await page.exposeFunction("show", (text) => console.log(text));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  return page.evaluate(async (args) => {
    const worker = new Worker("/run.mjs", { type: "module" });
    return new Promise((resolve, reject) => {
      // Lines are shown one after the other, and the code is the last thing to come.
      let shown = Promise.resolve();
      worker.onmessage = ({ data: { text, code } }) => {
        if (text !== undefined) shown = shown.then(() => window.show(text));
        if (code !== undefined) shown.then(() => resolve(code));
      };
      worker.onerror = (event) => reject(new Error(event.message || "The worker could not be started."));
      worker.postMessage(args);
    });
  }, args);
}

let code = 1;
let problem;
try {
  code = await Promise.race([run(), tooLong]);
} catch (error) {
  problem = error.message;
}
clearTimeout(timer);
await browser.close();
server.close();
finish(code, problem);
