// Stop strings: a variant ends when one of them occurs in its text (Hugging Face's StopStringCriteria).

/** Watches one variant's text for stop strings, also those that straddle tokens, or prompt and continuation. */
export class StopMatcher {
  #stops: readonly string[];
  #tail: string;
  #reach: number;

  /** `before`: the prompt's text; a stop string may begin in it, but must end in the continuation. */
  constructor(stops: readonly string[], before: string) {
    this.#stops = stops;
    this.#reach = Math.max(0, ...stops.map((stop) => stop.length)) - 1;
    this.#tail = this.#reach > 0 ? before.slice(-this.#reach) : "";
  }

  /** Whether a stop string ends within this piece of text. */
  push(text: string): boolean {
    if (this.#stops.length === 0 || text === "") return false;
    const seen = this.#tail.length;
    const all = this.#tail + text;
    this.#tail = this.#reach > 0 ? all.slice(-this.#reach) : "";
    return this.#stops.some((stop) => all.indexOf(stop, Math.max(0, seen - stop.length + 1)) !== -1);
  }
}
