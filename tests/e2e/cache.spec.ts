// What the browser keeps of a model, and what becomes of it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import type { Manifest } from "../../web/model/formats/manifest";
import { demo, expect, fact, generate, open, type Site, test } from "./support";

const { shards } = JSON.parse(await readFile(join(demo, "variorum.json"), "utf8")) as Manifest;

/** Changes a kept file of the only model: "w-" weights, "j-" journal, "t-" text. */
const editKept = (page: Page, name: string, edit: "flip" | "truncate" | "empty" | "remove" | "garbage") =>
  page.evaluate(
    async ([name, edit]) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("variorum");
      const { value: directory } = await (root as unknown as { values(): AsyncIterator<FileSystemDirectoryHandle> }).values().next();
      if (edit === "remove") return directory.removeEntry(name);
      const handle = await directory.getFileHandle(name);
      let bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      if (edit === "flip") bytes[bytes.length - 77]! ^= 1;
      if (edit === "truncate") bytes = bytes.slice(0, bytes.length / 2);
      if (edit === "empty") bytes = new Uint8Array(0);
      if (edit === "garbage") bytes.fill(0x55);
      const stream = await handle.createWritable();
      await stream.write(bytes);
      await stream.close();
    },
    [name, edit] as const,
  );

const weightRequests = (site: Site) => site.requests.filter((request) => request.endsWith(".safetensors"));

test("a second visit fetches no weights", async ({ page, isolated }) => {
  await open(page, isolated.url);
  expect(new Set(weightRequests(isolated)).size).toBe(shards.length);
  isolated.requests.length = 0;
  await open(page, isolated.url);
  expect(weightRequests(isolated)).toEqual([]);
  await expect(fact(page, "Loaded in")).toContainText("cache");
  await generate(page, { length: "5" });
});

for (const [what, name, edit] of [
  ["a flipped byte", "w-", "flip"],
  ["a truncated file", "w-", "truncate"],
  ["an empty file", "w-", "empty"],
  ["a lost file", "w-", "remove"],
  ["a lost journal", "j-", "remove"],
  ["a journal of nonsense", "j-", "garbage"],
  ["half a journal", "j-", "truncate"],
] as const) {
  test(`${what} in storage heals itself`, async ({ page, isolated }) => {
    await open(page, isolated.url);
    const { file } = shards[1]!;
    await editKept(page, name + file, edit);
    isolated.requests.length = 0;
    await open(page, isolated.url);
    expect(new Set(weightRequests(isolated))).toEqual(new Set([`/models/demo/${file}`]));
    await generate(page, { length: "5" });
    isolated.requests.length = 0;
    await open(page, isolated.url);
    expect(weightRequests(isolated)).toEqual([]);
  });
}

test("damaged small files in storage are fetched again", async ({ page, isolated }) => {
  await open(page, isolated.url);
  await editKept(page, "t-files.json", "truncate");
  await editKept(page, "t-about.json", "garbage");
  isolated.requests.length = 0;
  await open(page, isolated.url);
  expect(weightRequests(isolated)).toEqual([]);
  await generate(page, { length: "5" });
});
