// Models of tokenizer.json: one piece of text to token ids (tokenizers/src/models). BPE, WordPiece and Unigram are the library's;
// it takes texts to ids by one table for the vocabulary and the added tokens, and knows WordLevel only by tokenizer_config.json.
import { BPE, Unigram, WordPiece } from "@huggingface/tokenizers";
import { VariorumError } from "../api/errors";
import type { JsonObject } from "../model/formats/json";
import { checkIds } from "../model/formats/tokenizer-files";
import { utf8 } from "./bytes";

export interface Model {
  /** Ids of a piece that is not empty; what has no token becomes the unknown one, or nothing where there is none. */
  ids(piece: string): number[];
  vocabulary: ReadonlyMap<string, number>;
}

/** Throws if the configuration is of no kind that is known, and VariorumError (bad-config) if its ids are none. */
export function modelOf(config: JsonObject): Model {
  if (Array.isArray(config.vocab)) return unigram(config);
  const vocabulary = new Map(Object.entries(checkIds("tokenizer.json", config.vocab as JsonObject)));
  switch (config.type ?? kindOf(config)) {
    case "BPE":
      return { vocabulary, ids: bpe(config, vocabulary) };
    case "WordPiece": {
      const model = new WordPiece({ ...config, continuing_subword_prefix: config.continuing_subword_prefix ?? "##" } as never);
      return { vocabulary, ids: (piece) => model.encode([piece]).map((token) => vocabulary.get(token) ?? unknown(config, vocabulary)) };
    }
    case "WordLevel":
      return { vocabulary, ids: (piece) => [vocabulary.get(piece) ?? unknown(config, vocabulary)] };
    default:
      throw new Error(`there is no model ${config.type}`);
  }
}

/** Older files do not name their model (tokenizers/src/models/mod.rs tries BPE, WordPiece, WordLevel, Unigram). */
function kindOf(config: JsonObject): string {
  if ("merges" in config) return "BPE";
  return "max_input_chars_per_word" in config || "continuing_subword_prefix" in config ? "WordPiece" : "WordLevel";
}

/** The id of what has no token; bad-config if there is none, which Hugging Face's models of words refuse too. */
function unknown(config: JsonObject, vocabulary: ReadonlyMap<string, number>): number {
  const id = vocabulary.get(String(config.unk_token));
  if (id !== undefined) return id;
  throw new VariorumError("bad-config", "tokenizer.json has no token for a part of this text, and none for what is unknown: it is damaged or not the model's.");
}

function bpe(config: JsonObject, vocabulary: ReadonlyMap<string, number>): Model["ids"] {
  if (config.continuing_subword_prefix) throw new Error("a prefix of continuations is not supported");
  const model = new BPE({ ...config, fuse_unk: false } as never);
  const unknownId = typeof config.unk_token === "string" ? vocabulary.get(config.unk_token) : undefined;
  return (piece) => {
    const tokens = config.ignore_merges === true && vocabulary.has(piece) ? [piece] : model.bpe(piece);
    const ids: number[] = [];
    let fused = false; // whether the last token was an unknown one
    for (const token of tokens) {
      const own = vocabulary.get(token);
      const found = own !== undefined ? [own] : config.byte_fallback === true ? byteIds(token, vocabulary) : null;
      if (found) ids.push(...found);
      else if (unknownId !== undefined && !(config.fuse_unk === true && fused)) ids.push(unknownId);
      fused = !found;
    }
    return ids;
  };
}

function unigram(config: JsonObject): Model {
  const entries = config.vocab as [string, number][];
  const vocabulary = new Map(entries.map(([token], id) => [token, id]));
  const unknownId = typeof config.unk_id === "number" ? config.unk_id : undefined;
  const model = new Unigram({ ...config, unk_id: unknownId ?? -1 } as never, "");
  return {
    vocabulary,
    ids(piece) {
      const ids: number[] = [];
      let fused = false;
      for (const token of model.encode([piece])) {
        const own = vocabulary.get(token);
        const known = own !== undefined && own !== unknownId;
        const found = known ? [own] : config.byte_fallback === true ? byteIds(token, vocabulary) : null;
        if (found) ids.push(...found);
        else if (!fused) ids.push(unknownId ?? unknown({}, vocabulary));
        fused = !found;
      }
      return ids;
    },
  };
}

/** The tokens of a text's bytes, "<0xE4>"; null if one is missing. */
function byteIds(text: string, vocabulary: ReadonlyMap<string, number>): number[] | null {
  const ids = Array.from(utf8(text), (byte) => vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`));
  return ids.every((id) => id !== undefined) ? ids : null;
}
