// Downloads that are cut off, watched by several tabs, refused, or have nowhere to be kept.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "@playwright/test";
import { startServer } from "../../web/cli/server";
import type { Manifest } from "../../web/model/formats/manifest";
import { chromiumArgs, chromiumPath } from "../chromium.mjs";
import { drop, FaultyServer, status, times } from "../faulty-server";
import { alert, test as base, demo, expect, fact, generate, open, root } from "./support";

const readManifest = async (directory: string) => JSON.parse(await readFile(join(directory, "variorum.json"), "utf8")) as Manifest;
const sizeOf = ({ shards }: Manifest) => shards.reduce((sum, { bytes }) => sum + bytes, 0);
const total = sizeOf(await readManifest(demo));

/** The demo model on a host of its own, which counts what it sends. */
const test = base.extend<{ host: FaultyServer }>({
  host: async ({}, use) => {
    const host = await FaultyServer.start(demo);
    await use(host);
    await host.stop();
  },
});

const address = (site: { url: string }, host: FaultyServer) => `${site.url}/?model=${encodeURIComponent(host.url)}`;
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Bytes per second of a connection: a download that goes on for as long as a test likes. */
const crawl = 4096;
/** Fast, but slow for a little while before `bytes` are reached and after: what is on its way at that moment is little, however late the machine is. */
const slowAt = (bytes: number, fast: number) => (sent: number) => (sent < bytes - 96 * 1024 ? fast : 32 * 1024);

/** A profile on disk, as a visitor has it: private windows keep files in memory, and in another way. */
async function withProfile(use: (context: BrowserContext) => Promise<void>) {
  const profile = await mkdtemp(join(tmpdir(), "variorum-profile-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath: chromiumPath()!, args: chromiumArgs, locale: "en-US" });
  try {
    await use(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true });
  }
}

/** Ends a tab the hard way, or as a visitor does. */
async function kill(page: Page, hard: boolean) {
  if (hard) {
    const session = await page.context().newCDPSession(page);
    void session.send("Page.crash").catch(() => {});
    await page.waitForEvent("crash");
  }
  await page.close();
}

// VARIORUM_KILL_MODEL names another model's directory, such as one of scripts/lib/random-model.mjs.
test("killed at twenty points of a download, the tab goes on where it was", async ({ isolated, host: demoHost, problems }) => {
  test.setTimeout(500_000);
  const directory = process.env.VARIORUM_KILL_MODEL;
  const host = directory ? await FaultyServer.start(directory) : demoHost;
  const whole = directory ? sizeOf(await readManifest(directory)) : total;
  const kills = 20;
  const fast = Math.min(whole / 16, 1e6); // of each of four connections: a few seconds in all, a large model at 4 MB/s
  await withProfile(async (context) => {
    for (let i = 1; i <= kills; i++) {
      const point = (i / (kills + 1)) * whole;
      host.rate = slowAt(point, fast);
      const page = await context.newPage();
      await page.goto(address(isolated, host));
      await until(() => host.totalSent >= point);
      await kill(page, i % 2 === 0);
    }
    host.rate = fast;
    const page = await context.newPage();
    await page.goto(address(isolated, host));
    await expect(page.locator(".facts")).toBeVisible();
    await generate(page, { length: "5" });
    console.log(
      `killed ${kills} times: ${host.totalSent - whole} bytes sent beyond the model's ${whole}, ${Math.round((host.totalSent - whole) / kills)} for each`,
    );
    expect(host.totalSent).toBeGreaterThanOrEqual(whole);
    expect(host.totalSent).toBeLessThanOrEqual(whole + kills * 256 * 1024);
    host.reset();
    await page.reload();
    await expect(page.locator(".facts")).toBeVisible();
    expect(host.totalSent).toBe(0);
  });
  if (host !== demoHost) await host.stop();
  problems.length = 0; // those of the tabs that were killed
});

test("a second tab waits for the first, and the model is sent once", async ({ page, context, isolated, host }) => {
  host.rate = slowAt(total / 10, total / 12);
  await page.goto(address(isolated, host));
  await until(() => host.totalSent > total / 10);
  host.rate = crawl;
  const other = await context.newPage();
  await other.goto(address(isolated, host));
  await expect(other.getByText("Another tab is loading this model")).toBeVisible();
  host.rate = 0;
  await Promise.all([page, other].map((tab) => expect(tab.locator(".facts")).toBeVisible()));
  expect(host.totalSent).toBe(total);
  await generate(other, { length: "5" });
});

test("the first tab is closed: the second goes on from there", async ({ page, context, isolated, host }) => {
  host.rate = slowAt(total / 4, total / 12);
  const first = await context.newPage();
  await first.goto(address(isolated, host));
  await until(() => host.totalSent > total / 4);
  host.rate = crawl;
  await page.goto(address(isolated, host));
  await expect(page.getByText("Another tab is loading this model")).toBeVisible();
  await kill(first, true);
  host.rate = 0;
  await expect(page.locator(".facts")).toBeVisible();
  expect(host.totalSent).toBeLessThanOrEqual(total + 256 * 1024);
});

test("cancelled and gone on with: nothing is sent twice", async ({ page, isolated, host }) => {
  host.rate = slowAt(total / 3, total / 12);
  await page.goto(address(isolated, host));
  await until(() => host.totalSent > total / 3);
  await expect(page.locator(".bytes")).toHaveText(/\d MB of 8.5 MB · .*MB\/s · \d+ s left/);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Loading was stopped" })).toBeVisible();
  host.rate = 0;
  await page.getByRole("button", { name: "Go on loading" }).click();
  await expect(page.locator(".facts")).toBeVisible();
  expect(host.totalSent).toBeLessThanOrEqual(total + 256 * 1024);
  await generate(page, { length: "5" });
});

test("a device with little memory is warned; one with little storage is not, for that has a notice of its own", async ({ page, isolated, host }) => {
  host.rate = crawl;
  const offer = (memory: number, quota: number) =>
    page.addInitScript(
      ([gigabytes, bytes]) => {
        Object.defineProperty(navigator, "deviceMemory", { get: () => gigabytes, configurable: true });
        navigator.storage.estimate = async () => ({ quota: bytes, usage: 0 });
      },
      [memory, quota] as const,
    );
  const warning = page.getByText("This may be too much for this device");
  await offer(2 ** -6, 1e12); // 16 MB
  await page.goto(address(isolated, host));
  await expect(warning).toBeVisible();
  await offer(8, 1000);
  await page.reload();
  await expect(page.locator(".needs")).toContainText("8 GB");
  await expect(warning).toBeHidden();
});

test("a connection that breaks is said to, and taken up again", async ({ page, isolated, host, problems }) => {
  host.faults = [times(3, drop(100_000, 1000)), status(503)];
  await page.goto(address(isolated, host));
  await expect(page.getByText("The connection broke off; trying again.")).toBeVisible();
  host.faults = [];
  await expect(page.locator(".facts")).toBeVisible();
  expect(host.totalSent).toBe(total);
  problems.length = 0; // the broken connections
});

test("a host without CORS: a network error; with it the next try works", async ({ page, isolated, host, problems }) => {
  host.headers = {};
  await page.goto(address(isolated, host));
  await expect(alert(page)).toContainText(/config\.json could not be fetched|variorum\.json could not be fetched|could not be fetched/);
  host.headers = { "access-control-allow-origin": "*" };
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".facts")).toBeVisible();
  expect(host.totalSent).toBe(total);
  problems.length = 0; // the refused requests
});

test("the host goes away for good after the load: reload and generate work, and nothing is fetched again when it is back", async ({
  page,
  isolated,
  host,
  problems,
}) => {
  const url = address(isolated, host);
  await open(page, url);
  host.faults = [];
  host.down = true;
  await open(page, url);
  await generate(page, { length: "5" });
  host.down = false;
  host.reset();
  await open(page, url);
  expect(host.totalSent).toBe(0);
  problems.length = 0; // the broken connections
});

// Private windows keep files in memory and refuse in silence; on disk, open files hold more room than they have bytes.
for (const [where, visit] of [
  ["in a private window", (page: Page, use: (page: Page) => Promise<void>) => use(page)],
  ["on disk", (_: Page, use: (page: Page) => Promise<void>) => withProfile(async (context) => use(await context.newPage()))],
] as const) {
  test(`a full quota ${where}: the model works, with a notice; a second visit downloads what was not kept`, async ({ page, isolated, host }) =>
    visit(page, async (page) => {
      const {
        shards: [first],
      } = await readManifest(demo);
      const notice = page.getByRole("status").filter({ hasText: "storage is full" });
      const session = await page.context().newCDPSession(page);
      // The largest shard fits, and not all the others beside it.
      await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(isolated.url).origin, quotaSize: 6_000_000 });
      await open(page, address(isolated, host));
      await expect(notice).toBeVisible();
      expect(host.totalSent).toBe(total);
      await generate(page, { length: "5" });
      // Once more, and then again: what is kept stays, and is what the network need not send.
      for (let visits = 2; visits <= 3; visits++) {
        const kept = await keptBytes(page);
        expect(kept).toBeGreaterThanOrEqual(first!.bytes);
        expect(kept).toBeLessThan(total);
        host.reset();
        await open(page, address(isolated, host));
        await expect(notice).toBeVisible();
        expect(host.totalSent).toBe(total - kept);
      }
      await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(isolated.url).origin });
      await open(page, address(isolated, host));
      host.reset();
      await open(page, address(isolated, host));
      expect(host.totalSent).toBe(0);
    }));
}

/** Bytes of all weight files in the private file system. */
const keptBytes = (page: Page) =>
  page.evaluate(async () => {
    type Directory = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };
    let sum = 0;
    const root = (await (await navigator.storage.getDirectory()).getDirectoryHandle("variorum")) as Directory;
    for await (const model of root.values()) {
      for await (const file of (model as Directory).values()) {
        if (file.name.startsWith("w-")) sum += (await (file as FileSystemFileHandle).getFile()).size;
      }
    }
    return sum;
  });

/** The page, whose engine finds another world: `code` runs first in its worker. */
async function changedSite(code: string, use: (site: { url: string }) => Promise<void>) {
  const directory = await mkdtemp(join(tmpdir(), "variorum-page-"));
  await cp(join(root, "dist/page"), directory, { recursive: true, filter: (path) => !path.endsWith("/models") });
  const assets = join(directory, "assets");
  for (const name of (await readdir(assets)).filter((name) => name.startsWith("worker-"))) {
    await writeFile(join(assets, name), `${code};\n${await readFile(join(assets, name), "utf8")}`);
  }
  const { server, url } = await startServer({ mounts: [{ path: "/", directory }], port: 0 });
  await use({ url });
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
}

const noFileSystem = "delete StorageManager.prototype.getDirectory";
const noCaches = "Object.defineProperty(globalThis, 'caches', { value: undefined })";

test("without a private file system the Cache API keeps the model, and heals too", async ({ page, host }) =>
  changedSite(noFileSystem, async (isolated) => {
    await open(page, address(isolated, host));
    expect(host.totalSent).toBe(total);
    host.reset();
    await open(page, address(isolated, host));
    expect(host.totalSent).toBe(0);
    await expect(fact(page, "Loaded in")).toContainText("cache");
    // A block with a flipped byte.
    const { shards } = await readManifest(demo);
    await page.evaluate(async (file) => {
      const [name] = (await caches.keys()).filter((name) => name.startsWith("variorum-model-"));
      const cache = await caches.open(name!);
      const [request] = (await cache.keys()).filter(({ url }) => url.includes(`/block/${file}/1/`));
      const bytes = new Uint8Array(await (await cache.match(request!))!.arrayBuffer());
      bytes[100]! ^= 1;
      await cache.put(request!, new Response(bytes));
    }, shards[2]!.file);
    await open(page, address(isolated, host));
    expect(host.totalSent).toBe(shards[2]!.bytes);
    await page.getByRole("button", { name: "Model", exact: true }).click();
    await expect(page.locator("model-panel li")).toContainText(["8.5 MB"]);
  }));

test("a Cache API download that is cut off goes on by the block", async ({ page, host }) =>
  changedSite(noFileSystem, async (isolated) => {
    host.rate = slowAt(0.8 * total, total / 12);
    await page.goto(address(isolated, host));
    await until(() => host.totalSent > 0.8 * total);
    await page.goto("about:blank");
    const sent = host.totalSent;
    host.rate = 0;
    await open(page, address(isolated, host));
    // Of each connection at most one block had not been kept.
    expect(host.totalSent - sent).toBeLessThan(0.2 * total + 4 * (1 << 20) + 256 * 1024);
  }));

test("with no storage at all the model loads, and says that it is not kept", async ({ page, host }) =>
  changedSite(`${noFileSystem}; ${noCaches}`, async (isolated) => {
    await open(page, address(isolated, host));
    await expect(page.getByRole("status").filter({ hasText: "gives the page no storage" })).toBeVisible();
    await generate(page, { length: "5" });
  }));

test("storage that does not answer delays the load by seconds, not for good", async ({ page, host }) =>
  changedSite(`StorageManager.prototype.getDirectory = () => new Promise(() => {}); ${noCaches}`, async (isolated) => {
    await page.goto(address(isolated, host));
    await expect(page.locator(".facts")).toBeVisible({ timeout: 20_000 });
    await generate(page, { length: "5" });
  }));
