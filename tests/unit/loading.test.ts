// Models that are whole, and models that are not: every damage has its typed error, and the next try works.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Engine } from "../../web/engine/engine";
import { parameterCount, parseConfig, parseGenerationConfig } from "../../web/model/formats/config";
import { type Manifest, modelDigest, parseManifest } from "../../web/model/formats/manifest";
import { encodeHeader, parseHeader, readTensors } from "../../web/model/formats/safetensors";
import { nodeHasher, sha256, toHex } from "../../web/model/transfer/sha256";
import { plainSha256 } from "../../web/model/transfer/sha256-plain";
import { demo, editHeader, generate, hfFixtures, load, PatchedSource, readJson } from "./support";

const base = join(hfFixtures, "base");
const weightsOf = "model.safetensors";
const manifest = await readJson<Manifest>(demo, "variorum.json");
const shard = manifest.shards[2]!.file;

const flip = (at: number) => (bytes: Uint8Array) => {
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  return bytes;
};
const truncate = (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1);
const json = (text: string, edit: (value: Record<string, unknown>) => void) => {
  const value = JSON.parse(text);
  edit(value);
  return JSON.stringify(value);
};
const manifestText = await readFile(join(demo, "variorum.json"), "utf8");
const configText = await readFile(join(base, "config.json"), "utf8");

type Patches = ConstructorParameters<typeof PatchedSource>[1];

describe("damaged models", () => {
  const cases: [string, string, Patches, string, RegExp][] = [
    ["missing shard", demo, { [shard]: null }, "bad-shard", /missing/],
    ["truncated shard", demo, { [shard]: truncate }, "bad-shard", /truncated/],
    ["longer shard", demo, { [shard]: (b) => new Uint8Array([...b, 0]) }, "bad-shard", /bytes where/],
    ["flipped byte in a shard's data", demo, { [shard]: flip(-1000) }, "bad-shard", /SHA-256/],
    ["flipped byte in a shard's header", demo, { [shard]: flip(20) }, "bad-shard", /SHA-256/],
    [
      "wrong SHA of a shard",
      demo,
      { "variorum.json": json(manifestText, (m) => ((m.shards as Manifest["shards"])[2]!.sha256 = "0".repeat(64))) },
      "bad-shard",
      /SHA-256/,
    ],
    ["wrong SHA of the model", demo, { "variorum.json": json(manifestText, (m) => (m.sha256 = "0".repeat(64))) }, "bad-shard", /SHA-256/],
    [
      "a shard's name that leaves the directory",
      demo,
      { "variorum.json": json(manifestText, (m) => ((m.shards as Manifest["shards"])[0]!.file = "../x")) },
      "bad-config",
      /plain file name/,
    ],
    ["a later format", demo, { "variorum.json": json(manifestText, (m) => (m.version = 2)) }, "unsupported", /version 2/],
    ["a manifest that is no JSON", demo, { "variorum.json": "<html>" }, "bad-config", /variorum\.json/],
    ["no config.json", base, { "config.json": null }, "bad-config", /config\.json/],
    ["a config that is no JSON", base, { "config.json": "{" }, "bad-config", /config\.json/],
    ["not GPT-2", base, { "config.json": json(configText, (c) => (c.model_type = "llama")) }, "bad-config", /llama/],
    ["an unknown activation", base, { "config.json": json(configText, (c) => (c.activation_function = "silu")) }, "bad-config", /silu/],
    ["heads that do not divide the width", base, { "config.json": json(configText, (c) => (c.n_head = 5)) }, "bad-config", /n_head/],
    ["no layers", base, { "config.json": json(configText, (c) => (c.n_layer = 0)) }, "bad-config", /n_layer/],
    ["more layers than weights", base, { "config.json": json(configText, (c) => (c.n_layer = 4)) }, "bad-shard", /h\.3\..*missing/],
    ["another vocabulary", base, { "config.json": json(configText, (c) => (c.vocab_size = 513)) }, "bad-shard", /shape \[512, 64\].*\[513, 64\]/],
    ["no weight file", base, { [weightsOf]: null }, "bad-shard", /missing/],
    ["truncated weight file", base, { [weightsOf]: truncate }, "bad-shard", /truncated/],
    ["an empty weight file", base, { [weightsOf]: () => new Uint8Array() }, "bad-shard", /truncated/],
    ["something else than safetensors", base, { [weightsOf]: (b) => b.fill(60, 0, 64) }, "bad-shard", /safetensors/],
    [
      "an unknown type",
      base,
      { [weightsOf]: (b) => editHeader(b, (h) => (Object.values(h).find((t) => t.shape?.length === 2)!.dtype = "I32")) },
      "bad-shard",
      /I32/,
    ],
    [
      "a missing tensor",
      base,
      { [weightsOf]: (b) => editHeader(b, (h) => rename(h, "transformer.h.1.ln_2.bias", "transformer.h.1.ln_9.bias")) },
      "bad-shard",
      /h\.1\.ln_2\.bias is missing/,
    ],
    [
      "overlapping tensors",
      base,
      { [weightsOf]: (b) => editHeader(b, (h) => (h["transformer.h.1.ln_2.bias"]!.data_offsets = h["transformer.h.1.ln_1.bias"]!.data_offsets)) },
      "bad-shard",
      /overlap/,
    ],
    [
      "an index that maps to nowhere",
      join(hfFixtures, "f16-sharded"),
      { "model.safetensors.index.json": '{"weight_map":{"a":"../../etc/passwd"}}' },
      "bad-shard",
      /plain file names/,
    ],
    ["a part of a sharded checkpoint missing", join(hfFixtures, "f16-sharded"), { "model-00003-of-00004.safetensors": null }, "bad-shard", /00003/],
    ["a damaged tokenizer", demo, { "tokenizer.json": '{"model":{"type":"What"}}' }, "bad-config", /tokenizer/],
    ["numbers that are not finite", base, { [weightsOf]: (b) => b.fill(255, b.length - 4096) }, "bad-shard", /not finite|damaged/],
  ];

  test.each(cases)("%s", async (_, directory, patches, code, message) => {
    await expect(Engine.load(new PatchedSource(directory, patches))).rejects.toMatchObject({
      name: "VariorumError",
      code,
      message: expect.stringMatching(message),
    });
    const engine = await Engine.load(new PatchedSource(directory, {}));
    expect((await engine.score([1, 2, 3])).logprobs).toHaveLength(2);
  });

  function rename(header: Record<string, unknown>, from: string, to: string) {
    header[to] = header[from];
    delete header[from];
  }

  test("weights whose results overflow are found out at the first run, and said so", async () => {
    const engine = await Engine.load(new PatchedSource(base, { [weightsOf]: (b) => inflate(b, "transformer.ln_f.weight") }));
    await expect(generate(engine, [1, 2], { seed: 1 })).rejects.toMatchObject({ code: "bad-shard", message: expect.stringContaining("not finite") });
    await expect(engine.score([1, 2])).rejects.toMatchObject({ code: "bad-shard" });
  });

  function inflate(bytes: Uint8Array, name: string): Uint8Array {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const [begin, end] = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))[name].data_offsets;
    return bytes.fill(0x7f, 8 + length + begin, 8 + length + end);
  }
});

describe("options of loading", () => {
  test.each([
    [demo, { weights: "f32" }, /stored as q8/],
    [demo, { weights: "q4" }, /stored as q8 and cannot be loaded as q4/],
    [base, { weights: "q9" }, /"q9"/],
    [base, { threads: 0 }, /threads is 0/],
    [base, { threads: 17 }, /threads is 17/],
    [base, { module: "fast" }, /module is "fast"/],
    [base, { backend: "cuda" }, /backend is "cuda"/],
  ])("%s %j", async (directory, options, message) => {
    await expect(load(directory, options as object)).rejects.toMatchObject({ code: "bad-option", message: expect.stringMatching(message) });
  });

  test("an aborted load is an AbortError", async () => {
    const abort = new AbortController();
    await expect(load(demo, { signal: abort.signal, onProgress: () => abort.abort() })).rejects.toMatchObject({ name: "AbortError" });
    await expect(load(demo, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  });

  test("progress counts the bytes of all shards", async () => {
    const seen: number[] = [];
    const { info } = await load(demo, {
      onProgress: ({ loaded, total }) => {
        expect(total).toBe(manifest.shards.reduce((sum, s) => sum + s.bytes, 0));
        seen.push(loaded);
      },
    });
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(info.bytes);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

describe("formats", () => {
  test("config.json: defaults of Hugging Face's GPT2Config, one or several eos", () => {
    const config = parseConfig({ model_type: "gpt2", eos_token_id: [1, 2] });
    expect(config).toMatchObject({
      vocabSize: 50257,
      nPositions: 1024,
      nEmbd: 768,
      nLayer: 12,
      nHead: 12,
      nInner: 0,
      activation: "gelu_tanh",
      tieWordEmbeddings: true,
      eosTokenIds: [1, 2],
    });
    expect(parameterCount(config)).toBe(124_439_808); // as published for gpt2
    expect(() => parseConfig({ model_type: "gpt2", n_embd: "768" })).toThrow(/n_embd/);
    expect(() => parseConfig({ model_type: "gpt2", activation_function: "toString" })).toThrow(/toString/);
  });

  test("generation_config.json: known options, not do_sample", () => {
    expect(parseGenerationConfig({ do_sample: false, temperature: 0.7, top_k: 5, eos_token_id: 3, max_length: 20, unknown: {} })).toEqual({
      temperature: 0.7,
      topK: 5,
      eosTokenId: [3],
      maxLength: 20,
    });
    const all = {
      num_return_sequences: 2,
      max_new_tokens: 9,
      min_new_tokens: 1,
      min_length: 2,
      temperature: 0.5,
      top_k: 4,
      top_p: 0.9,
      min_p: 0.1,
      typical_p: 0.8,
      epsilon_cutoff: 0.01,
      eta_cutoff: 0.02,
      repetition_penalty: 1.1,
      no_repeat_ngram_size: 3,
      bad_words_ids: [[1], [2, 3]],
      sequence_bias: [[[4], -1.5]],
      suppress_tokens: [5, -1],
      begin_suppress_tokens: [6],
      forced_bos_token_id: 7,
      forced_eos_token_id: [8],
      num_beams: 3,
      length_penalty: 2,
      early_stopping: "never",
      stop_strings: "x",
      eos_token_id: null,
    };
    expect(parseGenerationConfig(all)).toEqual({
      numReturnSequences: 2,
      maxNewTokens: 9,
      minNewTokens: 1,
      minLength: 2,
      temperature: 0.5,
      topK: 4,
      topP: 0.9,
      minP: 0.1,
      typicalP: 0.8,
      epsilonCutoff: 0.01,
      etaCutoff: 0.02,
      repetitionPenalty: 1.1,
      noRepeatNgramSize: 3,
      badWordsIds: [[1], [2, 3]],
      sequenceBias: [[[4], -1.5]],
      suppressTokens: [5],
      beginSuppressTokens: [6],
      forcedBosTokenId: 7,
      forcedEosTokenId: [8],
      numBeams: 3,
      lengthPenalty: 2,
      earlyStopping: "never",
      stop: ["x"],
    });
    // Whether a value is of use is found out by who uses it.
    expect(parseGenerationConfig({ top_k: "5", suppress_tokens: "x", stop_strings: [1] })).toEqual({ topK: "5", suppressTokens: ["x"], stop: [1] });
  });

  test("the model's hash is over the shards' digests", async () => {
    expect(await modelDigest(manifest.shards)).toBe((await parseManifest(manifestText)).sha256);
    expect(await modelDigest([...manifest.shards].reverse())).not.toBe(manifest.sha256);
  });

  test("safetensors: header round trip, aligned, and tensors in chunks of any size", async () => {
    const entries = [
      { name: "a", dtype: "F32", shape: [2, 3], begin: 0, end: 24 },
      { name: "é", dtype: "I8", shape: [5], begin: 24, end: 29 },
    ];
    const header = encodeHeader(entries);
    expect(header.length % 8).toBe(0);
    expect(parseHeader("x", new TextDecoder().decode(header.subarray(8)), 29)).toEqual(entries);
    const file = new Uint8Array([...header, ...Array.from({ length: 29 }, (_, i) => i)]);
    for (const size of [1, 7, 8, 100]) {
      const got: Record<string, number[]> = {};
      let pieces: Uint8Array[] = [];
      let name = "";
      await readTensors(
        "x",
        {
          bytes: null,
          chunks: (async function* () {
            for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
          })(),
        },
        {
          stage(entry) {
            // Two pieces: ten bytes, and the rest.
            const bytes = entry.end - entry.begin;
            pieces = [new Uint8Array(Math.min(10, bytes)), ...(bytes > 10 ? [new Uint8Array(bytes - 10)] : [])];
            name = entry.name;
            got[name] = [];
            return pieces[0]!;
          },
          commit() {
            got[name]!.push(...pieces.shift()!);
            return pieces[0] ?? null;
          },
        },
      );
      expect(got).toEqual({ a: [...Array(24).keys()], é: [24, 25, 26, 27, 28] });
    }
  });

  test("sha256, with WebCrypto, without, and by Node: the same for every length around a block", async () => {
    const abc = new TextEncoder().encode("abc");
    expect(await sha256(abc)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) >> 3);
    for (const length of [0, 1, 3, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000]) {
      const part = bytes.slice(0, length);
      const hasher = nodeHasher()!;
      hasher.update(part.subarray(0, length >> 1));
      hasher.update(part.subarray(length >> 1));
      expect([toHex(plainSha256(part)), hasher.digest()]).toEqual([await sha256(part), await sha256(part)]);
    }
  });
});
