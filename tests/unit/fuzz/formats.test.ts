// Whatever a file holds, reading it ends in success or in a typed error: no other exception, no hang (the runner's time limit),
// and no memory but what the file's own length accounts for.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, test, vi } from "vitest";
import { VariorumError } from "../../../web/api/errors";
import { Engine } from "../../../web/engine/engine";
import { parseConfig, parseGenerationConfig } from "../../../web/model/formats/config";
import { type JsonObject, parseObject } from "../../../web/model/formats/json";
import { modelDigest, parseManifest } from "../../../web/model/formats/manifest";
import { encodeHeader, readTensors, type TensorEntry, type TensorSink } from "../../../web/model/formats/safetensors";
import { readTokenizer } from "../../../web/model/formats/tokenizer-files";
import { readTorchTensors } from "../../../web/model/formats/torch-checkpoint";
import type { ByteStream } from "../../../web/model/transfer/source";
import { TextCodec } from "../../../web/text/codec";
import { hfFixtures, PatchedSource } from "../support";
import { op, type TorchTensorSpec, torchMembers, torchSequence, zip } from "../torch-files";
import { cases, damagedBytes, damagedJson, damagedText } from "./mutate";

/** Success, or a typed error. */
async function typed(use: () => unknown): Promise<void> {
  try {
    await use();
  } catch (error) {
    if (!(error instanceof VariorumError)) throw error;
    if (error.message.length > 1000) throw new Error(`a message of ${error.message.length} characters`);
  }
}

/** Two tests: valid files with some damage, and inventions. */
function fuzz<T>(damaged: fc.Arbitrary<T>, invented: fc.Arbitrary<T>, use: (file: T) => unknown): void {
  test("valid files with some damage", () =>
    fc.assert(
      fc.asyncProperty(damaged, (file) => typed(() => use(file))),
      cases,
    ));
  test("inventions", () =>
    fc.assert(
      fc.asyncProperty(invented, (file) => typed(() => use(file))),
      cases,
    ));
}

const tensors: TorchTensorSpec[] = [
  { name: "transformer.wte.weight", shape: [4, 3], bytes: new Uint8Array(48).fill(1) },
  { name: "b", shape: [3], bytes: new Uint8Array(12).fill(2) },
  { name: "c", shape: [], bytes: new Uint8Array(4).fill(3) },
];

/** Takes tensors of the shapes above, as the engine takes those that its configuration asks for. */
function sink(): TensorSink {
  return {
    stage({ name, dtype, shape, begin, end }: TensorEntry) {
      const expected = tensors.find((tensor) => tensor.name === name);
      if (!expected) return null;
      if (dtype !== "F32" || shape.join() !== expected.shape.join()) throw new VariorumError("bad-shard", "of another shape");
      if (end - begin !== expected.bytes.length) throw new Error(`${end - begin} bytes for shape [${shape.join()}]`);
      return new Uint8Array(end - begin);
    },
    commit: () => null,
  };
}

const streamOf = (bytes: Uint8Array, told: boolean): ByteStream => ({
  bytes: told ? bytes.length : null,
  chunks: (async function* () {
    for (let at = 0; at < bytes.length; at += 64) yield bytes.subarray(at, at + 64);
  })(),
});
/** A file's bytes, and whether its length is known beforehand. */
const withLength = (bytes: fc.Arbitrary<Uint8Array>) => fc.record({ bytes, told: fc.boolean() });

describe("safetensors", () => {
  let end = 0;
  const header = encodeHeader(tensors.map(({ name, shape, bytes }) => ({ name, dtype: "F32", shape, begin: end, end: (end += bytes.length) })));
  const valid = new Uint8Array([...header, ...tensors.flatMap(({ bytes }) => [...bytes])]);
  const headerOf = (json: unknown, body: Uint8Array) => {
    const text = new TextEncoder().encode(JSON.stringify(json));
    const file = new Uint8Array(8 + text.length + body.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
    file.set(text, 8);
    file.set(body, 8 + text.length);
    return file;
  };
  const json = JSON.parse(new TextDecoder().decode(header.subarray(8))) as unknown;
  const damaged = fc.oneof(
    damagedBytes(valid),
    damagedJson(json).map((json) => headerOf(json, valid.subarray(header.length))),
  );
  const entry = fc.record({
    dtype: fc.constantFrom("F32", "I8", "BF16", "X", "toString"),
    shape: fc.array(fc.oneof(fc.nat(5), fc.maxSafeNat()), { maxLength: 3 }),
    data_offsets: fc.tuple(fc.oneof(fc.nat(64), fc.maxSafeNat()), fc.oneof(fc.nat(64), fc.maxSafeNat())),
  });
  const invented = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.dictionary(fc.constantFrom("b", "c", "__metadata__", "__proto__", "x"), entry), fc.uint8Array({ maxLength: 80 }))
      .map(([json, body]) => headerOf(json, body)),
  );
  fuzz(withLength(damaged), withLength(invented), ({ bytes, told }) => readTensors("x.safetensors", streamOf(bytes, told), sink()));
});

describe("pytorch_model.bin: zip directories and pickles", () => {
  const files = [zip(torchMembers(tensors)), zip(torchMembers(tensors), { sizes: "header", zip64: true }), torchSequence(tensors)];
  const opcode = fc.oneof(
    fc.constantFrom(...Object.values(op).filter((code): code is number[] => Array.isArray(code))),
    fc.constantFrom(
      op.global("torch._utils", "_rebuild_tensor_v2"),
      op.global("torch", "FloatStorage"),
      op.global("collections", "OrderedDict"),
      op.global("os", "system"),
      op.text("storage"),
      op.text("b"),
      op.int(3),
      op.int(-1),
      op.put(1),
      [0x68, 1],
      [0x85],
      [0x86],
      [0x87],
      [0x71, 0],
      [0x8a, 255],
    ),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => [...bytes]),
  );
  const pickle = fc.array(opcode, { maxLength: 40 }).map((codes) => [...op.proto, ...codes.flat(), ...op.stop]);
  const invented = fc.oneof(
    pickle.map((bytes) => zip([{ name: "a/data.pkl", bytes }, ...torchMembers(tensors).slice(1)])),
    fc
      .array(fc.record({ name: fc.constantFrom("a/data.pkl", "a/data/0", "a/byteorder", "", "../x", "a/data/"), bytes: fc.uint8Array({ maxLength: 30 }) }), {
        maxLength: 5,
      })
      .map((members) => zip(members)),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => new Uint8Array([0x50, 0x4b, 3, 4, ...bytes])),
    fc.uint8Array({ maxLength: 100 }),
  );
  fuzz(withLength(damagedBytes(...files)), withLength(invented), ({ bytes, told }) => readTorchTensors("x.bin", streamOf(bytes, told), () => true, sink()));
});

describe("variorum.json", async () => {
  const digest = (digit: string) => digit.repeat(64);
  const shards = ["a", "b"].map((digit) => ({ file: `model-${digit}.safetensors`, bytes: 1234, sha256: digest(digit) }));
  const manifest = { format: "variorum", version: 1, weights: "q8", sha256: await modelDigest(shards), shards };
  const damaged = fc.oneof(
    damagedJson(manifest).map((json) => JSON.stringify(json)),
    damagedText(JSON.stringify(manifest, null, 1)),
  );
  const shard = fc.record(
    {
      file: fc.oneof(fc.string(), fc.constantFrom("a", "../a", "a/b", ".a")),
      bytes: fc.oneof(fc.nat(), fc.double()),
      sha256: fc.oneof(fc.string(), fc.constant(digest("c"))),
    },
    { requiredKeys: [] },
  );
  const invented = fc.oneof(
    fc
      .record(
        {
          format: fc.constant("variorum"),
          version: fc.constantFrom(1, 2, "1", null),
          weights: fc.constantFrom("q8", "q9", 7),
          sha256: fc.string(),
          shards: fc.oneof(fc.array(shard), fc.jsonValue()),
        },
        { requiredKeys: ["format"] },
      )
      .map((json) => JSON.stringify(json)),
    fc.json(),
    fc.string(),
  );
  fuzz(damaged, invented, parseManifest);
});

describe("config.json and generation_config.json", async () => {
  const read = async (name: string) => JSON.parse(await readFile(join(hfFixtures, "base", name), "utf8")) as JsonObject;
  const config = { ...(await read("config.json")), n_inner: null };
  const generation = {
    ...(await read("generation_config.json")),
    temperature: 0.7,
    top_k: 5,
    top_p: 0.9,
    eos_token_id: [1, 2],
    max_new_tokens: 9,
    num_beams: 2,
    bad_words_ids: [[1]],
    stop_strings: ["x"],
  };
  const damaged = fc.oneof(
    damagedJson(config, generation).map((json) => JSON.stringify(json)),
    damagedText(JSON.stringify(config), JSON.stringify(generation)),
  );
  const invented = fc.oneof(
    fc
      .dictionary(fc.constantFrom(...Object.keys(config), ...Object.keys(generation)), fc.oneof(fc.jsonValue(), fc.integer(), fc.maxSafeInteger()))
      .map((json) => JSON.stringify({ ...json, model_type: "gpt2" })),
    fc.json(),
    fc.string(),
  );
  fuzz(damaged, invented, async (text) => {
    const json = parseObject("config.json", text, "bad-config");
    await typed(() => parseGenerationConfig(json));
    parseConfig(json);
  });

  // What parseConfig lets pass goes on to the engine, with weights of another shape.
  const bytes = await readFile(join(hfFixtures, "old-bin", "pytorch_model.bin"));
  const shape = fc.record({
    n_embd: fc.constantFrom(64, 1, 63, 65536),
    n_layer: fc.constantFrom(2, 1, 3, 1024),
    n_head: fc.constantFrom(4, 1, 64),
    vocab_size: fc.constantFrom(300, 1, 2 ** 24),
    n_positions: fc.constantFrom(64, 2 ** 20),
    n_inner: fc.constantFrom(null, 1, 2 ** 18),
  });
  const model = fc.tuple(shape, fc.oneof(fc.constant(new Uint8Array(bytes)), damagedBytes(new Uint8Array(bytes))));
  test("and with them damaged weights, all the way into the engine", () =>
    fc.assert(
      fc.asyncProperty(model, ([shape, weights]) =>
        typed(async () => {
          const patches = { "config.json": JSON.stringify({ model_type: "gpt2", ...shape }), "pytorch_model.bin": () => weights };
          const engine = await Engine.load(new PatchedSource(join(hfFixtures, "old-bin"), patches), { threads: 1 });
          await engine.score([0, 0]);
        }),
      ),
      { numRuns: cases.numRuns / 5 },
    ));
});

describe("tokenizers", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {}); // the library's way of saying what it ignores
  // All bytes as GPT-2 writes them, and some merges: small, so that thousands can be made.
  const characters = [...Array(188)]
    .map((_, i) => String.fromCharCode(i < 94 ? 33 + i : i < 106 ? 161 + i - 94 : 174 + i - 106))
    .concat([...Array(68)].map((_, i) => String.fromCharCode(256 + i)));
  const merges = ["h e", "l l", "he ll", "Ġ w", "hell o"];
  const vocab = Object.fromEntries([...characters, "he", "ll", "hell", "Ġw", "hello", "<|endoftext|>"].map((token, id) => [token, id]));
  const byteLevel = {
    "vocab.json": JSON.stringify(vocab),
    "merges.txt": `#version: 0.2\n${merges.join("\n")}\n`,
    "special_tokens_map.json": '{"eos_token":"<|endoftext|>","pad_token":{"content":"<pad>"}}',
  };
  const wordPiece = {
    "vocab.txt": "[UNK]\n[SEP]\nhello\nwor\n##ld\n你\n",
    "tokenizer_config.json": '{"do_lower_case":true,"added_tokens_decoder":{"9":{"content":"<x>","special":true}}}',
    "added_tokens.json": '{"<y>":10}',
  };
  const whole = await Promise.all([byteLevel, wordPiece].map(async (files) => (await readTokenizer(fromFiles(files)))!.tokenizer));

  function fromFiles(files: Record<string, string>) {
    return { text: async (file: string) => files[file] ?? null };
  }
  const use = async (files: Record<string, string>) => {
    const read = await readTokenizer(fromFiles(files));
    const codec = read && new TextCodec(read);
    if (!codec) return;
    await typed(() => codec.decode(codec.encode("hello World, 你好 <|endoftext|>[SEP] 🙂")));
    codec.decode([0, 1, 5, 200, 261, 1e6]);
  };
  const json = (value: unknown) => ({ "tokenizer.json": JSON.stringify(value) });

  describe("tokenizer.json", () => {
    const damaged = fc.oneof(
      damagedJson(...whole).map(json),
      damagedText(...whole.map((tokenizer) => JSON.stringify(tokenizer))).map((text) => ({ "tokenizer.json": text })),
    );
    const part = fc.record(
      {
        type: fc.constantFrom("ByteLevel", "BPE", "WordPiece", "Unigram", "Sequence", "Split", "Replace", "BertNormalizer", "Metaspace", "Precompiled", "x"),
        vocab: fc.oneof(fc.constant({ a: 0 }), fc.jsonValue()),
        merges: fc.jsonValue(),
        pattern: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const invented = fc
      .record({
        model: part,
        normalizer: fc.option(part),
        pre_tokenizer: fc.option(part),
        post_processor: fc.option(part),
        decoder: fc.option(part),
        added_tokens: fc.oneof(fc.constant([]), fc.jsonValue()),
      })
      .map(json);
    fuzz(
      damaged,
      fc.oneof(
        invented,
        fc.json().map((text) => ({ "tokenizer.json": text })),
      ),
      use,
    );
  });

  describe("vocab.json, merges.txt and the files beside them", () => {
    const one = (files: Record<string, string>) =>
      fc.constantFrom(...Object.keys(files)).chain((file) => damagedText(files[file]!).map((text) => ({ ...files, [file]: text })));
    const invented = fc.record(
      {
        "vocab.json": fc.oneof(
          fc.json(),
          fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(fc.nat(300), fc.maxSafeInteger())).map((vocab) => JSON.stringify(vocab)),
        ),
        "merges.txt": fc.string({ unit: fc.constantFrom("a", " ", "\n", "#", "Ġ"), maxLength: 40 }),
        "tokenizer_config.json": fc.json(),
        "special_tokens_map.json": fc.json(),
        "added_tokens.json": fc.json(),
      },
      { requiredKeys: ["vocab.json", "merges.txt"] },
    );
    fuzz(one(byteLevel), invented, use);
  });

  describe("vocab.txt and the files beside it", () => {
    const one = (files: Record<string, string>) =>
      fc.constantFrom(...Object.keys(files)).chain((file) => damagedText(files[file]!).map((text) => ({ ...files, [file]: text })));
    const invented = fc.record(
      {
        "vocab.txt": fc.array(fc.string({ maxLength: 4 }), { maxLength: 20 }).map((lines) => ["[UNK]", ...lines].join("\n")),
        "tokenizer_config.json": fc.json(),
        "special_tokens_map.json": fc.json(),
      },
      { requiredKeys: ["vocab.txt"] },
    );
    fuzz(one(wordPiece), invented, use);
  });
});
