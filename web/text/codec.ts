// Text to token ids and back, by @huggingface/tokenizers.
import { Tokenizer } from "@huggingface/tokenizers";
import { VariorumError } from "../errors";
import type { TokenizerFiles } from "./tokenizer-files";

export class TextCodec {
  #tokenizer: Tokenizer;
  #cleanUp: boolean;

  /** bad-config if tokenizer.json is not one. */
  constructor(files: TokenizerFiles) {
    try {
      this.#tokenizer = new Tokenizer(files.tokenizer, files.config);
    } catch (cause) {
      throw new VariorumError("bad-config", "tokenizer.json could not be understood: it is damaged or of a kind that is not supported.", { cause });
    }
    this.#cleanUp = files.config.clean_up_tokenization_spaces === true;
  }

  /** No special token is put in front or behind. */
  encode(text: string): number[] {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  /** Special tokens are left out. A character whose bytes are incomplete at the end shows as one U+FFFD. */
  decode(ids: readonly number[]): string {
    if (ids.length === 0) return "";
    return this.#tokenizer.decode(ids as number[], { skip_special_tokens: true, clean_up_tokenization_spaces: this.#cleanUp });
  }
}
