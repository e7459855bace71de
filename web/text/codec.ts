// Text to token ids and back, as Hugging Face's tokenizers library does it; its JavaScript sister does some of the parts
// (models.ts, patterns.ts).
import { VariorumError } from "../api/errors";
import { isCount } from "../model/formats/json";
import type { TokenizerFiles } from "../model/formats/tokenizer-files";
import { AddedTokens } from "./added-tokens";
import { cleanUp } from "./clean-up";
import { type Decoder, decoderOf } from "./decoders";
import { type Model, modelOf } from "./models";
import { type Normalize, normalizerOf } from "./normalizers";
import { type PreTokenize, preTokenizerOf } from "./pre-tokenizers";

export class TextCodec {
  #normalize: Normalize;
  #added: AddedTokens;
  #preTokenize: PreTokenize;
  #model: Model;
  #decoder: Decoder;
  /** By id; those of added tokens over the model's. */
  #tokens: string[] = [];
  #special = new Set<string>();
  /** Whether decoded text has no spaces before marks and contractions (clean-up.ts). */
  readonly cleansUp: boolean;

  /** bad-config if tokenizer.json is not one. */
  constructor({ tokenizer, addedTokens, config }: TokenizerFiles) {
    const part = (name: string) => tokenizer[name] as Parameters<typeof normalizerOf>[0];
    const normalize = understood(() => normalizerOf(part("normalizer")));
    this.#normalize = normalize;
    this.#added = new AddedTokens(addedTokens, normalize);
    this.#preTokenize = understood(() => preTokenizerOf(part("pre_tokenizer")));
    this.#model = understood(() => modelOf(part("model")!));
    this.#decoder = understood(() => decoderOf(part("decoder")));
    for (const { content, id, special, normalized } of addedTokens) {
      this.#tokens[id] = normalized ? normalize(content) : content;
      if (special) this.#special.add(this.#tokens[id]);
    }
    for (const [token, id] of this.#model.vocabulary) this.#tokens[id] ??= token;
    this.cleansUp = config.clean_up_tokenization_spaces === true;
  }

  /** No special token is put in front or behind. bad-config if the tokenizer turns out to be damaged. */
  encode(text: string): number[] {
    return understood(() => {
      // What is left of a text whose first character is normalised away does not begin the text.
      const begins = this.#normalize(text.slice(0, String.fromCodePoint(text.codePointAt(0) ?? 0).length)) !== "";
      return this.#added.cut(text).flatMap((part, i) => {
        if (typeof part === "number") return [part];
        return this.#preTokenize(part, begins && i === 0).flatMap((piece) => this.#model.ids(piece));
      });
    });
  }

  /** Whether `decode` leaves this id out. */
  isSilent(id: number): boolean {
    const token = this.#tokens[id];
    return token === undefined || this.#special.has(token);
  }

  /** Whether tokens after this one may still change its text. */
  isOpen(id: number): boolean {
    return this.#decoder.open(this.#tokens[id] ?? "");
  }

  /** The text of a special token, which `decode` leaves out; "" if it is none. */
  specialText(id: number): string {
    const token = this.#tokens[id];
    return token !== undefined && this.#special.has(token) ? token : "";
  }

  /**
   * Special tokens are left out unless they are asked for, and ids that the tokenizer does not have: models may have more than
   * their tokenizer. A character whose bytes are incomplete at the end shows as U+FFFD. bad-config if the tokenizer turns out to
   * be damaged.
   */
  decode(ids: readonly number[], { special = false } = {}): string {
    const text = this.decodeRaw(ids, special);
    return this.cleansUp ? cleanUp(text) : text;
  }

  /** As `decode`, before spaces are cleaned up. */
  decodeRaw(ids: readonly number[], special = false): string {
    const tokens = ids.filter((id) => isCount(id) && (special ? this.#tokens[id] !== undefined : !this.isSilent(id))).map((id) => this.#tokens[id]!);
    return tokens.length === 0 ? "" : understood(() => this.#decoder.chain(tokens).join(""));
  }
}

/** What the parts fail with is the tokenizer's fault. */
function understood<T>(use: () => T): T {
  try {
    return use();
  } catch (cause) {
    if (cause instanceof VariorumError) throw cause;
    throw new VariorumError("bad-config", "tokenizer.json could not be understood: it is damaged or of a kind that is not supported.", { cause });
  }
}
