// Added tokens: texts that are one token wherever they occur, whatever the model would make of them
// (tokenizers/src/tokenizer/added_vocabulary.rs). The library in JavaScript strips spaces of neighbouring parts where this one takes
// them along, and does not know single words; Hugging Face's own implementations differ, too
// (https://github.com/huggingface/transformers/issues/33371): this is what the fast one does.
import type { AddedToken } from "../model/formats/tokenizer-files";
import type { Normalize } from "./normalizers";
import { escaped, space, word } from "./patterns";

/** A part of a text: a token's id, or what is left for the model. */
export type Part = number | string;

const endsInWord = new RegExp(`[${word}]$`, "u");
const beginsWithWord = new RegExp(`^[${word}]`, "u");
const spacesAtEnd = new RegExp(`[${space}]*$`, "u");
const spacesAtStart = new RegExp(`^[${space}]*`, "u");

/** Finds some added tokens in texts, the longest at each place. */
class Finder {
  #pattern: RegExp | null;
  #tokens: ReadonlyMap<string, AddedToken>;

  constructor(tokens: ReadonlyMap<string, AddedToken>) {
    const contents = [...tokens.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = contents.length > 0 ? new RegExp(contents.map(escaped).join("|"), "gu") : null;
    this.#tokens = tokens;
  }

  cut(text: string): Part[] {
    if (!this.#pattern) return [text];
    const parts: Part[] = [];
    let end = 0;
    for (const { 0: content, index } of text.matchAll(this.#pattern)) {
      const token = this.#tokens.get(content)!;
      const [before, after] = [text.slice(0, index), text.slice(index + content.length)];
      if (token.single_word && (endsInWord.test(before) || beginsWithWord.test(after))) continue;
      const start = token.lstrip ? Math.max(end, spacesAtEnd.exec(before)!.index) : index;
      if (start > end) parts.push(text.slice(end, start));
      parts.push(token.id);
      end = index + content.length + (token.rstrip ? spacesAtStart.exec(after)![0].length : 0);
    }
    if (end < text.length) parts.push(text.slice(end));
    return parts;
  }
}

export class AddedTokens {
  readonly #raw: Finder;
  readonly #normalized: Finder;
  readonly #normalize: Normalize;

  constructor(tokens: readonly AddedToken[], normalize: Normalize) {
    const found = (normalized: boolean, text: Normalize) =>
      new Finder(
        new Map(
          tokens
            .filter((token) => token.normalized === normalized)
            .map((token) => [text(token.content), token] as const)
            .filter(([content]) => content !== ""),
        ),
      );
    this.#raw = found(false, (text) => text);
    this.#normalized = found(true, normalize);
    this.#normalize = normalize;
  }

  /** A text's tokens and, normalised, what stands between them; no part is empty. */
  cut(text: string): Part[] {
    return this.#raw
      .cut(text)
      .flatMap((part) => (typeof part === "number" ? [part] : this.#normalized.cut(this.#normalize(part))))
      .filter((part) => part !== "");
  }
}
