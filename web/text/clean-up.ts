// Hugging Face's clean_up_tokenization, for tokenizers that ask for it: no spaces before marks and English contractions.

export function cleanUp(text: string): string {
  return text
    .replace(/ ([.?!,])/g, "$1")
    .replace(/ ' /g, "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, "$1");
}

/** What later text may still change: from a space on that is, or may become, one of a pattern's. */
const undecided = /(?: +[n'])*(?: +(?:n'?|'[vr]?)?)?$/;

/** Cleans a text up as it grows; what it has given out stays. */
export class CleanUpStream {
  #held: string;
  /** What of the held text stands in front of the stream and is not to be given out. */
  #before: string;

  /** `before`: the text that the stream goes on from. */
  constructor(before: string) {
    this.#held = before.slice(undecided.exec(before)!.index);
    this.#before = cleanUp(this.#held);
  }

  /** What may still change, as it is now. */
  get held(): string {
    return this.#held;
  }

  /** The clean text that is certain with this piece. */
  push(text: string): string {
    const all = this.#held + text;
    const { index } = undecided.exec(all)!;
    this.#held = all.slice(index);
    return this.#after(all.slice(0, index));
  }

  /** What was held back, at the end of the stream. */
  flush(): string {
    const rest = this.#after(this.#held);
    this.#held = "";
    return rest;
  }

  #after(text: string): string {
    if (text === "") return "";
    const clean = cleanUp(text);
    const fresh = clean.slice(commonLength(clean, this.#before));
    this.#before = "";
    return fresh;
  }
}

/** How many characters two texts begin with in common. */
export function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
