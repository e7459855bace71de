// Text to token ids and back, by @huggingface/tokenizers.
import { Tokenizer } from "@huggingface/tokenizers";
import { VariorumError } from "../api/errors";
import { isCount, type JsonObject } from "../model/formats/json";
import { checkIds, type TokenizerFiles } from "../model/formats/tokenizer-files";

export class TextCodec {
  #tokenizer: Tokenizer;
  #special: ReadonlySet<number>;
  #cleanUp: boolean;

  /** bad-config if tokenizer.json is not one. */
  constructor(files: TokenizerFiles) {
    const { model, added_tokens: added } = files.tokenizer;
    this.#tokenizer = understood(() => {
      const { vocab } = model as { vocab: unknown };
      // The library takes ids for places in an array, whatever they are.
      if (!Array.isArray(vocab)) checkIds("tokenizer.json", vocab as JsonObject);
      for (const { content, id } of added as JsonObject[]) checkIds("tokenizer.json", { [String(content)]: id });
      return new Tokenizer(files.tokenizer, files.config);
    });
    this.#special = new Set([...this.#tokenizer.get_added_tokens_decoder()].filter(([, token]) => token.special).map(([id]) => id));
    this.#cleanUp = files.config.clean_up_tokenization_spaces === true;
  }

  /** No special token is put in front or behind. bad-config if the tokenizer turns out to be damaged. */
  encode(text: string): number[] {
    const { ids } = understood(() => this.#tokenizer.encode(text, { add_special_tokens: false }));
    if (!ids.every(isCount)) {
      throw new VariorumError(
        "bad-config",
        "tokenizer.json has no token for a part of this text, and none for what is unknown: it is damaged or not the model's.",
      );
    }
    return ids;
  }

  /** Whether `decode` leaves this id out. */
  isSilent(id: number): boolean {
    return this.#special.has(id) || this.#tokenizer.id_to_token(id) === undefined;
  }

  /**
   * Special tokens are left out, and ids that the tokenizer does not have: models may have more than their tokenizer. A
   * character whose bytes are incomplete at the end shows as one U+FFFD. bad-config if the tokenizer turns out to be damaged.
   */
  decode(ids: readonly number[]): string {
    const known = ids.filter((id) => !this.isSilent(id));
    if (known.length === 0) return "";
    return understood(() => this.#tokenizer.decode(known, { skip_special_tokens: true, clean_up_tokenization_spaces: this.#cleanUp }));
  }
}

/** What the library fails with is the tokenizer's fault. */
function understood<T>(use: () => T): T {
  try {
    return use();
  } catch (cause) {
    if (cause instanceof VariorumError) throw cause;
    throw new VariorumError("bad-config", "tokenizer.json could not be understood: it is damaged or of a kind that is not supported.", { cause });
  }
}
