// Decoders of tokenizer.json: tokens to text (tokenizers/src/decoders).
import { CTCDecoder } from "@huggingface/tokenizers";
import type { JsonObject } from "../model/formats/json";
import { bytesOf, textOf, validTextOf } from "./bytes";
import { cleanUp } from "./clean-up";
import { patternOf } from "./patterns";

/** Tokens to pieces of text, whose sum is the text. */
export type DecodeChain = (tokens: string[]) => string[];

export interface Decoder {
  chain: DecodeChain;
  /**
   * Whether what comes after this token may still change its text. Of a run of byte tokens either all or none are text
   * (ByteFallback): it is known when the run ends.
   */
  open(token: string): boolean;
}

/** Throws if the configuration is of no kind that is known. */
export function decoderOf(config: JsonObject | null | undefined): Decoder {
  const open = { chain: chainOf(config), open: (token: string) => byteOf(token) !== null };
  return usesBytes(config) ? open : { ...open, open: () => false };
}

const usesBytes = (config: JsonObject | null | undefined): boolean =>
  config?.type === "ByteFallback" || (config?.type === "Sequence" && (config.decoders as JsonObject[]).some(usesBytes));

function chainOf(config: JsonObject | null | undefined): DecodeChain {
  if (config == null) return (tokens) => tokens.map((token, i) => (i === 0 ? token : ` ${token}`));
  switch (config.type) {
    case "Sequence": {
      const steps = (config.decoders as JsonObject[]).map(chainOf);
      return (tokens) => steps.reduce((so, step) => step(so), tokens);
    }
    case "ByteLevel":
      return (tokens) => [textOf(tokens.flatMap(bytesOf))];
    case "WordPiece":
      return wordPiece(config);
    case "Metaspace": {
      const replacement = String(config.replacement ?? "▁");
      const kept = (config.prepend_scheme ?? (config.add_prefix_space === false ? "never" : "always")) === "never";
      return (tokens) => tokens.map((token, i) => token.replaceAll(replacement, i === 0 && !kept ? "" : " "));
    }
    case "BPEDecoder": {
      const suffix = String(config.suffix ?? "</w>");
      return (tokens) => tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? "" : " "));
    }
    case "ByteFallback":
      return byteFallback;
    case "Fuse":
      return (tokens) => [tokens.join("")];
    case "Strip":
      return (tokens) => tokens.map((token) => stripped(token, String(config.content), Number(config.start ?? 0), Number(config.stop ?? 0)));
    case "Replace": {
      const pattern = patternOf(config.pattern);
      const content = String(config.content);
      return (tokens) => tokens.map((token) => token.replace(pattern, () => content));
    }
    case "CTC": {
      const decoder = new CTCDecoder(config as never);
      return (tokens) => decoder.decode_chain(tokens);
    }
    default:
      throw new Error(`there is no decoder ${config.type}`);
  }
}

function byteOf(token: string): number | null {
  return /^<0x[0-9A-Fa-f]{2}>$/.test(token) ? Number.parseInt(token.slice(3, 5), 16) : null;
}

/** A run of byte tokens is its text, or as many U+FFFD as it has bytes if it is none. */
function byteFallback(tokens: string[]): string[] {
  const texts: string[] = [];
  let run: number[] = [];
  const end = () => {
    if (run.length > 0) texts.push(validTextOf(run) ?? "\uFFFD".repeat(run.length));
    run = [];
  };
  for (const token of tokens) {
    const byte = byteOf(token);
    if (byte !== null) run.push(byte);
    else {
      end();
      texts.push(token);
    }
  }
  end();
  return texts;
}

function stripped(token: string, content: string, start: number, stop: number): string {
  const characters = [...token];
  let from = 0;
  while (from < Math.min(start, characters.length) && characters[from] === content) from++;
  let to = characters.length;
  while (characters.length - to < stop && to > from && characters[to - 1] === content) to--;
  return characters.slice(from, to).join("");
}

// Chinese and Japanese characters and full-width marks take no spaces; quotation marks and dashes none beside them.
const han = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}ー";
const wide = "\\u3000-\\u303F\\uFF01-\\uFF0F\\uFF1A-\\uFF20\\uFF3B-\\uFF40\\uFF5B-\\uFF65";
const shared = "“”‘’…—·";
const joins = (before: string, after: string) => new RegExp(`${before}\u0000${after}`, "u");
const unspaced = [joins(`[${han}]`, `[${han}${shared}]`), joins(`[${shared}]`, `[${han}${shared}]`), joins(`[${wide}]`, "."), joins(".", `[${wide}]`)];

/**
 * BERT's: a word begins with a space, its continuations with a prefix. A space that Chinese would not have is left out, unlike in
 * Hugging Face's decoder, whose users take it out by hand.
 */
function wordPiece(config: JsonObject): DecodeChain {
  const prefix = String(config.prefix ?? "##");
  return (tokens) => {
    let before = "";
    return tokens.map((token, i) => {
      const continues = i > 0 && token.startsWith(prefix);
      const bare = continues ? token.slice(prefix.length) : token;
      const pair = `${[...before].at(-1) ?? ""}\u0000${[...bare][0] ?? ""}`;
      const text = i === 0 || continues || unspaced.some((pattern) => pattern.test(pair)) ? bare : ` ${bare}`;
      before = bare || before;
      return config.cleanup === false ? text : cleanUp(text);
    });
  };
}
