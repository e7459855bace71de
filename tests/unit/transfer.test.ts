// A network that misbehaves: every fault ends in the right model or in a typed error, what has arrived is not fetched again,
// and the next try works.
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LoadProgress } from "../../web/api/types";
import { Engine } from "../../web/engine/engine";
import type { Manifest } from "../../web/model/formats/manifest";
import { HttpSource } from "../../web/model/sources/http-source";
import type { ByteStream, OpenOptions } from "../../web/model/transfer/source";
import { standardTransfer, type TransferOptions } from "../../web/model/transfer/transfer";
import {
  drop,
  type Exchange,
  endEarly,
  type Fault,
  FaultyServer,
  flip,
  gzip,
  ignoreRange,
  otherRange,
  redirect,
  refuseRange,
  silence,
  stall,
  status,
  times,
  truncated,
  wrongLength,
} from "../faulty-server";
import { demo, hfFixtures, load, readJson } from "./support";

const base = join(hfFixtures, "base"); // 1 MB, a plain Hugging Face folder
const { shards } = await readJson<Manifest>(demo, "variorum.json");
const demoBytes = shards.reduce((sum, { bytes }) => sum + bytes, 0);
const largest = Math.max(...shards.map(({ bytes }) => bytes));
const third = shards[2]!;
const ofThird = ({ file }: Exchange) => file === third.file;
const kilo = 1024;

/** Small blocks, so that one shard is several, and quick to try again. */
const quick: TransferOptions = {
  ...standardTransfer,
  blockBytes: 512 * kilo,
  policy: { delays: [10, 10, 20], furtherDelays: [20, 40], stall: 15_000, longestWait: 3000, longestOffline: 0 },
};
/** For connections that go silent. Elsewhere a machine that is busy for so long would seem to have lost one. */
const impatient: TransferOptions = { ...quick, policy: { ...quick.policy, stall: 700 } };

let server: FaultyServer;
let plain: FaultyServer;
let elsewhere: FaultyServer;
let expected: number[];
let plainExpected: number[];
const ids = [5, 6, 7, 8, 9];

beforeAll(async () => {
  [server, plain, elsewhere] = await Promise.all([FaultyServer.start(demo), FaultyServer.start(base), FaultyServer.start(demo)]);
  expected = (await (await load(demo)).score(ids)).logprobs;
  plainExpected = (await (await load(base)).score(ids)).logprobs;
});
afterAll(() => Promise.all([server.stop(), plain.stop(), elsewhere.stop()]));
beforeEach(() => [server, plain, elsewhere].forEach((each) => each.reset()));

async function loads(from = server, transfer = quick, right = expected): Promise<Engine> {
  const engine = await Engine.load(new HttpSource(from.url), {}, { transfer });
  expect((await engine.score(ids)).logprobs).toEqual(right);
  return engine;
}

describe("faults that pass: the right model", () => {
  // Bytes that may be sent beyond the model's own.
  const cases: [string, Fault[], number, TransferOptions?][] = [
    ["no fault", [], 0],
    ["a drop before the first byte", [times(1, drop(0))], 0],
    ["a drop in the middle of a block", [times(1, drop(100_000))], 0],
    ["a drop in every shard", shards.map(({ file }) => times(1, drop(77_777), (e) => e.file === file)), 0],
    ["five drops in a row, each a little further", [times(5, drop(10_000), ofThird)], 0],
    ["twelve drops of one shard", [times(12, drop(50_000), ofThird)], 0],
    ["a drop at the last byte but one", [times(1, drop(512 * kilo - 1))], 0],
    ["a stall after some bytes", [times(1, stall(30_000))], 0, impatient],
    ["a stall before any", [times(1, stall(0))], 0, impatient],
    ["a server that does not answer at first", [times(2, silence)], 0, impatient],
    ["an answer that ends in order, but early", [times(3, endEarly(40_000), ofThird)], 0],
    ["an answer of no bytes", [times(1, endEarly(0))], 0],
    ["503, twice", [times(2, status(503))], 0],
    ["500 and 502 and 504", [times(1, status(500)), times(1, status(502)), times(1, status(504))], 0],
    ["408", [times(1, status(408))], 0],
    ["429 with Retry-After in seconds", [times(1, status(429, { "retry-after": "1" }))], 0],
    ["429 with Retry-After as a date", [times(1, status(429, { "retry-after": new Date(Date.now() + 500).toUTCString() }))], 0],
    ["429 with a Retry-After that says nothing", [times(2, status(429, { "retry-after": "soon" }))], 0],
    ["Content-Length says too much, once", [times(1, wrongLength(5000), ofThird)], 0],
    [
      "a flipped byte, once: the shard is fetched again",
      [times(1, flip(700_000), ({ file, range }) => file === third.file && range?.from === 512 * kilo)],
      third.bytes,
    ],
    ["ranges are ignored", [ignoreRange], 0],
    [
      "ranges are ignored, and the connection drops",
      [
        times(
          1,
          async (e) => (
            e.response.writeHead(200, { "content-length": e.bytes.length }),
            await e.server.send(e, e.bytes.subarray(0, 700_000)),
            setTimeout(() => e.response.destroy(), 60),
            true
          ),
        ),
        ignoreRange,
      ],
      700_000,
    ],
    ["one range is ignored", [times(1, ignoreRange, ({ range }) => range !== null && range.from > 0)], largest],
    ["416 to every range", [refuseRange], 0],
    ["416 to one range", [times(1, refuseRange, ({ range }) => range !== null && range.from > 0)], demoBytes + largest],
    ["another range than was asked for", [otherRange], 2 * demoBytes],
    ["compressed on the way", [gzip], demoBytes],
  ];

  test.each(cases)("%s", async (_, faults, surplus, transfer) => {
    server.faults = faults;
    await loads(server, transfer);
    expect(server.totalSent).toBeLessThanOrEqual(demoBytes + surplus);
    if (surplus === 0 && faults.length > 0 && !faults.includes(gzip)) expect(server.totalSent).toBe(demoBytes);
  });

  test("redirects to another origin, each request", async () => {
    server.faults = [redirect(elsewhere.url)];
    elsewhere.faults = [times(1, drop(10_000))];
    await loads();
    expect(elsewhere.totalSent).toBe(demoBytes);
  });

  test("a slow link: progress has rate and time left, and never goes back", async () => {
    server.rate = 4_000_000;
    const seen: LoadProgress[] = [];
    const begin = performance.now();
    await Engine.load(new HttpSource(server.url), { onProgress: (progress) => seen.push(progress) }, { transfer: { ...quick, parallel: 1 } });
    expect(seen.every(({ total }) => total === demoBytes)).toBe(true);
    expect(seen.every(({ loaded }, i) => i === 0 || loaded >= seen[i - 1]!.loaded)).toBe(true);
    // A busy machine is slower than the link.
    const mean = demoBytes / ((performance.now() - begin) / 1000);
    const late = seen.at(-2)!;
    expect(late.rate).toBeGreaterThan(Math.min(500_000, mean / 2));
    expect(late.rate).toBeLessThan(8_000_000);
    expect(seen.find(({ secondsLeft }) => secondsLeft !== null)!.secondsLeft).toBeGreaterThan(0);
    expect(seen.at(-1)).toMatchObject({ loaded: demoBytes, cached: 0, secondsLeft: 0, notice: null });
  });

  test("a plain folder: drops, no ranges, compression, no HEAD, each with the weights' own hash", async () => {
    const small = { ...quick, blockBytes: 64 * kilo };
    const { info } = await loads(plain, small, plainExpected);
    expect(info.sha256).toBe((await load(base)).info.sha256);
    const total = info.bytes;
    expect(plain.totalSent).toBe(total);
    for (const [faults, most] of [
      [[times(4, drop(9_999))], total],
      [[ignoreRange], total],
      [[times(1, ignoreRange)], total],
      [[gzip], total],
      [[times(1, endEarly(50_000)), ({ response }) => (response.setHeader("access-control-expose-headers", ""), false)], total],
    ] as [Fault[], number][]) {
      plain.reset();
      plain.faults = faults;
      expect((await loads(plain, small, plainExpected)).info.sha256).toBe(info.sha256);
      expect(plain.totalSent).toBeLessThanOrEqual(most);
    }
  });

  test("no more connections at a time than the limit", async () => {
    let open = 0;
    let most = 0;
    class CountingSource extends HttpSource {
      override async open(file: string, options?: OpenOptions): Promise<ByteStream | null> {
        most = Math.max(most, ++open);
        const stream = (await super.open(file, options))!;
        const { chunks, bytes } = stream;
        let missing = (options?.to ?? bytes!) - (options?.from ?? 0);
        const counted = async function* () {
          for await (const chunk of chunks) {
            missing -= chunk.length;
            if (missing === 0) open--; // the connection has done its work
            yield chunk;
          }
        };
        return { ...stream, chunks: counted() };
      }
    }
    server.rate = 20_000_000;
    await Engine.load(new CountingSource(server.url), {}, { transfer: { ...quick, parallel: 3 } });
    expect(most).toBe(3);
  });
});

describe("faults that stay: a typed error that names the file, and the next try works", () => {
  const cases: [string, Fault, string, RegExp, TransferOptions?][] = [
    ["404", status(404), "bad-shard", /model-00003.*missing/],
    ["410", status(410), "bad-shard", /model-00003.*missing/],
    ["403", status(403), "network", /403.*model-00003/],
    ["400", status(400), "network", /400.*model-00003/],
    ["503", status(503), "network", /503.*model-00003/],
    ["429 that asks for an hour", status(429, { "retry-after": "3600" }), "network", /429.*model-00003/],
    ["drops at once, always", drop(0), "network", /model-00003.*connection/],
    ["silence", silence, "network", /model-00003.*nothing/, impatient],
    ["a stall at the same place, always", stall(0), "network", /model-00003.*nothing/, impatient],
    ["a flipped byte, always", flip(100_000), "bad-shard", /model-00003.*SHA-256/],
    ["a flipped byte in the header", flip(3), "bad-shard", /model-00003.*SHA-256/],
    ["a truncated file", truncated(1_000_000), "bad-shard", /model-00003.*1000000 bytes/],
    ["an empty file", truncated(0), "bad-shard", /model-00003.* 0 bytes/],
    ["an index page in its place", status(200, { "content-type": "text/html" }), "bad-shard", /model-00003.*missing/],
    [
      "another file of the same length",
      async (e) => (e.response.writeHead(200), await e.server.send(e, Buffer.alloc(e.bytes.length, 7)), e.response.end(), true),
      "bad-shard",
      /model-00003.*SHA-256/,
    ],
    ["a redirect to nowhere", redirect("http://127.0.0.1:9/"), "network", /model-00003/],
    ["a redirect loop", ({ response, file }) => (response.writeHead(302, { location: `/${file}` }).end(), true), "network", /model-00003/],
  ];

  test.each(cases)("%s", async (_, fault, code, message, transfer) => {
    server.faults = [times(Infinity, fault, ofThird)];
    await expect(loads(server, transfer)).rejects.toMatchObject({ name: "VariorumError", code, message: expect.stringMatching(message) });
    server.faults = [];
    await loads();
  });

  test("a damaged shard is fetched again once, not more", async () => {
    server.faults = [times(Infinity, flip(5), ofThird)];
    await expect(loads()).rejects.toMatchObject({ code: "bad-shard" });
    expect(server.sent.get(third.file)).toBe(2 * third.bytes);
  });

  test("a small file that is damaged or unreachable", async () => {
    const { url } = server;
    await server.stop();
    await expect(Engine.load(new HttpSource(url), {}, { transfer: quick })).rejects.toMatchObject({
      code: "network",
      message: expect.stringMatching(/could not be fetched/),
    });
    server = await FaultyServer.start(demo);
    await loads();
  });

  test("an abort at any moment is an AbortError, and requests end", async () => {
    server.rate = 3_000_000;
    for (const limit of [1, 300_000, 2_000_000]) {
      const abort = new AbortController();
      const onProgress = ({ loaded }: LoadProgress) => loaded >= limit && abort.abort();
      await expect(Engine.load(new HttpSource(server.url), { signal: abort.signal, onProgress }, { transfer: quick })).rejects.toMatchObject({
        name: "AbortError",
      });
    }
    const sent = server.totalSent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(server.totalSent).toBeLessThan(sent + 300_000);
    server.rate = 0;
    await loads();
  });
});
