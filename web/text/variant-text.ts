// The text of one variant: what decoding prompt and continuation together puts behind the prompt, as it grows or at once.
import { commonLength } from "./clean-up";
import type { TextCodec } from "./codec";
import { StopMatcher } from "./stop";
import { TextStream, withoutHalfCharacter } from "./stream";

/** A text that grows token by token; its pieces add up to `text`. */
export class VariantText {
  #codec: TextCodec;
  #stream: TextStream;
  /** Of the text, and of the text with special tokens in it. */
  #plain: StopMatcher;
  #marked: StopMatcher;
  /** How much of the text that is held back #marked has seen. */
  #seen = 0;
  text = "";
  /** Whether a stop string ends in the last token. */
  stopped = false;

  constructor(codec: TextCodec, promptIds: readonly number[], stops: readonly string[]) {
    this.#codec = codec;
    this.#stream = new TextStream(codec, promptIds);
    const matcher = (special: boolean) => new StopMatcher(stops, stops.length > 0 ? withoutHalfCharacter(codec.decode(promptIds, { special })) : "");
    this.#plain = matcher(false);
    this.#marked = matcher(true);
  }

  /** The piece that became certain with this token. */
  push(token: number): string {
    this.stopped = false;
    const special = this.#codec.specialText(token);
    if (special === "") return this.#add(this.#stream.push(token));
    const { held } = this.#stream;
    this.stopped = this.#marked.push(held.slice(this.#seen) + special);
    this.#seen = held.length;
    return "";
  }

  /** What was held back, at the end. */
  flush(): string {
    return this.#add(this.#stream.flush());
  }

  #add(piece: string): string {
    const stops = [this.#plain.push(piece), this.#marked.push(piece.slice(this.#seen))];
    this.stopped = stops.includes(true);
    this.#seen = Math.max(0, this.#seen - piece.length);
    this.text += piece;
    return piece;
  }
}

/** The text of a continuation at once: of `ids`, what stands behind `promptIds`. */
export function continuationText(codec: TextCodec, promptIds: readonly number[], ids: readonly number[]): string {
  const all = codec.decode(ids);
  return all.slice(commonLength(all, withoutHalfCharacter(codec.decode(promptIds))));
}

/** Whether a stop string ends in the last token of `ids`, which begin with `promptIds`. */
export function endsInStop(codec: TextCodec, promptIds: readonly number[], ids: readonly number[], stops: readonly string[]): boolean {
  const text = new VariantText(codec, promptIds, stops);
  for (const id of ids.slice(promptIds.length)) text.push(id);
  return text.stopped;
}
