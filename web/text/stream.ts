// Text of a token stream as it grows, never showing half a character.
import type { TextCodec } from "./codec";

const replacement = "\uFFFD";

/** Text without a character that is incomplete at its end. */
export const withoutHalfCharacter = (text: string) => (text.endsWith(replacement) ? text.slice(0, -replacement.length) : text);

/**
 * Decodes one variant's tokens one by one.
 *
 * A token may hold part of a character: byte-level tokenizers split most Chinese characters and all emoji. The decoder shows
 * an incomplete one as U+FFFD at the very end, so a final U+FFFD is held back until it is whole, or the stream ends. Only a
 * window of tokens is decoded again each time: from the token before the last whole text, because some tokenizers put a
 * space between tokens and not before the first (cf. vLLM's incremental detokenizer).
 */
export class TextStream {
  #codec: TextCodec;
  #window: number[] = [];
  /** Of the window: tokens whose text was whole before, and how much of the window's text is out already. */
  #settled = 0;
  #shown = 0;

  constructor(codec: TextCodec) {
    this.#codec = codec;
  }

  /** Text that became whole with this token. */
  push(token: number): string {
    // At the window's beginning it would stand for the text that the next token joins on to.
    if (this.#codec.isSilent(token)) return "";
    this.#window.push(token);
    const text = this.#codec.decode(this.#window);
    const whole = withoutHalfCharacter(text);
    const fresh = whole.slice(this.#shown);
    this.#shown = Math.max(this.#shown, whole.length);
    if (whole.length === text.length) {
      this.#window = this.#window.slice(this.#settled);
      this.#settled = this.#window.length;
      this.#shown = this.#codec.decode(this.#window).length;
    }
    return fresh;
  }

  /** What was held back, at the end of the stream. */
  flush(): string {
    const rest = this.#codec.decode(this.#window).slice(this.#shown);
    this.#shown += rest.length;
    return rest;
  }
}
