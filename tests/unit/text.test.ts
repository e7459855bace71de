// Text as it grows token by token, and stop strings in it.
import { beforeAll, describe, expect, test } from "vitest";
import type { TextCodec } from "../../web/text/codec";
import { StopMatcher } from "../../web/text/stop";
import { TextStream } from "../../web/text/stream";
import { codecOf, demo, readJson } from "./support";

let codec: TextCodec;
beforeAll(async () => {
  codec = await codecOf({ "tokenizer.json": await readJson(demo, "tokenizer.json") });
});

describe("TextStream", () => {
  test.each([
    "plain English, with spaces  and\nlines",
    "你好，世界：一句提示，多个版本。",
    "emoji 🙂👩‍👩‍👧 and naïve café — “quotes”",
    "日本語とاللغة العربية mixed",
  ])("shows %j without half a character, and all of it", (text) => {
    const stream = new TextStream(codec);
    let shown = "";
    for (const id of codec.encode(text)) {
      const piece = stream.push(id);
      expect(piece).not.toContain("\uFFFD");
      shown += piece;
      expect(text.startsWith(shown)).toBe(true);
    }
    expect(shown + stream.flush()).toBe(text);
  });

  test("holds back an incomplete character and gives it up at the end", () => {
    const ids = codec.encode("a🙂").slice(0, -1);
    const stream = new TextStream(codec);
    expect(ids.map((id) => stream.push(id)).join("")).toBe("a");
    expect(stream.flush()).toBe("\uFFFD");
    expect(stream.flush()).toBe("");
  });

  test("bytes that are invalid for good are shown as such, in the same words as a whole decode", () => {
    const lead = codec.encode("🙂")[0]!;
    const ids = [lead, lead, ...codec.encode("ok"), lead, ...codec.encode("!")];
    const stream = new TextStream(codec);
    expect(ids.map((id) => stream.push(id)).join("") + stream.flush()).toBe(codec.decode(ids));
  });

  test("special tokens are no text", () => {
    const stream = new TextStream(codec);
    expect([...codec.encode("end"), 0].map((id) => stream.push(id)).join("")).toBe("end");
  });
});

describe("TextCodec", () => {
  test("round trip; no special token in front; spaces are not cleaned up", () => {
    const text = "A list : one , two . it 's  n't";
    expect(codec.decode(codec.encode(text))).toBe(text);
    expect(codec.encode("")).toEqual([]);
  });

  test.each([{ model: 7 }, { model: { vocab: {}, type: "Perceptron" } }, { model: { vocab: {} }, decoder: { type: "Ring" } }, { model: { vocab: { a: -1 } } }])(
    "what is no tokenizer is bad-config: %j",
    async (tokenizer) => {
      await expect(codecOf({ "tokenizer.json": tokenizer })).rejects.toMatchObject({ code: "bad-config" });
    },
  );
});

describe("StopMatcher", () => {
  const feed = (stops: string[], before: string, pieces: string[]) => {
    const matcher = new StopMatcher(stops, before);
    return pieces.findIndex((piece) => matcher.push(piece));
  };

  test.each([
    ["inside one piece", [" stop"], "", ["go", " on stop now"], 1],
    ["over three pieces", ["abcdef"], "", ["xab", "cd", "efg"], 2],
    ["beginning in the prompt", ["Q: A"], "text Q:", [" A"], 0],
    ["not wholly in the prompt", ["Q:"], "Q:", ["x", "y"], -1],
    ["the second of two", ["zz", "\n"], "", ["a", "b\nc"], 1],
    ["one character", ["."], ".", ["a", "."], 1],
    ["repeated beginning", ["aab"], "", ["a", "a", "a", "b"], 3],
    ["none", [], "", ["a"], -1],
  ] as [string, string[], string, string[], number][])("%s", (_, stops, before, pieces, at) => {
    expect(feed(stops, before, pieces)).toBe(at);
  });
});
