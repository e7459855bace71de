// scripts/bench: what it makes of its options and figures, and one short run of it.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { groups } from "../bench/conditions";
import { figure, type Report, type Result } from "../bench/figures";
import { alternate, type Job } from "../bench/measure";
import { parseOptions } from "../bench/options";
import { incompleteTokens, textPrompt } from "../bench/prompts";
import { targets } from "../bench/targets";
import { demo, demoOriginal, readJson, root } from "./support";

const at = (median: number) => figure([median], [0]);

test("a figure is a median with its extremes", () => {
  expect(figure([5, 1, 3], [0.1, 0.3])).toEqual({ median: 3, min: 1, max: 5, runs: [5, 1, 3], otherCores: 0.2 });
  expect(figure([4, 1, 3, 2], []).median).toBe(2.5);
});

test("engines that are compared share a group; more than one thread needs the isolated page; XNNPACK has q8 only", () => {
  const all = groups(parseOptions([]));
  expect(all.map(([cell]) => [cell!.weights, cell!.threads, cell!.isolated])).toEqual(
    [
      [2, true],
      [1, true],
      [1, false],
    ].flatMap(([threads, isolated]) => ["f32", "q8", "q4"].map((weights) => [weights, threads, isolated])),
  );
  expect(all.flat().filter(({ kernels }) => kernels === "xnnpack")).toEqual([
    { engine: "variorum", weights: "q8", kernels: "xnnpack", threads: 2, isolated: true },
  ]);
  const engines = groups(parseOptions(["--peers"])).map((group) => group.map(({ engine }) => engine));
  const peers = ["wllama", "transformers", "onnxruntime"];
  expect(engines).toEqual([["variorum", "variorum", ...peers], ["variorum"], ["variorum", ...peers]]);
  expect(groups(parseOptions(["--page", "plain", "--threads", "2"]))).toEqual([]);
});

test("an option that does not fit is named", () => {
  expect(() => parseOptions(["--only", "speed"])).toThrow('--only has "speed": choose from load, memory, prefill, decode, variants.');
  expect(() => parseOptions(["--runs", "0"])).toThrow('--runs is "0": it must be a whole number from 1 to 100.');
  expect(() => parseOptions(["--peers", "--model", "x"])).toThrow("--model does not go with --peers");
});

test("jobs take turns; one that fails takes no more of them, and the others go on", async () => {
  const turns: string[] = [];
  const failures: string[] = [];
  const job = (name: string, fails = Infinity): Job<number> => {
    let turn = 0;
    return {
      browser: () => null,
      async work() {
        turns.push(name);
        if (++turn === fails) throw new Error(`${name} broke`);
        return turn;
      },
      failed: (error) => failures.push((error as Error).message),
    };
  };
  const samples = await alternate([job("a"), job("b", 2), job("c", 1), job("d")], 2);
  expect(turns.join("")).toBe("abcd" + "abd" + "ad");
  expect(samples.map((own) => own?.map(({ value }) => value))).toEqual([[2, 3], undefined, undefined, [2, 3]]); // the first is to warm up
  expect(failures).toEqual(["c broke", "b broke"]);
});

test("targets compare rates upwards, times downwards, and are left out where a figure is missing", () => {
  const condition = { weights: "q8", threads: 2, isolated: true } as const;
  const ours: Result = {
    engine: "variorum",
    kernels: "own",
    ...condition,
    variants: at(400),
    load: at(500),
    memory: at(240e6),
    bytes: { weights: 128e6, readPerStep: 124e6, kv: 20e6 },
  };
  const theirs: Result = { engine: "transformers", ...condition, variants: at(100), load: at(2000), memory: at(300e6) };
  const found = Object.fromEntries(targets([ours, theirs]).map(({ what, value, met }) => [what, { value, met }]));
  expect(found).toEqual({
    "five variants, two threads: times transformers's speed": { value: 4, met: true },
    "load, two threads: times transformers's speed": { value: 4, met: true },
    "memory: of 1.25 × weights + keys and values + 64 MB": { value: 240 / 244, met: true },
    "memory: of the smallest of the others": { value: 0.8, met: false },
  });
  expect(targets([])).toEqual([]);
});

test("prompts have their length in GPT-2's tokens; tokens that are no UTF-8 by themselves are found", () => {
  expect(textPrompt(16)).toMatchObject({ ids: { length: 16 }, text: expect.stringMatching(/^The old lighthouse keeper/) });
  expect(textPrompt(128).ids).toHaveLength(128);
  expect(incompleteTokens()).toHaveLength(344);
});

test("a run prints a table and writes every figure", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "variorum-"));
  try {
    const json = join(scratch, "bench.json");
    const args = ["--model", demo, "--runs", "1", "--weights", "q8", "--threads", "2", "--page", "isolated", "--kernels", "own", "--json", json];
    const { stdout } = await promisify(execFile)(join(root, "scripts/bench"), args);
    expect(stdout).toContain("| Variorum | q8 | 2 | isolated |");
    const report = await readJson<Report>(json);
    const some = { median: expect.any(Number) as number, runs: [expect.any(Number)] };
    expect(report.results).toMatchObject([
      { load: some, memory: some, bandwidth: some, prefill: some, variants: some, sequential: some, bytes: { kv: expect.any(Number) as number } },
    ]);
    expect(Object.keys(report.results[0]!.decode!)).toEqual(["1", "2", "4", "5", "8"]);
    // The shards, whole, and a renderer that holds them.
    expect(report.results[0]!.fetched!.model).toBeGreaterThanOrEqual(report.results[0]!.bytes!.weights);
    expect(report.results[0]!.memory!.median).toBeGreaterThan(report.results[0]!.bytes!.weights);
    expect(report.blankBytes).toBeGreaterThan(10e6);
    expect(report.targets.map(({ what }) => what)).toContain("memory: of 1.25 × weights + keys and values + 64 MB");
  } finally {
    await rm(scratch, { recursive: true });
  }
});

test("what cannot be measured is named, and does not lose the other figures", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "variorum-"));
  try {
    const json = join(scratch, "bench.json");
    // The demo model is stored as q8 and cannot be loaded as q4.
    const args = [
      "--model",
      demo,
      "--runs",
      "1",
      "--weights",
      "q4,q8",
      "--threads",
      "2",
      "--page",
      "isolated",
      "--kernels",
      "own",
      "--only",
      "load,prefill",
      "--json",
      json,
    ];
    const { code, stdout } = (await promisify(execFile)(join(root, "scripts/bench"), args).catch((error: { code: number; stdout: string }) => error)) as {
      code?: number;
      stdout: string;
    };
    expect(code).toBe(1);
    expect(stdout).toContain("| Variorum | q4 | 2 | isolated | load: ");
    const {
      results: [q4, q8],
    } = await readJson<Report>(json);
    const reason = expect.stringMatching(/^load: .*stored as q8/) as string;
    expect(q4!.failures).toEqual([reason, reason]);
    expect(q4).not.toHaveProperty("load");
    expect(q4).not.toHaveProperty("prefill");
    expect(q8).not.toHaveProperty("failures");
    expect(q8).toMatchObject({
      load: { runs: [expect.any(Number)] },
      fetched: { runtime: expect.any(Number) as number },
      prefill: { runs: [expect.any(Number)] },
    });
    expect(q8!.fetched!.runtime).toBeGreaterThan(400_000);
  } finally {
    await rm(scratch, { recursive: true });
  }
});

test("--hub: a checkpoint from a hub has the command line's logits, and its memory is weighed", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "variorum-"));
  try {
    const json = join(scratch, "hub.json");
    const { stdout } = await promisify(execFile)(join(root, "scripts/bench"), ["--hub", "--model", demoOriginal, "--runs", "1", "--json", json]);
    expect(stdout).toContain("logits equal those of the command line, to the bit: yes");
    const { hub } = await readJson<Report>(json);
    expect(hub!.firstToken.median).toBeGreaterThan(hub!.load.median);
    expect(hub!.memory.median).toBeGreaterThan(0);
    expect(hub!.memoryLimit).toBeGreaterThan(96e6 + 6e6);
  } finally {
    await rm(scratch, { recursive: true });
  }
});
