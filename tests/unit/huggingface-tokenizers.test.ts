// Ids and texts are those of Hugging Face's tokenizers library, for generated tokenizers of all kinds (tests/fixtures/tokenizers).
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codecOf, readJson, root } from "./support";

interface Case {
  model: string;
  encoded: (number[] | null)[];
  decoded: [ids: number[], text: string, withSpecial: string][];
  [part: string]: unknown;
}
const { texts, models, tokenizers } = await readJson<{ texts: string[]; models: Record<string, object>; tokenizers: Case[] }>(
  join(root, "tests/fixtures/tokenizers/expected.json"),
);

/** Where BERT's decoder puts a space beside what takes none, ours does not; one-text.test.ts says where. */
const wide = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}ー\\u3000-\\u303F\\uFF00-\\uFF65“”‘’…—·";
const unspaced = (text: string) => text.replace(new RegExp(` (?=[${wide}])|(?<=[${wide}]) `, "gu"), "");

test("there are some thousands of cases", () => {
  expect(tokenizers.reduce((sum, { encoded, decoded }) => sum + encoded.length + 2 * decoded.length, 0)).toBeGreaterThan(5000);
});

describe.each(tokenizers.map((tokenizer, i) => [`${i}: ${describePart(tokenizer)}`, tokenizer] as const))("%s", (_, { model, encoded, decoded, ...parts }) => {
  const files = { "tokenizer.json": { ...parts, model: models[model] } };

  test("ids", async () => {
    const codec = await codecOf(files);
    const ids = texts.map((text) => {
      try {
        return codec.encode(text);
      } catch {
        return null;
      }
    });
    const wrong = texts.flatMap((text, i) => (JSON.stringify(ids[i]) === JSON.stringify(encoded[i]) ? [] : [{ text, ids: ids[i], expected: encoded[i] }]));
    expect(wrong).toEqual([]);
  });

  test("texts", async () => {
    const codec = await codecOf(files);
    const asShown = model === "wordpiece" ? unspaced : (text: string) => text;
    const wrong = decoded.flatMap(([ids, text, withSpecial]) =>
      [
        { ids, text: codec.decode(ids), expected: text },
        { ids, text: codec.decode(ids, { special: true }), expected: withSpecial },
      ].filter(({ text, expected }) => asShown(text) !== asShown(expected)),
    );
    expect(wrong).toEqual([]);
  });
});

function describePart({ model, normalizer, pre_tokenizer: cut, decoder, added_tokens: added }: Case): string {
  const shown = { normalizer, cut, decoder, ...(Array.isArray(added) && added.length > 1 ? { added: added.map(({ content }) => content) } : {}) };
  return `${model} ${JSON.stringify(shown).replace(/"/g, "").slice(0, 160)}`;
}
