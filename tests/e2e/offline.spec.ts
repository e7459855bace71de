// The service worker: a page in a sub-folder that opens without a network, follows its deploys, and never mixes two of them.

import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { startServer } from "../../web/cli/server";
import { cutOff } from "../network";
import { test as base, expect, generate, infoInPage, open, root } from "./support";

/** The page as somebody hosts it. */
class Host {
  static readonly folder = "/shop/writer/";
  requests: string[] = [];
  #server: Server;
  #restore = () => {};

  private constructor(
    readonly directory: string,
    server: Server,
    readonly url: string,
  ) {
    this.#server = server;
    server.on("request", (request) => this.requests.push((request.url ?? "").slice(Host.folder.length)));
  }

  static async start(directory: string): Promise<Host> {
    const { server, url } = await startServer({ mounts: [{ path: Host.folder, directory }], port: 0, isolated: true });
    return new Host(directory, server, url + Host.folder);
  }

  down(): void {
    this.#restore = cutOff(this.#server);
  }

  up(): void {
    this.#restore();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Puts another version up: other code and so another name of the script, and a document that says which it is. */
  async deploy(name: string, { document = true } = {}): Promise<void> {
    const script = (await readdir(join(this.directory, "assets"))).find((file) => /^index-.*\.js$/.test(file))!;
    const edit = async (file: string, change: (text: string) => string) =>
      writeFile(join(this.directory, file), change(await readFile(join(this.directory, file), "utf8")));
    await rename(join(this.directory, "assets", script), join(this.directory, `assets/index-${name}.js`));
    await edit("service-worker.js", (text) => text.replaceAll(script, `index-${name}.js`).replace(/version:`[^`]+`/, `version:\`${name}\``));
    if (document) await edit("index.html", (text) => text.replace(script, `index-${name}.js`).replace(/<title>[^<]*/, `<title>${name}`));
  }
}

const test = base.extend<{ host: Host }>({
  host: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), "variorum-host-"));
    await cp(join(root, "dist/page"), directory, { recursive: true });
    const host = await Host.start(directory);
    await use(host);
    await host.stop();
    await rm(directory, { recursive: true });
  },
});
test.use({ serviceWorkers: "allow" });

const kept = (page: Page) => page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("variorum-shell-")));
const script = (page: Page) => page.evaluate(() => document.querySelector<HTMLScriptElement>("script[type=module]")!.src.split("/").at(-1));
const ready = (page: Page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));

test("with the network gone the page opens, isolated as before, and generates; with the network back nothing is fetched again", async ({
  page,
  host,
  problems,
}) => {
  await open(page, host.url);
  await ready(page);
  host.down();
  for (const query of ["", "?model=models/demo/&threads=2"]) {
    await open(page, host.url + query);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect((await infoInPage(page)).threads).toBe(2);
    await generate(page, { length: "5" });
  }
  host.requests.length = 0;
  host.up();
  await open(page, host.url);
  await generate(page, { length: "5" });
  expect(host.requests.filter((path) => /^(assets|wasm)|\.safetensors$/.test(path))).toEqual([]);
  problems.length = 0; // what the browser says of the network
});

test("what is kept is the shell and the module that this browser runs; the other one once it is asked for", async ({ page, host }) => {
  await open(page, host.url);
  await ready(page);
  const files = () =>
    page.evaluate(async () => {
      const cache = await caches.open((await caches.keys()).find((name) => name.startsWith("variorum-shell-"))!);
      return (await cache.keys()).map(({ url }) => url.split("/").at(-1)!).sort();
    });
  const modules = async () => (await files()).filter((name) => name.startsWith("variorum"));
  expect(await modules()).toEqual(["variorum-relaxed.js", "variorum-relaxed.wasm"]);
  expect(await files()).toContain(""); // the document
  await open(page, `${host.url}?module=simd`);
  expect(await modules()).toHaveLength(4);
});

test("a new deploy shows at the next visit and replaces the old; offline it is the new one that opens", async ({ page, host, problems }) => {
  await open(page, host.url);
  await ready(page);
  const [first] = await kept(page);
  for (const name of ["second", "third"]) {
    await host.deploy(name);
    await open(page, host.url);
    expect(await script(page)).toBe(`index-${name}.js`);
    await expect.poll(() => kept(page)).toContain(`variorum-shell-${name}`);
  }
  // Pages of the second may still be open.
  await expect.poll(() => kept(page)).toEqual(["variorum-shell-second", "variorum-shell-third"]);
  expect(await kept(page)).not.toContain(first);
  host.down();
  await open(page, host.url);
  expect(await script(page)).toBe("index-third.js");
  await generate(page, { length: "5" });
  problems.length = 0;
});

test("half a deploy is not kept: offline, the last whole version opens", async ({ page, host, problems }) => {
  await open(page, host.url);
  await ready(page);
  const old = await script(page);
  await host.deploy("half", { document: false });
  await page.evaluate(async () => {
    const registration = (await navigator.serviceWorker.getRegistration())!;
    const ended = new Promise<void>((resolve) =>
      registration.addEventListener("updatefound", () => {
        const fresh = registration.installing!;
        fresh.addEventListener("statechange", () => fresh.state === "redundant" && resolve());
      }),
    );
    await registration.update();
    await ended;
  });
  host.down();
  await open(page, host.url);
  expect(await script(page)).toBe(old);
  await generate(page, { length: "5" });
  problems.length = 0;
});

test("a host that answers with an error, or not at all, does not keep the page from opening", async ({ page, host, problems }) => {
  await open(page, host.url);
  await ready(page);
  await rename(join(host.directory, "index.html"), join(host.directory, "index.bak"));
  await open(page, host.url);
  await generate(page, { length: "5" });
  problems.length = 0; // the 404
});

test("without service workers, as in an insecure context, the page works", async ({ page, host }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "serviceWorker", { get: () => undefined }));
  await open(page, host.url);
  await generate(page, { length: "5" });
});
