// What the browser tests share: servers with and without cross-origin isolation, both under the page's strict
// Content-Security-Policy, and the page's parts by their roles.

import { cp, mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";
import type { GenerateOptions, ModelInfo, Variant } from "../../web/api/types";
import { startServer } from "../../web/cli/server";

export { expect };
export const root = join(import.meta.dirname, "../..");
export const demo = join(root, "model_shards/demo");
const pageDirectory = join(root, "dist/page");
const csp = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:";

export interface Site {
  url: string;
  /** A copy of the demo model at models/scratch/, for tests to damage. */
  scratch: string;
  requests: string[];
}

async function serve(isolated: boolean, use: (site: Site) => Promise<void>) {
  const scratch = await mkdtemp(join(tmpdir(), "variorum-model-"));
  await cp(demo, scratch, { recursive: true });
  const mounts = [
    { path: "/", directory: pageDirectory },
    { path: "/models/scratch/", directory: scratch },
  ];
  const { server, url }: { server: Server; url: string } = await startServer({ mounts, port: 0, isolated, csp });
  const requests: string[] = [];
  server.on("request", (request) => requests.push(request.url ?? ""));
  await use({ url, scratch, requests });
  server.closeAllConnections();
  server.close();
  await rm(scratch, { recursive: true });
}

export const test = base.extend<{ isolated: Site; plain: Site; problems: string[] }>({
  isolated: ({}, use) => serve(true, use),
  plain: ({}, use) => serve(false, use),
  /** Errors of the page and its console: there must be none, unless a test says so by emptying the list. */
  problems: [
    async ({ page }, use) => {
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => {
        if (message.text().includes("blocked by Playwright")) return; // the service worker, which offline.spec.ts tests
        if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
      });
      await use(problems);
      expect(problems).toEqual([]);
    },
    { auto: true },
  ],
});

export const cards = (page: Page) => page.locator("variant-card");
export const texts = (page: Page) => page.locator("variant-card .text").allTextContents();
export const generateButton = (page: Page) => page.getByRole("button", { name: "Generate", exact: true });
export const alert = (page: Page) => page.getByRole("alert");
export const fact = (page: Page, name: string) => page.locator(".facts div", { has: page.getByText(name, { exact: true }) }).locator("dd");

export async function open(page: Page, url: string) {
  await page.goto(url);
  await expect(page.locator(".facts")).toBeVisible();
}

export async function fill(page: Page, settings: Record<string, string>) {
  for (const [name, value] of Object.entries(settings)) await page.locator(`[name=${name}]`).fill(value);
}

/** Clicks Generate and waits for all variants to have ended. */
export async function generate(page: Page, settings: Record<string, string> = {}) {
  await fill(page, settings);
  await generateButton(page).click();
  await expect(page.getByRole("status").filter({ hasText: /tokens\./ })).toBeVisible();
  await expect(generateButton(page)).toBeVisible();
}

/** The page's own model, by its public API. */
export const runInPage = (page: Page, prompt: string | number[], options: GenerateOptions): Promise<Variant[]> =>
  page.evaluate(
    ([prompt, options]) =>
      (document.querySelector("variorum-page") as unknown as { model: { generate(p: unknown, o: unknown): { result(): Promise<Variant[]> } } }).model
        .generate(prompt, options)
        .result(),
    [prompt, options] as const,
  );

export const infoInPage = (page: Page): Promise<ModelInfo> =>
  page.evaluate(() => (document.querySelector("variorum-page") as unknown as { model: { info: ModelInfo } }).model.info);
