// The command line as a script would use it: output, exit status, one line on stderr.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Manifest } from "../../web/model/manifest";
import { sha256 } from "../../web/model/sha256";
import { FaultyServer } from "../faulty-server";
import { demo, demoOriginal, editHeader, hfFixtures, readJson, root } from "./support";

const launcher = join(root, "scripts/variorum");
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "variorum-"));
});
afterAll(() => rm(scratch, { recursive: true }));

function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(launcher, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => resolve({ status: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr }));
  });
}

async function json<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await run(...args, "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as T;
}

interface Generated {
  variants: { ids: number[]; text: string | null; logprobs: number[]; finishReason: string; score: number }[];
  seed: number;
}

describe("generate", () => {
  test("five variants by default, as JSON and as text", async () => {
    const { variants } = await json<Generated>("generate", "--model", demo, "--prompt", "The game is", "--seed", "3", "--max-new-tokens", "8");
    expect(variants).toHaveLength(5);
    expect(Object.keys(variants[0]!).sort()).toEqual(["finishReason", "ids", "logprobs", "score", "text"]);
    const { status, stdout } = await run("generate", "--model", demo, "--prompt", "The game is", "--seed", "3", "--max-new-tokens", "8");
    expect(status).toBe(0);
    for (const variant of variants) expect(stdout).toContain(variant.text);
  });

  test("the same in both modules and with 1 and 2 threads", async () => {
    const all = await Promise.all(
      [["--module", "simd"], ["--module", "relaxed"], ["--threads", "1"], ["--threads", "2", "-n", "8"]].map((more) =>
        json<Generated>("generate", "--model", demo, "--prompt", "The game is", "--seed", "4", "--max-new-tokens", "12", "-n", "3", ...more)),
    );
    for (const { variants } of all) expect(variants.slice(0, 3)).toEqual(all[0]!.variants);
  });

  test("ids, greedy, max-length, stop, without a tokenizer where none is needed", async () => {
    const { cases } = await readJson<{ cases: { input_ids: number[]; greedy: number[]; max_length: number }[] }>(hfFixtures, "no-prefix", "expected.json");
    const { input_ids, greedy, max_length } = cases.at(-1)!;
    const result = await json<Generated>("generate", "--model", join(hfFixtures, "no-prefix"), "--weights", "f32", "--ids", input_ids.join(","), "--greedy", "--max-length", String(max_length));
    expect(result.variants.map((v) => v.ids)).toEqual([greedy]);
    const greedily = ["generate", "--model", demo, "--prompt", "A fast web server that", "--greedy"];
    const stop = (await json<Generated>(...greedily)).variants[0]!.text!.slice(20, 32);
    const stopped = await json<Generated>(...greedily, "--stop", stop, "--stop", "never");
    expect(stopped.variants[0]).toMatchObject({ finishReason: "stop", text: expect.stringContaining(stop) });
  });
});

describe("recipes and overflow", () => {
  const args = ["generate", "--model", demo, "--prompt", "The game is", "-n", "3", "--max-new-tokens", "9", "--stop", "."];

  test("--recipe repeats a run from its --json output or from the recipe alone", async () => {
    const first = await json<Generated & { recipe: object; promptIds: number[] }>(...args);
    const [whole, alone] = [join(scratch, "run.json"), join(scratch, "recipe.json")];
    await writeFile(whole, JSON.stringify(first));
    await writeFile(alone, JSON.stringify(first.recipe));
    for (const file of [whole, alone]) expect(await json("generate", "--model", demo, "--recipe", file)).toEqual(first);
  });

  test("a recipe of another model is refused, both hashes named; so are options beside it and files that are none", async () => {
    const { recipe } = await json<Generated & { recipe: { model: { sha256: string } } }>(...args);
    const file = join(scratch, "other.json");
    await writeFile(file, JSON.stringify({ ...recipe, model: { ...recipe.model, sha256: "ab".repeat(32) } }));
    const refused = await run("generate", "--model", demo, "--recipe", file);
    expect(refused).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(/^variorum: bad-option: [^\n]+\n$/) });
    expect(refused.stderr).toContain("ab".repeat(32));
    expect(refused.stderr).toContain(recipe.model.sha256);
    expect(await run("generate", "--model", demo, "--recipe", file, "--top-k", "3")).toMatchObject({ status: 2, stderr: expect.stringContaining("--top-k") });
    await writeFile(file, "{");
    expect(await run("generate", "--model", demo, "--recipe", file)).toMatchObject({ status: 2, stderr: expect.stringContaining(file) });
    expect(await run("generate", "--model", demo, "--recipe", "/nowhere.json")).toMatchObject({ status: 2, stderr: expect.stringContaining("/nowhere.json") });
  });

  test("--overflow slide takes what does not fit, and says what it left out", async () => {
    const long = ["generate", "--model", demo, "--prompt", "word ".repeat(300), "--seed", "1", "-n", "2", "--max-new-tokens", "5"];
    expect(await run(...long)).toMatchObject({ status: 2, stderr: expect.stringContaining("context-full") });
    const { variants } = await json<{ variants: { ids: number[]; dropped: number }[] }>(...long, "--overflow", "slide");
    for (const { ids, dropped } of variants) {
      expect(ids.length).toBeGreaterThan(256);
      expect(dropped).toBeGreaterThanOrEqual(128);
    }
    expect((await run(...long, "--overflow", "slide")).stdout).toContain(`the first ${variants[0]!.dropped} tokens`);
    expect(await run(...long, "--overflow", "wrap")).toMatchObject({ status: 2, stderr: expect.stringMatching(/overflow is "wrap"/) });
  });
});

describe("rank", () => {
  interface Ranked {
    normalize: string;
    ranking: { candidate: string | number[]; index: number; score: number; logprobs: number[] }[];
  }

  test("candidates as text, as ids and from a file, best first, as JSON and as text", async () => {
    const file = join(scratch, "candidates.txt");
    await writeFile(file, " runs fast\r\n\n xylophone\n");
    const args = ["rank", "--model", demo, "--context", "A web server that", "--candidate", " serves files", "--candidate-ids", "5,6", "--file", file];
    const { normalize, ranking } = await json<Ranked>(...args);
    expect(normalize).toBe("none");
    expect(new Set(ranking.map(({ candidate }) => candidate))).toEqual(new Set([" serves files", [5, 6], " runs fast", " xylophone"]));
    expect(ranking.map(({ score }) => score)).toEqual(ranking.map(({ score }) => score).sort((a, b) => b - a));
    const prior = await json<Ranked>(...args, "--normalize", "prior");
    expect(prior.ranking.map(({ score }) => score)).not.toEqual(ranking.map(({ score }) => score));
    const { stdout } = await run(...args, "--normalize", "length");
    expect(stdout.split("\n")).toHaveLength(5);
  });

  test.each<[string, string[], RegExp]>([
    ["no candidates", ["--context", "x"], /--candidate/],
    ["no context", ["--candidate", "x"], /--context or --context-ids/],
    ["an unknown normalization", ["--context", "x", "--candidate", "y", "--normalize", "pmi"], /normalize is "pmi"/],
    ["a file that is not there", ["--context", "x", "--file", "/nowhere.txt"], /\/nowhere\.txt/],
    ["ids that are none", ["--context-ids", "1", "--candidate-ids", "1,x"], /candidate-ids is "1,x"/],
  ])("%s is a usage error", async (_, args, message) => {
    expect(await run("rank", "--model", demo, ...args)).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(message) });
  });
});

describe("generate with Hugging Face's options", () => {
  const base = join(hfFixtures, "base");
  const written = async (...args: string[]) => {
    const { variants } = await json<{ variants: { ids: number[]; score: number }[] }>("generate", "--model", base, "--weights", "f32", ...args);
    return variants;
  };

  test("the fixtures' runs as options of the command line", async () => {
    const { cases } = await readJson<{ cases: { input_ids: number[]; runs: { label: string; options: Record<string, unknown>; max_length: number; ids: number[][]; scores: number[] | null }[] }[] }>(base, "expected.json");
    const { input_ids: ids, runs } = cases[1]!;
    for (const label of ["ngram2+penalty", "bad_words", "sequence_bias", "suppress", "beam long", "beam short"]) {
      const { options, max_length: length, ids: expected } = runs.find((run) => run.label === label)!;
      const flags = Object.entries(options).filter(([, value]) => value !== null).flatMap(([name, value]) => {
        const flag = name === "num_return_sequences" ? "-n" : `--${name.replaceAll("_", "-")}`;
        return [flag, typeof value === "object" ? JSON.stringify(value) : String(value).toLowerCase()];
      });
      expect((await written("--ids", ids.join(), "--greedy", "--max-length", String(length), ...flags)).map((variant) => variant.ids), label).toEqual(expected);
    }
  });

  test("those of a draw, and several ends of sequence as JSON or with commas", async () => {
    const draw = ["--ids", "5,6,7", "--seed", "3", "-n", "3", "--max-new-tokens", "12", "--temperature", "1.2", "--min-p", "0.05", "--typical-p", "0.9", "--epsilon-cutoff", "0.001", "--eta-cutoff", "0.002", "--top-k", "0"];
    expect(await written(...draw, "--eos-token-id", "[1,2]")).toEqual(await written(...draw, "--eos-token-id", "1,2"));
    for (const { ids } of await written("--ids", "5", "--seed", "3", "-n", "3", "--max-new-tokens", "4", "--forced-bos-token-id", "9", "--forced-eos-token-id", "8", "--eos-token-id", "8")) {
      expect(ids).toHaveLength(5);
      expect([ids[1], ids[4]]).toEqual([9, 8]);
    }
  });
});

describe("score and eval", () => {
  test("score: log-probabilities, perplexity, and logits of every position", async () => {
    const result = await json<{ ids: number[]; logprobs: number[]; logits: number[][]; perplexity: number }>("score", "--model", demo, "--text", "This library provides", "--logits");
    expect(result.ids).toEqual([475, 385, 462]);
    expect(result.logprobs).toHaveLength(2);
    expect(result.logits.map((row) => row.length)).toEqual([13_312, 13_312, 13_312]);
    expect(result.perplexity).toBeCloseTo(Math.exp(-(result.logprobs[0]! + result.logprobs[1]!) / 2), 9);
    expect(await json("score", "--model", demo, "--ids", "5")).toEqual({ ids: [5], logprobs: [], perplexity: null });
    expect(await json<object>("score", "--model", demo, "--text", "This library provides")).not.toHaveProperty("logits");
  });

  test("eval: windows of the context, every token after the first", async () => {
    const file = join(scratch, "text.txt");
    await writeFile(file, (await readFile(join(demoOriginal, "eval.txt"), "utf8")).slice(0, 3000));
    const { perplexity, tokens } = await json<{ perplexity: number; tokens: number }>("eval", "--model", demo, "--file", file);
    expect(tokens).toBeGreaterThan(500);
    expect(perplexity).toBeGreaterThan(10);
    expect(perplexity).toBeLessThan(200);
  });
});

describe("shard and inspect", () => {
  test("the committed demo model is what `shard` makes of its original, byte for byte", async () => {
    const out = join(scratch, "demo");
    expect((await run("shard", demoOriginal, out, "--shard-size", "2MB")).status).toBe(0);
    const files = (await readdir(demo)).sort();
    expect((await readdir(out)).sort()).toEqual(files);
    for (const file of files) expect(await sha256(new Uint8Array(await readFile(join(out, file))))).toBe(await sha256(new Uint8Array(await readFile(join(demo, file)))));
  });

  test.each(["f32", "q8"])("%s shards of every kind of checkpoint score as the checkpoint itself does", async (weights) => {
    for (const name of ["odd-head", "untied", "f16-sharded", "no-prefix", "relu-bf16", "old-bin"]) {
      const out = join(scratch, `${name}-${weights}`);
      expect((await run("shard", join(hfFixtures, name), out, "--weights", weights, "--shard-size", "60kB")).status).toBe(0);
      const manifest = await readJson<Manifest>(out, "variorum.json");
      expect(manifest.shards.length).toBeGreaterThan(1);
      expect(manifest.shards.every((shard) => new RegExp(`^model-\\d{5}-of-\\d{5}-${shard.sha256.slice(0, 16)}\\.safetensors$`).test(shard.file))).toBe(true);
      const [ours, original] = await Promise.all([
        json("score", "--model", out, "--ids", "3,1,4,1,5", "--logits"),
        json("score", "--model", join(hfFixtures, name), "--weights", weights, "--ids", "3,1,4,1,5", "--logits"),
      ]);
      expect(ours).toEqual(original);
    }
  });

  test("another shard size replaces the shards of before; what is quantised cannot be sharded again", async () => {
    const out = join(scratch, "twice");
    await run("shard", join(hfFixtures, "base"), out, "--shard-size", "60kB");
    await run("shard", join(hfFixtures, "base"), out);
    expect((await readdir(out)).filter((file) => file.endsWith(".safetensors"))).toHaveLength(1);
    expect(await run("shard", out, join(scratch, "thrice"))).toMatchObject({ status: 2, stderr: expect.stringContaining("quantised already") });
  });

  test("inspect: what is there, and bad-shard for what is damaged", async () => {
    expect(await json("inspect", demo)).toMatchObject({ layout: "variorum", weights: "q8", parameters: 8_212_480, verified: true, tokenizer: true });
    expect(await json("inspect", join(hfFixtures, "base"))).toMatchObject({ layout: "hugging-face", verified: false });
    const broken = join(scratch, "broken");
    await run("shard", join(hfFixtures, "base"), broken);
    const file = join(broken, (await readJson<Manifest>(broken, "variorum.json")).shards[0]!.file);
    const bytes = await readFile(file);
    bytes[bytes.length - 1]! ^= 4;
    await writeFile(file, bytes);
    expect(await run("inspect", broken)).toMatchObject({ status: 2, stderr: expect.stringMatching(/^variorum: bad-shard: .*\n$/) });
  });
});

describe("bad input: exit status 2 and exactly one line that says what to do", () => {
  const cases: [string, string[], RegExp][] = [
    ["no command", [], /one of generate, score/],
    ["unknown command", ["write"], /no command write/],
    ["unknown option", ["generate", "--model", demo, "--prompt", "x", "--colour", "red"], /--colour/],
    ["option without a value", ["generate", "--model", demo, "--prompt"], /prompt/],
    ["no model", ["generate", "--prompt", "x"], /--model/],
    ["no such model", ["generate", "--model", "/nowhere", "--prompt", "x"], /\/nowhere/],
    ["an address that is none", ["generate", "--model", "http://", "--prompt", "x"], /not the address/],
    ["neither prompt nor ids", ["generate", "--model", demo], /--prompt or --ids/],
    ["both", ["generate", "--model", demo, "--prompt", "x", "--ids", "1"], /--prompt or --ids/],
    ["empty prompt", ["generate", "--model", demo, "--prompt", ""], /empty/],
    ["ids that are none", ["generate", "--model", demo, "--ids", "1,x"], /token ids/],
    ["id out of range", ["generate", "--model", demo, "--ids", "13312"], /13312.*0 to 13311/],
    ["n = 0", ["generate", "--model", demo, "--prompt", "x", "-n", "0"], /numReturnSequences is 0.*1 to 32/],
    ["n = 100", ["generate", "--model", demo, "--prompt", "x", "-n", "100"], /numReturnSequences is 100/],
    ["NaN temperature", ["generate", "--model", demo, "--prompt", "x", "--temperature", "NaN"], /temperature/],
    ["temperature that is no number", ["generate", "--model", demo, "--prompt", "x", "--temperature", "warm"], /"warm"/],
    ["top-p 1.5", ["generate", "--model", demo, "--prompt", "x", "--top-p", "1.5"], /topP is 1.5/],
    ["greedy with two", ["generate", "--model", demo, "--prompt", "x", "--greedy", "-n", "2"], /[Gg]reedy/],
    ["more sequences than beams", ["generate", "--model", demo, "--prompt", "x", "--num-beams", "3", "-n", "4"], /numReturnSequences is 4.*numBeams, which is 3/],
    ["40 beams", ["generate", "--model", demo, "--prompt", "x", "--num-beams", "40"], /numBeams is 40.*1 to 32/],
    ["early stopping of another kind", ["generate", "--model", demo, "--prompt", "x", "--early-stopping", "maybe"], /earlyStopping is "maybe".*true, false or "never"/],
    ["bad words that are no JSON", ["generate", "--model", demo, "--prompt", "x", "--bad-words-ids", "[[5],"], /--bad-words-ids is "\[\[5\],".*lists of token ids/],
    ["bad words that are no lists", ["generate", "--model", demo, "--prompt", "x", "--bad-words-ids", "[5]"], /badWordsIds is \[5\].*lists of token ids/],
    ["a bias without a number", ["generate", "--model", demo, "--prompt", "x", "--sequence-bias", "[[[5]]]"], /sequenceBias is \[\[\[5\]\]\]/],
    ["a suppressed token outside the vocabulary", ["generate", "--model", demo, "--prompt", "x", "--suppress-tokens", "[1,99999]"], /suppressTokens holds 99999.*0 to 13311/],
    ["ids that are none", ["generate", "--model", demo, "--prompt", "x", "--begin-suppress-tokens", "1,x"], /--begin-suppress-tokens is "1,x"/],
    ["min-p 2", ["generate", "--model", demo, "--prompt", "x", "--min-p", "2"], /minP is 2.*0 to 1/],
    ["a penalty of nothing", ["generate", "--model", demo, "--prompt", "x", "--repetition-penalty", "0"], /repetitionPenalty is 0.*above 0/],
    ["half an n-gram", ["generate", "--model", demo, "--prompt", "x", "--no-repeat-ngram-size", "1.5"], /noRepeatNgramSize is 1.5.*whole number/],
    ["a prompt longer than the context", ["generate", "--model", demo, "--prompt", "word ".repeat(300)], /context-full.*256/],
    ["more tokens than the context has", ["generate", "--model", demo, "--prompt", "x", "--max-new-tokens", "256"], /context-full/],
    ["a scheme that the model is not in", ["generate", "--model", demo, "--prompt", "x", "--weights", "f32"], /stored as q8/],
    ["an unknown module", ["generate", "--model", demo, "--prompt", "x", "--module", "fast"], /module is "fast"/],
    ["no threads", ["generate", "--model", demo, "--prompt", "x", "--threads", "0"], /threads is 0/],
    ["text on a model without a tokenizer", ["score", "--model", join(hfFixtures, "base"), "--text", "x"], /tokenizer\.json/],
    ["a folder without weights", ["inspect", join(demoOriginal, "..")], /config\.json/],
    ["a file that is not there", ["eval", "--model", demo, "--file", "/nowhere.txt"], /\/nowhere\.txt/],
    ["a shard size that is none", ["shard", join(hfFixtures, "base"), "/tmp/never", "--shard-size", "big"], /"big"/],
    ["shard without a target", ["shard", join(hfFixtures, "base")], /HF_DIR OUT_DIR/],
    ["a port that is none", ["serve", "--port", "99999"], /65535/],
    ["a directory that is none", ["serve", "/nowhere"], /\/nowhere/],
  ];

  test.each(cases)("%s", async (_, args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^variorum: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });

  test("not GPT-2, unknown dtype", async () => {
    const directory = join(scratch, "llama");
    await run("shard", join(hfFixtures, "base"), directory);
    const config = await readJson<object>(directory, "config.json");
    await writeFile(join(directory, "config.json"), JSON.stringify({ ...config, model_type: "llama" }));
    expect(await run("generate", "--model", directory, "--ids", "1")).toMatchObject({ status: 2, stderr: expect.stringMatching(/bad-config.*llama/) });

    const odd = join(scratch, "odd");
    await run("shard", join(hfFixtures, "base"), odd, "--weights", "f32");
    await rm(join(odd, "variorum.json"));
    const file = join(odd, (await readdir(odd)).find((name) => name.endsWith(".safetensors"))!);
    await writeFile(file, editHeader(new Uint8Array(await readFile(file)), (header) => (header["ln_f.bias"]!.dtype = "I32")));
    expect(await run("generate", "--model", odd, "--ids", "1")).toMatchObject({ status: 2, stderr: expect.stringMatching(/bad-shard.*I32/) });
  });
});

describe("serve", () => {
  test("the page with the model of a directory, from an address that it prints; Ctrl-C ends it with 130", async () => {
    const server = spawn(launcher, ["serve", join(hfFixtures, "base"), "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = (await once(server.stdout, "data")) as [Buffer];
      const url = /http:\/\/\S+/.exec(String(line))![0];
      expect(url).toContain("?model=/models/base/");
      const page = await fetch(url, { headers: { connection: "close" } });
      expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(await page.text()).toContain("<variorum-page>");
      const model = new URL("/models/base/", url).href;
      const [local, remote] = await Promise.all([json("score", "--model", join(hfFixtures, "base"), "--ids", "1,2,3"), json("score", "--model", model, "--ids", "1,2,3")]);
      expect(remote).toEqual(local);
      expect((await fetch(new URL("/nothing", url), { headers: { connection: "close" } })).status).toBe(404);
    } finally {
      server.kill("SIGINT");
    }
    expect(await once(server, "exit")).toEqual([130, null]);
  });
});

test("Ctrl-C while scoring ends with 130", async () => {
  const host = await FaultyServer.start(demo);
  const { shards } = await readJson<Manifest>(demo, "variorum.json");
  const child = spawn(launcher, ["eval", "--model", host.url, "--file", join(demoOriginal, "eval.txt")], { stdio: "ignore" });
  // The last byte of the model has been asked for: the program runs, and what it has to score takes seconds.
  await vi.waitFor(() => expect(host.totalSent).toBe(shards.reduce((sum, { bytes }) => sum + bytes, 0)), { timeout: 60_000 });
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
  await host.stop();
});

test("--help and --version", async () => {
  expect(await run("--help")).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("variorum generate") });
  expect((await run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
