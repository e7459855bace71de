// What can go wrong, in words on the page, and that the next correct try works without a reload.
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import type { Manifest } from "../../web/model/formats/manifest";
import { alert, cards, demo, expect, fact, generate, generateButton, open, type Site, test } from "./support";

const shards = async () => (JSON.parse(await readFile(join(demo, "variorum.json"), "utf8")) as Manifest).shards;

async function damage(site: Site, file: string, edit: (bytes: Buffer) => Buffer | null) {
  const path = join(site.scratch, file);
  const bytes = edit(await readFile(path));
  if (bytes) await writeFile(path, bytes);
  else await rm(path);
}

async function loadFails(page: Page, site: Site, message: RegExp) {
  await page.goto(`${site.url}/?model=models/scratch/`);
  await expect(alert(page)).toContainText(message);
  await expect(page.locator(".facts")).toHaveCount(0);
}

async function loadsAfterRepair(page: Page, site: Site) {
  await cp(demo, site.scratch, { recursive: true });
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".facts")).toBeVisible();
  await expect(alert(page)).toHaveCount(0);
  await generate(page, { length: "5" });
}

const flip = (bytes: Buffer) => {
  bytes[bytes.length - 77]! ^= 1;
  return bytes;
};

for (const [name, edit] of [
  ["with a flipped byte", flip],
  ["that is truncated", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ["that is missing", () => null],
] as const) {
  test(`a shard ${name}`, async ({ page, isolated, problems }) => {
    const [, , third] = await shards();
    await damage(isolated, third!.file, edit);
    await loadFails(page, isolated, /weights are damaged or incomplete/);
    await expect(alert(page)).toContainText(third!.file);
    await loadsAfterRepair(page, isolated);
    problems.splice(0, problems.length, ...problems.filter((text) => !text.includes("404"))); // the browser reports the missing file
  });
}

test("a model that is not GPT-2, and an address without a model", async ({ page, isolated, problems }) => {
  await damage(isolated, "config.json", (bytes) => Buffer.from(String(bytes).replace('"model_type": "gpt2"', '"model_type": "bert"')));
  await loadFails(page, isolated, /"bert".*GPT-2/);
  await loadsAfterRepair(page, isolated);
  await page.goto(`${isolated.url}/?model=models/nowhere/`);
  await expect(alert(page)).toContainText("config.json");
  problems.length = 0; // 404s of a directory that is not there
});

test("the server goes away while the model loads: a network error, and the next try works", async ({ page, isolated, problems }) => {
  await page.route("**/*.safetensors", (route) => route.abort("connectionreset"));
  await page.goto(isolated.url);
  await expect(alert(page)).toContainText("could not be fetched");
  await page.unroute("**/*.safetensors");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".facts")).toBeVisible();
  problems.length = 0; // the broken connections
});

for (const [what, pattern, nth] of [
  ["engine's script", "**/variorum-relaxed.js", 1],
  ["thread's script", "**/variorum-relaxed.js", 2],
  ["module", "**/variorum-relaxed.wasm", 1],
] as const) {
  test(`the ${what} does not come: it is asked for again, and then it is an error`, async ({ page, isolated, problems }) => {
    let asked = 0;
    await page.route(pattern, (route) => (++asked === nth ? route.abort("connectionreset") : route.continue()));
    await open(page, `${isolated.url}/?threads=2`);
    expect(asked).toBeGreaterThan(nth);
    await page.unroute(pattern);
    await page.route(pattern, (route) => (++asked >= nth ? route.abort("connectionreset") : route.continue()));
    asked = 0;
    await page.goto(`${isolated.url}/?threads=2`);
    await expect(alert(page)).toContainText("The engine could not be started from");
    await page.unroute(pattern);
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.locator(".facts")).toBeVisible();
    problems.length = 0; // the broken connections
  });
}

test("settings and prompts that cannot be used", async ({ page, isolated }) => {
  await open(page, isolated.url);
  const good = { prompt: "The game is", variants: "2", length: "5", temperature: "0.8", topK: "40", topP: "0.95", seed: "7" };
  const cases: [Record<string, string>, RegExp][] = [
    [{ prompt: "" }, /Write a prompt first/],
    [{ prompt: "word ".repeat(300) }, /more than the model can hold.*256/s],
    [{ length: "999" }, /more than the model can hold/],
    [{ length: "0" }, /Length.*0 cannot be used.*at least 1/],
    [{ variants: "0" }, /Variants: 0 cannot be used.*1 to 8/],
    [{ variants: "100" }, /Variants: 100 cannot be used.*1 to 8/],
    [{ variants: "2.5" }, /Variants: 2.5 cannot be used.*whole number/],
    [{ variants: "" }, /Variants: a value is missing/],
    [{ temperature: "" }, /Temperature: a value is missing/],
    [{ temperature: "0" }, /Temperature: 0 cannot be used.*above 0/],
    [{ topP: "1.5" }, /Top-p: 1.5 cannot be used.*at most 1/],
    [{ topK: "-3" }, /Top-k: -3 cannot be used/],
    [{ seed: "-1" }, /Seed: -1 cannot be used/],
    [{ seed: "4294967296" }, /Seed: 4294967296 cannot be used/],
  ];
  for (const [wrong, message] of cases) {
    for (const [name, value] of Object.entries({ ...good, ...wrong })) await page.locator(`[name=${name}]`).fill(value);
    await generateButton(page).click();
    await expect(alert(page)).toContainText(message);
    await generate(page, good);
    await expect(alert(page)).toHaveCount(0);
    await expect(cards(page)).toHaveCount(2);
  }
});

test("options in the address that cannot be used", async ({ page, isolated }) => {
  for (const [query, message] of [
    ["module=fast", /module is "fast"/],
    ["threads=99", /threads is 99.*1 to 16/],
    ["weights=f32", /stored as q8/],
  ] as const) {
    await page.goto(`${isolated.url}/?${query}`);
    await expect(alert(page)).toContainText(message);
  }
  await open(page, `${isolated.url}/?module=simd&threads=1&weights=q8`);
  await expect(fact(page, "Engine")).toHaveText("1 thread, SIMD");
});
