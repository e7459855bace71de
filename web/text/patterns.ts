// Where a text is cut, as Hugging Face's tokenizers library cuts it: characters by Rust's names for them, and what becomes of the
// pieces that a pattern matches (tokenizers/src/tokenizer/normalizer.rs, `split`).
import { SplitPreTokenizer } from "@huggingface/tokenizers";
import type { JsonObject } from "../model/formats/json";

/** What Rust and its regular expressions call a space: JavaScript's \s adds U+FEFF and lacks U+0085. */
export const space = "\\p{White_Space}";
/** The `\w` of Rust's regular expressions. */
export const word = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
/** Punctuation as BERT has it: that of ASCII, where Unicode counts some as symbols, and Unicode's. */
export const punctuation = "!-/:-@[-`{-~\\p{P}";

const behaviors = ["removed", "isolated", "mergedwithprevious", "mergedwithnext", "contiguous"] as const;
export type Behavior = (typeof behaviors)[number];

/** A text as a regular expression's source. */
export const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** A behaviour as tokenizer.json names it. */
export function behaviorOf(value: unknown): Behavior {
  const found = behaviors.find((name) => name === String(value).toLowerCase());
  if (found === undefined) throw new Error(`there is no behavior ${value}`);
  return found;
}

/** A pattern of tokenizer.json, {"String": …} or {"Regex": …}; the library translates Oniguruma's syntax. */
export function patternOf(pattern: unknown): RegExp {
  const { String: text, Regex: regex } = pattern as JsonObject;
  if (typeof text === "string") return new RegExp(escaped(text), "gu");
  const found = new SplitPreTokenizer({ type: "Split", pattern: { Regex: String(regex) }, behavior: "Isolated", invert: false }).pattern;
  if (!found) throw new Error("a pattern is missing");
  return found;
}

/** Cuts `text` at the matches of `pattern` (with the flag g); with `invert`, at what it does not match. No piece is empty. */
export function split(text: string, pattern: RegExp, behavior: Behavior, invert = false): string[] {
  const pieces: { text: string; match: boolean }[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (index > end) pieces.push({ text: text.slice(end, index), match: invert });
    if (found !== "") pieces.push({ text: found, match: !invert });
    end = index + found.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), match: invert });
  switch (behavior) {
    case "removed":
      return pieces.filter(({ match }) => !match).map((piece) => piece.text);
    case "isolated":
      return pieces.map((piece) => piece.text);
    case "contiguous":
      return joined(pieces, (piece, before) => piece.match === before.match);
    case "mergedwithprevious":
      return joined(pieces, (piece, before) => piece.match && !before.match);
    case "mergedwithnext":
      return joined(pieces, (piece, before) => !piece.match && before.match);
  }
}

type Piece = { text: string; match: boolean };

function joined(pieces: readonly Piece[], joins: (piece: Piece, before: Piece) => boolean): string[] {
  const texts: string[] = [];
  pieces.forEach((piece, i) => {
    if (i > 0 && joins(piece, pieces[i - 1]!)) texts[texts.length - 1] += piece.text;
    else texts.push(piece.text);
  });
  return texts;
}
