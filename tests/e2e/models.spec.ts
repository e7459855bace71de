// Choosing a model on the page: from the hub, from files, from what is kept.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { HubServer } from "../hub-server";
import { alert, test as base, demo, expect, fact, fill, generate, generateButton, infoInPage, open, root, runInPage } from "./support";

const hf = join(root, "tests/fixtures/hf-gpt2");

const test = base.extend<{ hub: HubServer }>({
  hub: async ({}, use) => {
    const hub = await HubServer.start(demo);
    await use(hub);
    await hub.stop();
  },
});

const panel = (page: Page) => page.locator("model-panel");
const openPanel = (page: Page) => panel(page).getByRole("button", { name: "Model", exact: true }).click();

test("a repository of the hub, by the form: private, with a token that is not kept", async ({ page, isolated, hub, problems }) => {
  hub.token = "hf_secret";
  await open(page, isolated.url);
  await openPanel(page);
  await panel(page).getByRole("button", { name: "Revision, endpoint, token" }).click();
  await fill(page, { hub: hub.repository, endpoint: hub.url });
  const load = panel(page).getByRole("region", { name: "From the Hugging Face hub" }).getByRole("button", { name: "Load" });
  await load.click();
  await expect(alert(page)).toContainText("give a token");
  await fill(page, { token: "hf_secret" });
  await load.click();
  await expect(fact(page, "Model")).toContainText("someone/some-model");
  await generate(page, { length: "5" });
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("hf_secret");
  await expect(panel(page).locator("li")).toContainText(["demo", "someone/some-model"]);
  problems.length = 0; // the 401
});

test("a repository by the page's address; offline it loads from storage, and online nothing is fetched again", async ({ page, isolated, hub, problems }) => {
  const url = `${isolated.url}/?model=hf:${hub.repository}&endpoint=${encodeURIComponent(hub.url)}`;
  await open(page, url);
  const sent = hub.cdn.totalSent;
  expect(sent).toBe((await infoInPage(page)).bytes);
  const ids = [5, 6, 7];
  const options = { doSample: false, maxNewTokens: 8 };
  const before = await runInPage(page, ids, options);
  hub.down = true;
  await open(page, url);
  expect(await runInPage(page, ids, options)).toEqual(before);
  hub.down = false;
  await open(page, url);
  expect(hub.cdn.totalSent).toBe(sent);
  problems.length = 0; // the broken connections
});

// VARIORUM_HUB_MODEL names another model's directory, such as one of scripts/lib/random-model.mjs gpt2 --weights f32.
test("from the click to the first token, from the hub with nothing cached", async ({ page, isolated, hub: demoHub }) => {
  test.setTimeout(300_000);
  const directory = process.env.VARIORUM_HUB_MODEL;
  const hub = directory ? await HubServer.start(directory) : demoHub;
  await page.goto("about:blank");
  const blank = await peakMemory(page);
  await page.goto(`${isolated.url}/?model=hf:${hub.repository}&endpoint=${encodeURIComponent(hub.url)}`);
  await fill(page, { length: "5" });
  const click = await page.evaluate(() => performance.now());
  await generateButton(page).click();
  await page.waitForFunction(() => performance.getEntriesByName("variorum-first-token").length > 0);
  const first = await page.evaluate(() => performance.getEntriesByName("variorum-first-token")[0]!.startTime);
  const { bytes, weights } = await infoInPage(page);
  expect(hub.cdn.totalSent).toBe(bytes);
  console.log(
    `hub, ${megabytes(bytes)} held as ${weights}: click to first token ${Math.round(first - click)} ms, the renderer's peak memory above a blank page's ${megabytes((await peakMemory(page)) - blank)}`,
  );
  if (hub !== demoHub) await hub.stop();
});

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Largest resident size so far of the page's renderer, in bytes. */
async function peakMemory(page: Page): Promise<number> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const peaks = await Promise.all(
    processInfo
      .filter(({ type }) => type === "renderer")
      .map(async ({ id }) => {
        const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
        return 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0);
      }),
  );
  return Math.max(...peaks);
}

for (const fixture of ["base", "f16-sharded", "old-bin", "untied"]) {
  test(`a folder of the visitor's: ${fixture}`, async ({ page, isolated }) => {
    await open(page, isolated.url);
    await openPanel(page);
    await panel(page).locator("#folder").setInputFiles(join(hf, fixture));
    await expect(fact(page, "Model")).toContainText(fixture);
    expect(await runInPage(page, [5, 6, 7], { doSample: false, maxNewTokens: 3 })).toHaveLength(1);
  });
}

test("files without a config.json are refused, and the demo can be loaded again from storage", async ({ page, isolated }) => {
  await open(page, isolated.url);
  await openPanel(page);
  await panel(page).locator("#files").setInputFiles(join(hf, "base/model.safetensors"));
  await expect(alert(page)).toContainText("no config.json");
  isolated.requests.length = 0;
  await panel(page).getByRole("button", { name: "Load demo" }).click();
  await expect(fact(page, "Loaded in")).toContainText("cache");
  expect(isolated.requests.filter((request) => request.includes("/models/"))).toEqual([]);
  await generate(page, { length: "5" });
});

test("dropped files, a folder among them", async ({ page, isolated }) => {
  await open(page, isolated.url);
  const files = await Promise.all(
    ["config.json", "model.safetensors"].map(async (name) => [name, (await readFile(join(hf, "base", name))).toString("base64")] as const),
  );
  await page.evaluate(async (files) => {
    const data = new DataTransfer();
    for (const [name, text] of files) data.items.add(new File([await (await fetch(`data:;base64,${text}`)).arrayBuffer()], name));
    document.querySelector("variorum-page")!.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }, files);
  await expect(fact(page, "Model")).toContainText("local files");
});

test("a kept model is deleted: it is gone from the list and from storage", async ({ page, isolated }) => {
  await open(page, isolated.url);
  await openPanel(page);
  await expect(panel(page)).toContainText(/of the .* that this browser allows/);
  await panel(page).getByRole("button", { name: "Delete demo" }).click();
  await expect(panel(page)).toContainText("Nothing is kept yet.");
  await generate(page, { length: "5" }); // the loaded model stays
  isolated.requests.length = 0;
  await open(page, isolated.url);
  expect(isolated.requests.filter((request) => request.endsWith(".safetensors")).length).toBeGreaterThan(0);
});
