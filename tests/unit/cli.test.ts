// The command line as a script would use it: output, exit status, one line on stderr.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Generated, json, run, scratchDirectory } from "./command";
import { demo, demoOriginal, editHeader, hfFixtures, readJson } from "./support";

const scratch = await scratchDirectory();

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
      [
        ["--module", "simd"],
        ["--module", "relaxed"],
        ["--threads", "1"],
        ["--threads", "2", "-n", "8"],
      ].map((more) => json<Generated>("generate", "--model", demo, "--prompt", "The game is", "--seed", "4", "--max-new-tokens", "12", "-n", "3", ...more)),
    );
    for (const { variants } of all) expect(variants.slice(0, 3)).toEqual(all[0]!.variants);
  });

  test("ids, greedy, max-length, stop, without a tokenizer where none is needed", async () => {
    const { cases } = await readJson<{ cases: { input_ids: number[]; greedy: number[]; max_length: number }[] }>(hfFixtures, "no-prefix", "expected.json");
    const { input_ids, greedy, max_length } = cases.at(-1)!;
    const result = await json<Generated>(
      "generate",
      "--model",
      join(hfFixtures, "no-prefix"),
      "--weights",
      "f32",
      "--ids",
      input_ids.join(","),
      "--greedy",
      "--max-length",
      String(max_length),
    );
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
    const { tokens, kvBytes } = first.stats; // how long it took differs
    for (const file of [whole, alone]) {
      expect(await json("generate", "--model", demo, "--recipe", file)).toEqual({ ...first, stats: expect.objectContaining({ tokens, kvBytes }) });
    }
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
    const { cases } = await readJson<{
      cases: {
        input_ids: number[];
        runs: { label: string; options: Record<string, unknown>; max_length: number; ids: number[][]; scores: number[] | null }[];
      }[];
    }>(base, "expected.json");
    const { input_ids: ids, runs } = cases[1]!;
    for (const label of ["ngram2+penalty", "bad_words", "sequence_bias", "suppress", "beam long", "beam short"]) {
      const { options, max_length: length, ids: expected } = runs.find((run) => run.label === label)!;
      const flags = Object.entries(options)
        .filter(([, value]) => value !== null)
        .flatMap(([name, value]) => {
          const flag = name === "num_return_sequences" ? "-n" : `--${name.replaceAll("_", "-")}`;
          return [flag, typeof value === "object" ? JSON.stringify(value) : String(value).toLowerCase()];
        });
      expect(
        (await written("--ids", ids.join(), "--greedy", "--max-length", String(length), ...flags)).map((variant) => variant.ids),
        label,
      ).toEqual(expected);
    }
  });

  test("those of a draw, and several ends of sequence as JSON or with commas", async () => {
    const draw = [
      "--ids",
      "5,6,7",
      "--seed",
      "3",
      "-n",
      "3",
      "--max-new-tokens",
      "12",
      "--temperature",
      "1.2",
      "--min-p",
      "0.05",
      "--typical-p",
      "0.9",
      "--epsilon-cutoff",
      "0.001",
      "--eta-cutoff",
      "0.002",
      "--top-k",
      "0",
    ];
    expect(await written(...draw, "--eos-token-id", "[1,2]")).toEqual(await written(...draw, "--eos-token-id", "1,2"));
    for (const { ids } of await written(
      "--ids",
      "5",
      "--seed",
      "3",
      "-n",
      "3",
      "--max-new-tokens",
      "4",
      "--forced-bos-token-id",
      "9",
      "--forced-eos-token-id",
      "8",
      "--eos-token-id",
      "8",
    )) {
      expect(ids).toHaveLength(5);
      expect([ids[1], ids[4]]).toEqual([9, 8]);
    }
  });
});

describe("score and eval", () => {
  test("score: log-probabilities, perplexity, and logits of every position", async () => {
    const result = await json<{ ids: number[]; logprobs: number[]; logits: number[][]; perplexity: number }>(
      "score",
      "--model",
      demo,
      "--text",
      "This library provides",
      "--logits",
    );
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
    [
      "more sequences than beams",
      ["generate", "--model", demo, "--prompt", "x", "--num-beams", "3", "-n", "4"],
      /numReturnSequences is 4.*numBeams, which is 3/,
    ],
    ["40 beams", ["generate", "--model", demo, "--prompt", "x", "--num-beams", "40"], /numBeams is 40.*1 to 32/],
    [
      "early stopping of another kind",
      ["generate", "--model", demo, "--prompt", "x", "--early-stopping", "maybe"],
      /earlyStopping is "maybe".*true, false or "never"/,
    ],
    [
      "bad words that are no JSON",
      ["generate", "--model", demo, "--prompt", "x", "--bad-words-ids", "[[5],"],
      /--bad-words-ids is "\[\[5\],".*lists of token ids/,
    ],
    ["bad words that are no lists", ["generate", "--model", demo, "--prompt", "x", "--bad-words-ids", "[5]"], /badWordsIds is \[5\].*lists of token ids/],
    ["a bias without a number", ["generate", "--model", demo, "--prompt", "x", "--sequence-bias", "[[[5]]]"], /sequenceBias is \[\[\[5\]\]\]/],
    [
      "a suppressed token outside the vocabulary",
      ["generate", "--model", demo, "--prompt", "x", "--suppress-tokens", "[1,99999]"],
      /suppressTokens holds 99999.*0 to 13311/,
    ],
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
    await writeFile(
      file,
      editHeader(new Uint8Array(await readFile(file)), (header) => (header["ln_f.bias"]!.dtype = "I32")),
    );
    expect(await run("generate", "--model", odd, "--ids", "1")).toMatchObject({ status: 2, stderr: expect.stringMatching(/bad-shard.*I32/) });
  });
});

describe("values that begin with a dash", () => {
  const greedy = ["generate", "--model", demo, "--greedy", "--max-new-tokens", "3"];
  test("as a word of their own or behind an equals sign", async () => {
    const [apart, joined] = await Promise.all([json<Generated>(...greedy, "--prompt", "- item"), json<Generated>(...greedy, "--prompt=- item")]);
    expect(apart.variants).toEqual(joined.variants);
    const beams = ["--num-beams", "2", "-n", "2", "--seed", "1"];
    expect((await json<Generated>(...greedy, ...beams, "--prompt", "x", "--length-penalty", "-1")).variants).toEqual(
      (await json<Generated>(...greedy, ...beams, "--prompt", "x", "--length-penalty=-1")).variants,
    );
    const { ranking } = await json<{ ranking: { candidate: string }[] }>(
      "rank",
      "--model",
      demo,
      "--context",
      "It is",
      "--candidate",
      "-1",
      "--candidate",
      "--yes",
    );
    expect(ranking.map(({ candidate }) => candidate).sort()).toEqual(["--yes", "-1"]);
  });

  test("an option of the command is no value", async () => {
    expect(await run(...greedy, "--prompt", "--json")).toMatchObject({ status: 2, stderr: expect.stringMatching(/prompt/) });
    expect(await run(...greedy, "--prompt", "x", "-n", "-1")).toMatchObject({ status: 2, stderr: expect.stringMatching(/numReturnSequences is -1/) });
  });
});

test("generate --json has the run's figures", async () => {
  const { stats } = await json<{ stats: Record<string, number> }>("generate", "--model", demo, "--prompt", "The game is", "--max-new-tokens", "3");
  expect(Object.keys(stats).sort()).toEqual(["decodeMs", "kvBytes", "prefillMs", "tokens"]);
});

test("--help and --version", async () => {
  expect(await run("--help")).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("variorum generate") });
  expect((await run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
