// Pre-tokenizers of tokenizer.json: how a normalised text is cut before the model sees it (tokenizers/src/pre_tokenizers).
import type { JsonObject } from "../model/formats/json";
import { toAlphabet } from "./bytes";
import { behaviorOf, patternOf, punctuation, space, split, word } from "./patterns";

/** Cuts one piece; `first`: whether it is where the text begins. */
export type PreTokenize = (text: string, first: boolean) => string[];

const gpt2Words = new RegExp(`'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${space}\\p{L}\\p{N}]+|[${space}]+(?![^${space}])|[${space}]+`, "gu");

/** Throws if the configuration is of no kind that is known. */
export function preTokenizerOf(config: JsonObject | null | undefined): PreTokenize {
  if (config == null) return (text) => [text];
  const at = (characters: string, behavior: Parameters<typeof split>[2], invert = false): PreTokenize => {
    const pattern = new RegExp(characters, "gu");
    return (text) => split(text, pattern, behavior, invert);
  };
  switch (config.type) {
    case "Sequence":
      return sequence((config.pretokenizers as JsonObject[]).map(preTokenizerOf));
    case "ByteLevel": {
      const { add_prefix_space: prefixed = true, use_regex: words = true } = config;
      return (text) => {
        const spaced = prefixed && !text.startsWith(" ") ? ` ${text}` : text;
        return (words ? split(spaced, gpt2Words, "isolated") : [spaced]).map(toAlphabet);
      };
    }
    case "Metaspace":
      return metaspace(config);
    case "Whitespace":
      return at(`[${word}]+|[^${word}${space}]+`, "removed", true);
    case "WhitespaceSplit":
      return at(`[${space}]`, "removed");
    case "BertPreTokenizer":
      return sequence([at(`[${space}]`, "removed"), at(`[${punctuation}]`, "isolated")]);
    case "Punctuation":
      return at(`[${punctuation}]`, behaviorOf(config.behavior ?? "Isolated"));
    case "Digits":
      return at("\\p{N}", config.individual_digits === true ? "isolated" : "contiguous");
    case "CharDelimiterSplit": {
      const pattern = patternOf({ String: config.delimiter });
      return (text) => split(text, pattern, "removed");
    }
    case "Split": {
      const pattern = patternOf(config.pattern);
      const behavior = behaviorOf(config.behavior);
      return (text) => split(text, pattern, behavior, config.invert === true);
    }
    case "FixedLength":
      return at(`.{1,${Number(config.length ?? 5)}}|\\n`, "isolated");
    default:
      throw new Error(`there is no pre-tokenizer ${config.type}`);
  }
}

const sequence =
  (steps: readonly PreTokenize[]): PreTokenize =>
  (text, first) =>
    steps.reduce((pieces, step) => pieces.flatMap((piece, i) => step(piece, first && i === 0)), [text]);

/** SentencePiece's: spaces become a visible character, which begins each word. */
function metaspace(config: JsonObject): PreTokenize {
  const replacement = String(config.replacement ?? "▁");
  // Files of before tokenizers 0.15 have add_prefix_space alone.
  const scheme = config.prepend_scheme ?? (config.add_prefix_space === false ? "never" : "always");
  const pattern = patternOf({ String: replacement });
  return (text, first) => {
    const visible = text.replaceAll(" ", () => replacement);
    const prepended = (scheme === "always" || (scheme === "first" && first)) && !visible.startsWith(replacement) ? replacement + visible : visible;
    return config.split === false ? [prepended] : split(prepended, pattern, "mergedwithnext");
  };
}
