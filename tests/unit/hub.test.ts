// Repositories of the hub: pinned to a commit, checked against the announced hash, resumed through fresh signatures.
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HubAddress } from "../../web/api/types";
import { Engine } from "../../web/engine/engine";
import { openSource } from "../../web/model/open-source";
import { parseModelAddress, type WireAddress } from "../../web/model/sources/address";
import { standardTransfer } from "../../web/model/transfer/transfer";
import { drop, flip, status, times } from "../faulty-server";
import { HubServer } from "../hub-server";
import { MemoryStore } from "./memory-store";
import { hfFixtures, load } from "./support";

const transfer = {
  ...standardTransfer,
  blockBytes: 128 << 10,
  policy: { delays: [5, 5, 10], furtherDelays: [], stall: 500, longestWait: 2000, longestOffline: 0 },
};
const ids = [5, 6, 7, 8];
let hub: HubServer;
let sharded: HubServer;
beforeAll(async () => {
  [hub, sharded] = await Promise.all([HubServer.start(join(hfFixtures, "base")), HubServer.start(join(hfFixtures, "f16-sharded"))]);
});
afterAll(() => Promise.all([hub.stop(), sharded.stop()]));
beforeEach(() => [hub, sharded].forEach((each) => each.reset()));

const addressOf = (server: HubServer, more: Partial<HubAddress> = {}): WireAddress =>
  parseModelAddress({ hub: server.repository, endpoint: server.url, ...more });

async function loadHub(server: HubServer, more: Partial<HubAddress> = {}, store: MemoryStore | null = null): Promise<Engine> {
  return Engine.load(await openSource(addressOf(server, more), store, undefined, transfer.policy), { weights: "f32" }, { store, transfer });
}

const logprobs = async (engine: Engine) => (await engine.score(ids)).logprobs;
const rightOf = async (name: string) => logprobs(await load(join(hfFixtures, name), { weights: "f32" }));
const sizeOf = (server: HubServer) => server.cdn.totalSent;

describe("a repository", () => {
  test("loads with the right weights, pinned to its commit, every byte once", async () => {
    const engine = await loadHub(hub);
    expect(await logprobs(engine)).toEqual(await rightOf("base"));
    expect(engine.info).toMatchObject({ name: "someone/some-model", bytes: sizeOf(hub) });
    expect(hub.requests.filter((request) => request.includes("/resolve/")).every((request) => request.includes(hub.commit))).toBe(true);
    // Nothing is asked for that the list says is not there.
    expect(hub.requests.join()).not.toContain("variorum.json");
  });

  test("in several files", async () => {
    const engine = await loadHub(sharded);
    expect(await logprobs(engine)).toEqual(await rightOf("f16-sharded"));
    expect(engine.info.bytes).toBe(sizeOf(sharded));
  });

  test("by commit; by the short form of its address", async () => {
    expect(await logprobs(await loadHub(hub, { revision: hub.commit }))).toEqual(await rightOf("base"));
    expect(parseModelAddress("hf:openai-community/gpt2@v1")).toEqual({ hub: "openai-community/gpt2", revision: "v1", endpoint: "https://huggingface.co" });
  });

  test("from servers that list no sizes, or have no API: the hash is then the ETag's", async () => {
    hub.withoutBlobs = true;
    expect(await logprobs(await loadHub(hub))).toEqual(await rightOf("base"));
    expect(hub.requests.some((request) => request.includes("/tree/"))).toBe(true);
    hub.reset();
    hub.withoutApi = true;
    expect(await logprobs(await loadHub(hub))).toEqual(await rightOf("base"));
    hub.cdn.faults = [flip(300_000)];
    await expect(loadHub(hub)).rejects.toMatchObject({ code: "bad-shard", message: expect.stringContaining("SHA-256") });
  });

  test("private: a token opens it, and goes to the endpoint only", async () => {
    hub.token = "hf_secret";
    await expect(loadHub(hub)).rejects.toMatchObject({ code: "network", message: expect.stringMatching(/401.*token/) });
    await expect(loadHub(hub, { token: "hf_wrong" })).rejects.toMatchObject({ code: "network" });
    const seen: (string | undefined)[] = [];
    hub.cdn.faults = [({ request }) => (seen.push(request.headers.authorization), false)];
    const store = new MemoryStore();
    expect(await logprobs(await loadHub(hub, { token: "hf_secret" }, store))).toEqual(await rightOf("base"));
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((header) => header === undefined)).toBe(true);
    expect([...store.texts.values()].join()).not.toContain("hf_secret");
  });

  test("that does not exist; a name, revision or endpoint that cannot be", async () => {
    await expect(loadHub(hub, { hub: "nobody/nothing" })).rejects.toMatchObject({ code: "bad-config", message: expect.stringContaining("config.json") });
    for (const address of [
      { hub: "a/b/c" },
      { hub: "../x" },
      { hub: "a b" },
      { hub: "" },
      { hub: "a/b", revision: "../.." },
      { hub: "a/b", endpoint: "nowhere" },
      { hub: 5 },
      { cached: 5 },
      {},
      null,
      5,
    ]) {
      expect(() => parseModelAddress(address as HubAddress)).toThrow(expect.objectContaining({ code: "bad-option" }));
    }
  });
});

describe("breaks and damage", () => {
  test("drops: resumed at the byte, with a fresh signature", async () => {
    await loadHub(hub);
    const total = sizeOf(hub);
    hub.reset();
    hub.cdn.faults = [times(6, drop(30_000))];
    expect(await logprobs(await loadHub(hub))).toEqual(await rightOf("base"));
    expect(sizeOf(hub)).toBe(total);
  });

  test("a signature that has run out is an error that says what to do; the next try works", async () => {
    hub.cdn.faults = [status(403)];
    await expect(loadHub(hub)).rejects.toMatchObject({ code: "network", message: expect.stringContaining("403") });
    hub.cdn.faults = [];
    await loadHub(hub);
  });

  test("a flipped byte: fetched again once, then named", async () => {
    hub.cdn.faults = [times(1, flip(5), ({ range }) => (range?.from ?? 0) <= 5)];
    expect(await logprobs(await loadHub(hub))).toEqual(await rightOf("base"));
    hub.cdn.faults = [flip(5)];
    await expect(loadHub(hub)).rejects.toMatchObject({ code: "bad-shard", message: expect.stringMatching(/^model\.safetensors.*SHA-256/) });
  });

  test("a large file that streams by is checked too, and fetched again once", async () => {
    const streamed = { ...transfer, wholeBytes: 0 };
    const loadStreamed = async () =>
      Engine.load(await openSource(addressOf(hub), null, undefined, transfer.policy), { weights: "f32" }, { transfer: streamed });
    expect(await logprobs(await loadStreamed())).toEqual(await rightOf("base"));
    const total = sizeOf(hub);
    hub.reset();
    hub.cdn.faults = [times(1, flip(400_000), ({ range }) => range !== null && range.from <= 400_000 && range.to > 400_000)];
    expect(await logprobs(await loadStreamed())).toEqual(await rightOf("base"));
    expect(sizeOf(hub)).toBe(2 * total);
    hub.cdn.faults = [flip(400_000)];
    await expect(loadStreamed()).rejects.toMatchObject({ code: "bad-shard", message: expect.stringMatching(/^model\.safetensors.*SHA-256/) });
  });
});

test("with storage: the second load asks the hub which commit it is, and fetches nothing; without a network it asks nobody", async () => {
  const store = new MemoryStore();
  await loadHub(hub, {}, store);
  hub.reset();
  const again = await loadHub(hub, {}, store);
  expect(hub.requests).toEqual([`GET /api/models/${hub.repository}/revision/main?blobs=true`]);
  expect(hub.cdn.requests).toEqual([]);
  const { url } = hub;
  await hub.stop();
  const offline = await Engine.load(
    await openSource(parseModelAddress({ hub: hub.repository, endpoint: url }), store, undefined, transfer.policy),
    { weights: "f32" },
    { store, transfer },
  );
  expect(await logprobs(offline)).toEqual(await logprobs(again));
  const cached = await openSource({ cached: (await openSource(addressOf2(url), store, undefined, transfer.policy)).id }, store);
  expect(await logprobs(await Engine.load(cached, { weights: "f32" }, { store, transfer }))).toEqual(await logprobs(again));
  await expect(openSource({ cached: "http://never/" }, store)).rejects.toMatchObject({ code: "bad-option" });
  hub = await HubServer.start(join(hfFixtures, "base"));
});

const addressOf2 = (endpoint: string) => parseModelAddress({ hub: "someone/some-model", endpoint });
