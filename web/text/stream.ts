// Text of a token stream as it grows; what it has given out never changes.
import { CleanUpStream, commonLength } from "./clean-up";
import type { TextCodec } from "./codec";

const replacement = "\uFFFD";

/** Text without a character that is incomplete at its end. */
export const withoutHalfCharacter = (text: string) => (text.endsWith(replacement) ? text.slice(0, -replacement.length) : text);

/**
 * Decodes tokens one by one, as what follows the text of the tokens before them.
 *
 * A token may hold part of a character: byte-level tokenizers split most Chinese characters and all emoji. The decoder shows
 * an incomplete one as U+FFFD at the very end, so a final U+FFFD is held back until it is whole, or the stream ends. Only a
 * window of tokens is decoded again each time: from the token before the last whole text, because some tokenizers put a
 * space between tokens and not before the first (cf. vLLM's incremental detokenizer).
 */
export class TextStream {
  #codec: TextCodec;
  #clean: CleanUpStream | null;
  #window: number[];
  /** Of the window: tokens whose text was whole before, and the text that is out already. */
  #settled = 0;
  #shown: string;

  /** `before`: the tokens that the stream goes on from, a prompt's. */
  constructor(codec: TextCodec, before: readonly number[] = []) {
    this.#codec = codec;
    this.#window = before.filter((id) => !codec.isSilent(id));
    const text = codec.decodeRaw(this.#window);
    const whole = withoutHalfCharacter(text);
    this.#shown = whole;
    this.#clean = codec.cleansUp ? new CleanUpStream(whole) : null;
    if (whole.length === text.length && !this.#isOpen()) {
      this.#settled = Math.max(0, this.#window.length - 1);
      this.#settle();
    }
  }

  /** Text that became certain with this token. */
  push(token: number): string {
    // At the window's beginning it would stand for the text that the next token joins on to.
    if (this.#codec.isSilent(token)) return "";
    this.#window.push(token);
    if (this.#isOpen()) return "";
    const text = this.#codec.decodeRaw(this.#window);
    const whole = withoutHalfCharacter(text);
    const fresh = this.#give(whole);
    if (whole.length === text.length) this.#settle();
    return this.#clean ? this.#clean.push(fresh) : fresh;
  }

  /** What is held back; `push` gives it out, or what has become of it, later. */
  get held(): string {
    const text = this.#codec.decodeRaw(this.#window);
    return (this.#clean?.held ?? "") + text.slice(commonLength(text, this.#shown));
  }

  /** What was held back, at the end of the stream. */
  flush(): string {
    const rest = this.#give(this.#codec.decodeRaw(this.#window));
    return this.#clean ? this.#clean.push(rest) + this.#clean.flush() : rest;
  }

  /** What is new in the window's text. */
  #give(text: string): string {
    const fresh = text.slice(commonLength(text, this.#shown));
    if (fresh !== "") this.#shown = text;
    return fresh;
  }

  #isOpen(): boolean {
    return this.#window.length > 0 && this.#codec.isOpen(this.#window.at(-1)!);
  }

  #settle(): void {
    this.#window = this.#window.slice(this.#settled);
    this.#settled = this.#window.length;
    this.#shown = this.#codec.decodeRaw(this.#window);
  }
}
