// The text of a variant is one text: its pieces add up to it, it is what decoding prompt and continuation together gives, and stop
// strings are looked for in it.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { GenerateOptions } from "../../web/api/types";
import { Engine } from "../../web/engine/engine";
import { CleanUpStream, cleanUp } from "../../web/text/clean-up";
import type { TextCodec } from "../../web/text/codec";
import { withoutHalfCharacter } from "../../web/text/stream";
import { continuationText, VariantText } from "../../web/text/variant-text";
import { dictated } from "./dictated";
import { codecOf, demo, generate, readJson } from "./support";

const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
const special = (content: string, id: number) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true });
const ids = (tokens: readonly string[]) => Object.fromEntries(tokens.map((token, id) => [token, id]));

const pieces = ["<unk>", "</s>", "▁", "▁the", "▁cat", "cat", "s", "▁▁x", "日本", "語", "'", "▁'", "n't", "."];
const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };
const tokenizers: Record<string, Record<string, unknown>> = {
  unigram: {
    "tokenizer.json": {
      added_tokens: [special("<unk>", 0), special("</s>", 1)],
      pre_tokenizer: metaspace,
      decoder: metaspace,
      model: { type: "Unigram", unk_id: 0, vocab: pieces.map((piece, i) => [piece, -i]) },
    },
  },
  "byte fallback": {
    "tokenizer.json": {
      added_tokens: [special("<unk>", 0), special("</s>", 1)],
      decoder: {
        type: "Sequence",
        decoders: [
          { type: "Replace", pattern: { String: "▁" }, content: " " },
          { type: "ByteFallback" },
          { type: "Fuse" },
          { type: "Strip", content: " ", start: 1, stop: 0 },
        ],
      },
      model: { type: "BPE", byte_fallback: true, vocab: ids([...pieces, ...bytes]), merges: [] },
    },
  },
  wordpiece: { "vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n你\n好\n，\n。\nplay\n##ing\nthe\n12\n“\n”\n##好\n!\n'\nt\n" },
  wordlevel: {
    "tokenizer.json": {
      added_tokens: [special("[UNK]", 0)],
      pre_tokenizer: { type: "WhitespaceSplit" },
      model: { type: "WordLevel", unk_token: "[UNK]", vocab: ids(["[UNK]", "the", "cat", "do", "n't", ".", "!"]) },
    },
  },
  words: {
    "tokenizer.json": {
      decoder: { type: "BPEDecoder", suffix: "</w>" },
      model: { type: "BPE", vocab: ids(["the</w>", "cat</w>", "c", "at</w>", ".</w>"]), merges: [] },
    },
  },
};
const codecs: Record<string, TextCodec> = {};
const sizes: Record<string, number> = {};
beforeAll(async () => {
  const demoFiles = { "tokenizer.json": await readJson<object>(demo, "tokenizer.json") };
  for (const [name, files] of Object.entries({ ...tokenizers, bytes: demoFiles })) {
    for (const cleans of [false, true]) {
      const key = cleans ? `${name}, cleaned up` : name;
      codecs[key] = await codecOf({ ...files, "tokenizer_config.json": { clean_up_tokenization_spaces: cleans } });
      sizes[key] = name === "bytes" ? 400 : 300;
    }
  }
});
const names = [...Object.keys(tokenizers), "bytes"].flatMap((name) => [name, `${name}, cleaned up`]);

describe.each(names)("%s", (name) => {
  const sequences = () => {
    const token = fc.oneof(fc.nat(20), fc.nat(sizes[name]!));
    return [fc.array(token, { minLength: 1, maxLength: 8 }), fc.array(token, { maxLength: 14 })] as const;
  };

  test("pieces add up to the text of the whole behind its prompt", () => {
    fc.assert(
      fc.property(...sequences(), (prompt, continuation) => {
        const codec = codecs[name]!;
        // Of a prompt that breaks off amid byte tokens, what is cleaned up is not known yet.
        fc.pre(!codec.cleansUp || !codec.isOpen(prompt.at(-1)!));
        const text = new VariantText(codec, prompt, []);
        const given = continuation.map((id) => text.push(id)).join("") + text.flush();
        expect(given).toBe(text.text);
        expect(given).toBe(continuationText(codec, prompt, [...prompt, ...continuation]));
      }),
      { numRuns: 1500 },
    );
  });

  test("a stop string is found with the token that ends it", () => {
    const stop = fc.constantFrom("cat", "the cat", "好", ".", "'t", "s.", "日本");
    fc.assert(
      fc.property(...sequences(), stop, (prompt, continuation, stop) => {
        const codec = codecs[name]!;
        const text = new VariantText(codec, prompt, [stop]);
        const before = withoutHalfCharacter(codec.decode(prompt));
        for (const id of continuation) {
          const seen = before + text.text;
          text.push(id);
          const from = Math.max(0, seen.length - stop.length + 1);
          expect(text.stopped).toBe(text.text.length > seen.length - before.length && (before + text.text).indexOf(stop, from) !== -1);
        }
      }),
      { numRuns: 600 },
    );
  });
});

describe("what readers expect", () => {
  const join = (name: string, prompt: string, tokens: number[]) => {
    const codec = codecs[name]!;
    const promptIds = codec.encode(prompt);
    return continuationText(codec, promptIds, [...promptIds, ...tokens]);
  };

  test("a space stands between prompt and continuation where it stands between two words", () => {
    expect(join("unigram", "the", [4])).toBe(" cat");
    expect(join("wordpiece", "the", [9, 10])).toBe(" playing");
    expect(join("wordpiece", "play", [10])).toBe("ing");
    expect(join("wordlevel", "the", [2])).toBe(" cat");
    expect(continuationText(codecs.words!, [0], [0, 1])).toBe(" cat");
  });

  test("Chinese has no spaces, nor have full-width marks; Latin words and numbers keep theirs", () => {
    const codec = codecs.wordpiece!;
    expect(codec.decode([5, 6, 7, 5, 6, 8])).toBe("你好，你好。");
    expect(codec.decode([11, 9, 10, 12])).toBe("the playing 12");
    expect(codec.decode([13, 5, 6, 14, 7, 11, 8])).toBe("“你好”，the。");
    expect(codec.decode([2, 5, 3, 6, 1])).toBe("你好");
    expect(codec.decode([5, 15])).toBe("你好");
  });

  test("vocabulary entries outside of the byte alphabet show as themselves, and U+FEFF is kept", async () => {
    const codec = await codecOf({ "vocab.json": { 中: 0, "\n": 1, Ġa: 2, ï: 3, "»": 4, "¿": 5, "a b": 6 }, "merges.txt": "" });
    expect(codec.decode([0, 1, 2, 6])).toBe("中\n aa b");
    expect(codec.decode([3, 4, 5, 2])).toBe("\uFEFF a");
  });

  test("a special token counts for stop strings beside text, and leaves no text", async () => {
    const codec = codecs.unigram!;
    const text = new VariantText(codec, codec.encode("the"), ["cat</s>"]);
    expect([text.push(4), text.stopped, text.push(1), text.stopped, text.text]).toEqual([" cat", false, "", true, " cat"]);
    const held = new VariantText(codecs["byte fallback"]!, [3], ["é</s>"]);
    expect([held.push(14 + 0xc3), held.push(14 + 0xa9), held.push(1), held.stopped]).toEqual(["", "", "", true]);
  });
});

describe("the engine's variants", () => {
  /** Greedy decoding of what `written` dictates behind `prompt`: the text, the events' texts, and how it ended. */
  const written = async (name: string, prompt: string, tokens: number[], options: GenerateOptions = {}) => {
    const codec = codecs[name]!;
    const before = codec.encode(prompt).length - 1;
    const size = name.startsWith("byte") ? 300 : 40;
    const files = { ...tokenizers[name.split(",")[0]!], "tokenizer_config.json": { clean_up_tokenization_spaces: name.includes("cleaned") } };
    const engine = await Engine.load(dictated(files, size, [...Array(before).fill(size - 1), ...tokens]));
    let events = "";
    const { variants } = await generate(engine, prompt, { doSample: false, ...options }, (given) => {
      for (const event of given) if (event.type === "token") events += event.text;
    });
    return { text: variants[0]!.text, events, ids: variants[0]!.ids.slice(before + 1), finish: variants[0]!.finishReason };
  };

  test("go on from their prompt, and their events add up to them", async () => {
    expect(await written("unigram", "the", [4, 8, 9, 4])).toMatchObject({ text: " cat日本語 cat", events: " cat日本語 cat", finish: "eos" });
    expect(await written("wordpiece", "你", [6, 7, 9, 10, 11, 8])).toMatchObject({ text: "好，playing the。", events: "好，playing the。" });
    expect(await written("wordlevel, cleaned up", "the cat", [3, 4, 5, 6])).toMatchObject({ text: " don't.!", events: " don't.!" });
  });

  test("end at a stop string that clean-up makes, and at one that is a special token", async () => {
    expect(await written("wordlevel, cleaned up", "the", [2, 3, 4, 5], { stop: ["don't"] })).toMatchObject({
      text: " cat don't",
      finish: "stop",
      ids: [2, 3, 4],
    });
    expect(await written("unigram", "the", [4, 1, 4, 4], { stop: ["</s>"] })).toMatchObject({ text: " cat", finish: "stop", ids: [4, 1] });
    expect(await written("unigram", "the", [4, 1, 4, 4], { stop: ["cat</s>"] })).toMatchObject({ text: " cat", finish: "stop" });
  });

  test("of beams end at a special token, too", async () => {
    const { text, finish } = await written("unigram", "the", [4, 1, 4, 4], { numBeams: 2, numReturnSequences: 1, stop: ["</s>"], maxNewTokens: 8 });
    expect([text, finish]).toEqual([" cat", "stop"]);
  });
});

test("a text that is cleaned up as it grows is the text cleaned up at once", () => {
  const text = fc.string({ unit: fc.constantFrom(" ", " ", "'", "n", "t", "m", "s", "v", "e", "r", ".", ",", "x"), maxLength: 14 });
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 4 }), (before, parts) => {
      const whole = cleanUp(before + parts.join(""));
      const alone = new CleanUpStream("");
      expect([before, ...parts].map((part) => alone.push(part)).join("") + alone.flush()).toBe(whole);
      const stream = new CleanUpStream(before);
      const given = parts.map((part) => stream.push(part)).join("") + stream.flush();
      expect(whole.endsWith(given)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});
