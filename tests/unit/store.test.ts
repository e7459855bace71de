// What is kept between loads: from a store that behaves, is damaged, is full, or does not answer.
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { LoadProgress } from "../../web/api/types";
import { Engine } from "../../web/engine/engine";
import type { Manifest } from "../../web/model/formats/manifest";
import { Journal } from "../../web/model/store/journal";
import { Keeper } from "../../web/model/store/keeper";
import { storeKey } from "../../web/model/store/store";
import { standardTransfer } from "../../web/model/transfer/transfer";
import { MemoryStore } from "./memory-store";
import { demo, hfFixtures, PatchedSource, readJson } from "./support";

const { shards } = await readJson<Manifest>(demo, "variorum.json");
const total = shards.reduce((sum, { bytes }) => sum + bytes, 0);
const ids = [5, 6, 7];

let store: MemoryStore;
beforeEach(() => (store = new MemoryStore()));

async function load(source = new PatchedSource(demo, {}), wholeBytes = standardTransfer.wholeBytes): Promise<LoadProgress> {
  let last!: LoadProgress;
  const policy = { ...standardTransfer.policy, delays: [5, 5], furtherDelays: [], longestOffline: 0 };
  const engine = await Engine.load(source, { onProgress: (progress) => (last = progress) }, { store, transfer: { ...standardTransfer, wholeBytes, policy } });
  await engine.score(ids);
  return last;
}

const flip = (bytes: Uint8Array) => (bytes[1000]! ^= 1);

describe("a store that behaves", () => {
  test("a second load takes every byte from it, and opens no file", async () => {
    expect(await load()).toMatchObject({ loaded: total, cached: 0, notice: null });
    const again = new PatchedSource(demo, {});
    expect(await load(again)).toMatchObject({ loaded: total, cached: total, notice: null });
    expect(again.opened).toEqual([]);
  });

  test("without a network at all: the small files too", async () => {
    await load();
    const offline = new PatchedSource(demo, {});
    const gone = () => Promise.reject(new TypeError("no network"));
    Object.assign(offline, { text: gone, describe: gone, open: gone });
    expect(await load(offline)).toMatchObject({ loaded: total, cached: total });
  });

  test("a part of a shard is completed from the byte on", async () => {
    await load();
    const { file, bytes } = shards[2]!;
    const kept = store.files.get(file)!;
    kept.journal = kept.journal.begun();
    kept.journal.wrote(0, 123_456);
    kept.data.fill(0, 123_456);
    const again = new PatchedSource(demo, {});
    expect(await load(again)).toMatchObject({ loaded: total, cached: total - bytes + 123_456 });
    expect(new Set(again.opened)).toEqual(new Set([file]));
  });

  test("a damaged shard is fetched again, and mended in the store", async () => {
    await load();
    flip(store.files.get(shards[1]!.file)!.data);
    const healing = new PatchedSource(demo, {});
    expect(await load(healing)).toMatchObject({ loaded: total, cached: total - shards[1]!.bytes });
    expect(healing.opened).toEqual([shards[1]!.file]);
    const again = new PatchedSource(demo, {});
    await load(again);
    expect(again.opened).toEqual([]);
  });

  test.each([
    ["in one piece", standardTransfer.wholeBytes],
    ["streaming", 0],
  ])("a folder that announces no hash: what was kept is checked against what it was, %s", async (_, wholeBytes) => {
    const plain = () => new PatchedSource(join(hfFixtures, "f16-sharded"), {});
    const { loaded } = await load(plain(), wholeBytes);
    expect(await load(plain(), wholeBytes)).toMatchObject({ loaded, cached: loaded });
    const [file] = [...store.files.keys()];
    flip(store.files.get(file!)!.data);
    const healing = plain();
    expect(await load(healing, wholeBytes)).toMatchObject({ loaded, notice: null });
    expect(new Set(healing.opened)).toEqual(new Set([file]));
    expect(await load(plain(), wholeBytes)).toMatchObject({ loaded, cached: loaded });
  });

  test("a damaged download is not taken for good the next time", async () => {
    const { file } = shards[2]!;
    await expect(load(new PatchedSource(demo, { [file]: (bytes) => (flip(bytes), bytes) }))).rejects.toMatchObject({ code: "bad-shard" });
    const again = new PatchedSource(demo, {});
    await load(again);
    expect(again.opened).toContain(file);
    expect(again.opened).not.toContain(shards[0]!.file);
  });

  test("shards that the model no longer has are taken away", async () => {
    await store.openFile("", { file: "old.safetensors", bytes: 5, version: "" });
    await load();
    expect([...store.files.keys()].sort()).toEqual(shards.map(({ file }) => file).sort());
  });

  test("damaged small files are as if they were not there", async () => {
    await load();
    for (const text of ["{", "[]", '{"config.json":5}']) {
      const [kept] = [...store.texts.keys()].filter((key) => key.endsWith("/files.json"));
      store.texts.set(kept!, text);
      expect(await load()).toMatchObject({ cached: total });
    }
  });
});

describe("a store that fails: the load goes on without it, with a notice", () => {
  const quota = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  test.each(["readText", "openFile", "write", "seal", "writeText"])("full at %s", async (which) => {
    store.trouble = (use) => (use === which ? quota() : undefined);
    expect(await load()).toMatchObject({ loaded: total, notice: "storage-full" });
  });

  test("full in the middle: what was kept before is of use the next time", async () => {
    let writes = 0;
    store.trouble = (use) => (use === "write" && ++writes > 40 ? quota() : undefined);
    expect(await load()).toMatchObject({ notice: "storage-full" });
    store.trouble = () => {};
    const { cached, notice } = await load();
    expect(cached).toBeGreaterThan(0);
    expect(cached).toBeLessThan(total);
    expect(notice).toBeNull();
  });

  test("reading fails", async () => {
    await load();
    store.trouble = (use) => (use === "read" ? Promise.reject(new Error("broken disk")) : undefined);
    expect(await load()).toMatchObject({ loaded: total, notice: "storage-failed" });
  });

  test("storage that does not answer is given up after five seconds", async () => {
    store.trouble = (use) => (use === "openFile" ? new Promise(() => {}) : undefined);
    const begin = performance.now();
    expect(await load()).toMatchObject({ loaded: total, cached: 0, notice: "storage-failed" });
    expect(performance.now() - begin).toBeGreaterThan(4900);
  });

  test("nothing happens to a keeper that has given up, or has no store", async () => {
    const keeper = new Keeper(null, { id: "x", name: "x" });
    expect(keeper.keeps).toBe(false);
    expect(await keeper.readText("a")).toBeNull();
    expect(await keeper.openFile({ file: "f", bytes: 1, exact: true, sha256: null, version: null })).toBeNull();
  });
});

describe("the journal", () => {
  const version = "ab".repeat(32);

  test("round trip, with blocks written in any order and across borders", () => {
    const journal = new Journal(100, 350, version);
    journal.wrote(200, 50);
    journal.wrote(0, 120);
    const read = Journal.parse(journal.encode())!;
    expect([0, 1, 2, 3].map((i) => read.have(i))).toEqual([100, 20, 50, 0]);
    expect(read).toMatchObject({ bytes: 350, sha256: null, total: 170 });
    expect(read.fits(journal)).toBe(true);
    read.complete(350, "cd".repeat(32));
    expect(Journal.parse(read.encode())!.sha256).toBe("cd".repeat(32));
  });

  test("what changes is what has to be written", () => {
    const journal = new Journal(100, null, version);
    const encoded = new Uint8Array(200);
    encoded.set(journal.encode());
    for (const [at, count] of [
      [0, 40],
      [40, 60],
      [100, 1],
      [101, 199],
    ] as const) {
      for (const { offset, bytes } of journal.wrote(at, count)) encoded.set(bytes, offset);
    }
    expect(Journal.parse(encoded.slice(0, journal.encode().length))!.encode()).toEqual(journal.encode());
    expect(Journal.parse(journal.encode())!.bytes).toBeNull();
  });

  test("of a known length it has all its room from the beginning", () => {
    const journal = new Journal(100, 350, version);
    const { length } = journal.encode();
    const changes = [
      [200, 100],
      [0, 100],
      [300, 50],
      [100, 100],
    ].flatMap(([at, count]) => journal.wrote(at!, count!));
    expect(Math.max(...changes.map(({ offset, bytes }) => offset + bytes.length))).toBe(length);
    journal.complete(350, "cd".repeat(32));
    expect(journal.encode()).toHaveLength(length);
  });

  test("of another file, or none", () => {
    const journal = new Journal(100, 350, version);
    expect(journal.fits(new Journal(100, 351, version))).toBe(false);
    expect(journal.fits(new Journal(100, 350, "00".repeat(32)))).toBe(false);
    expect(journal.fits(new Journal(200, 350, version))).toBe(false);
    expect(Journal.parse(new Uint8Array(10))).toBeNull();
    expect(Journal.parse(new Uint8Array(80))).toBeNull();
  });

  test("directory names", async () => {
    expect(await storeKey("http://a/")).toMatch(/^[0-9a-f]{32}$/);
    expect(await storeKey("http://a/")).not.toBe(await storeKey("http://b/"));
  });
});
