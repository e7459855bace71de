// Normalizers of tokenizer.json: what becomes of a text before it is cut (tokenizers/src/normalizers). Characters are lowered one
// by one and spaces are Rust's, where JavaScript's methods look at a word's end and know other spaces.
import { PrecompiledNormalizer } from "@huggingface/tokenizers";
import type { JsonObject } from "../model/formats/json";
import { toAlphabet } from "./bytes";
import { patternOf, space } from "./patterns";

export type Normalize = (text: string) => string;

/** Throws if the configuration is of no kind that is known. */
export function normalizerOf(config: JsonObject | null | undefined): Normalize {
  if (config == null) return (text) => text;
  switch (config.type) {
    case "Sequence": {
      const steps = (config.normalizers as JsonObject[]).map(normalizerOf);
      return (text) => steps.reduce((so, step) => step(so), text);
    }
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD": {
      const form = config.type;
      return (text) => text.normalize(form);
    }
    case "Lowercase":
      return lowercase;
    case "StripAccents":
      return (text) => text.replace(/\p{M}/gu, "");
    case "Strip": {
      const sides = [config.strip_left ? `^[${space}]+` : null, config.strip_right ? `[${space}]+$` : null].filter((side) => side !== null);
      const pattern = new RegExp(sides.join("|") || "(?!)", "gu");
      return (text) => text.replace(pattern, "");
    }
    case "Replace": {
      const pattern = patternOf(config.pattern);
      const content = String(config.content);
      return (text) => text.replace(pattern, () => content);
    }
    case "Prepend":
      return (text) => (text === "" ? "" : String(config.prepend) + text);
    case "ByteLevel":
      return toAlphabet;
    case "BertNormalizer":
      return bertNormalizer(config);
    case "Precompiled": {
      // An approximation of SentencePiece's table, by the library.
      const normalizer = new PrecompiledNormalizer(config as never);
      return (text) => normalizer.normalize(text);
    }
    default:
      throw new Error(`there is no normalizer ${config.type}`);
  }
}

const lowercase = (text: string) => Array.from(text, (character) => character.toLowerCase()).join("");

const dropped = /(?![\t\n\r])[\0\uFFFD\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
const spaces = new RegExp(`[${space}]`, "gu");
const chinese = /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

function bertNormalizer({ clean_text, handle_chinese_chars, strip_accents, lowercase: lower }: JsonObject): Normalize {
  const steps: Normalize[] = [];
  if (clean_text !== false) steps.push((text) => text.replace(dropped, "").replace(spaces, " "));
  if (handle_chinese_chars !== false) steps.push((text) => text.replace(chinese, " $& "));
  if (strip_accents ?? lower !== false) steps.push((text) => text.normalize("NFD").replace(/\p{Mn}/gu, ""));
  if (lower !== false) steps.push(lowercase);
  return (text) => steps.reduce((so, step) => step(so), text);
}
