// The browsers, the built page on a server of its own, and the page's model by its public API.
import type { Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import type { GenerateOptions, ModelInfo, Recipe, Variant } from "../../web/api/types";
import { startServer } from "../../web/cli/server";
import type { Model } from "../../web/index";
import { cutOff } from "../network";
import type { Browser } from "./drivers/browser";
import { launchChromium } from "./drivers/chromium";
import { launchFirefox } from "./drivers/firefox";
import { launchWebKit } from "./drivers/webkit";

export const root = join(import.meta.dirname, "../..");
export const demo = join(root, "model_shards/demo");

/** What each can do, as far as the engine cares. */
export const browsers = [
  { name: "Chromium", launch: launchChromium, threads: true, relaxed: true },
  { name: "Firefox", launch: launchFirefox, threads: true, relaxed: true },
  // WebKitGTK has no SharedArrayBuffer, though it says that the page is cross-origin isolated.
  { name: "WebKit", launch: launchWebKit, threads: false, relaxed: false },
];

export interface Site {
  url: string;
  requests: string[];
  /** Takes it off the network. */
  down(): void;
  up(): void;
  close(): Promise<void>;
}

/** The built page, under its strict Content-Security-Policy, with cross-origin isolation or without. */
export async function openSite(isolated: boolean): Promise<Site> {
  const csp = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
  const { server, url }: { server: Server; url: string } = await startServer({
    mounts: [{ path: "/", directory: join(root, "dist/page") }],
    port: 0,
    isolated,
    csp,
  });
  const requests: string[] = [];
  server.on("request", (request) => requests.push(request.url ?? ""));
  let restore = () => {};
  return {
    url,
    requests,
    down: () => void (restore = cutOff(server)),
    up: () => restore(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a test has at hand; the browser and the site while it runs. */
export interface Given {
  browser: Browser;
  site: Site;
  isolated: boolean;
  /** How many run where two are asked for. */
  threads: 1 | 2;
  relaxed: boolean;
}

/** Has `define` define its tests for each browser, on a page that is cross-origin isolated and on one that is not. */
export function inEveryBrowser(define: (given: Given) => void): void {
  describe.each(browsers)("$name", ({ launch, threads, relaxed }) => {
    let browser: Browser;
    beforeAll(async () => void (browser = await launch()));
    afterAll(() => browser.close());

    describe.each([
      ["isolated", true],
      ["not isolated", false],
    ] as const)("%s", (_, isolated) => {
      const given = { isolated, threads: isolated && threads ? 2 : 1, relaxed } as Given;
      beforeAll(async () => void Object.assign(given, { browser, site: await openSite(isolated) }));
      afterAll(() => given.site.close());
      define(given);
    });
  });
}

interface PageElement {
  model: Model | null;
  failure: { detail: string } | null;
  renderRoot: ShadowRoot;
}

/** Opens the page and waits for its model. Rejects with the failure that the page shows. */
export async function openPage(browser: Browser, url: string): Promise<ModelInfo> {
  await browser.open(url);
  return browser.run(async () => {
    const page = document.querySelector("variorum-page") as unknown as PageElement;
    for (const start = performance.now(); !page.model; await new Promise((resolve) => setTimeout(resolve, 20))) {
      if (page.failure) throw new Error(page.failure.detail);
      if (performance.now() - start > 60_000) throw new Error("The page had no model after a minute.");
    }
    return page.model.info;
  });
}

export const runInPage = (browser: Browser, prompt: string | number[] | Recipe, options: GenerateOptions = {}): Promise<Variant[]> =>
  browser.run(
    (prompt, options) => (document.querySelector("variorum-page") as unknown as PageElement).model!.generate(prompt, options).result(),
    prompt,
    options,
  );

/** Clicks Generate and waits for the end; the variants' texts as they stand on the page. */
export const generateByClick = (browser: Browser): Promise<string[]> =>
  browser.run(async () => {
    const { renderRoot } = document.querySelector("variorum-page") as unknown as PageElement;
    renderRoot.querySelector<HTMLButtonElement>("button[type=submit]")!.click();
    const cards = () => [...renderRoot.querySelectorAll<HTMLElement>("variant-card")];
    for (
      const start = performance.now();
      cards().length === 0 || cards().some((card) => card.hasAttribute("running"));
      await new Promise((resolve) => setTimeout(resolve, 20))
    ) {
      if (performance.now() - start > 60_000) throw new Error("The page had not written its variants after a minute.");
    }
    return cards().map((card) => card.shadowRoot!.querySelector(".text")!.textContent ?? "");
  });
