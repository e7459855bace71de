// A model's tokenizer, from the files that Hugging Face repositories have: tokenizer.json; or, in older ones, vocab.json and
// merges.txt (GPT-2's byte-level BPE), or vocab.txt (BERT's WordPiece, as Chinese GPT-2s have). The older kinds are turned
// into the tokenizer.json that Hugging Face's own converter makes of them.
import { VariorumError } from "../../api/errors";
import type { ModelSource } from "../transfer/source";
import { isCount, type JsonObject, parseObject, shown } from "./json";

export interface TokenizerFiles {
  /** tokenizer.json. */
  tokenizer: JsonObject;
  /** Its added tokens, and those that only the files beside it name. */
  addedTokens: AddedToken[];
  /** tokenizer_config.json; {} if there is none. */
  config: JsonObject;
}

/** A text that is one token wherever it occurs. */
export interface AddedToken {
  id: number;
  content: string;
  /** Not inside of a word. */
  single_word: boolean;
  /** Together with the spaces before, after it. */
  lstrip: boolean;
  rstrip: boolean;
  /** Looked for in the normalised text. */
  normalized: boolean;
  /** No text: decoding leaves it out. */
  special: boolean;
}

type SmallFiles = Pick<ModelSource, "text">;

/** Reads the tokenizer's files; null if the model has none. bad-config, network, AbortError. */
export async function readTokenizer(source: SmallFiles, signal?: AbortSignal): Promise<TokenizerFiles | null> {
  const text = async (file: string) => (await source.text(file, signal))?.replace(/^\uFEFF/, "") ?? null;
  const object = async (file: string) => {
    const found = await text(file);
    return found === null ? {} : parseObject(file, found, "bad-config");
  };
  const [whole, config] = await Promise.all([text("tokenizer.json"), object("tokenizer_config.json")]);
  // A tokenizer_config.json with this table names all tokens itself; the older files are not read beside it.
  const older = config.added_tokens_decoder === undefined;
  const special = older || whole === null ? await object("special_tokens_map.json") : {};
  // Where both name a special token, the map is the older file and tokenizer_config.json the one that is kept up.
  const settings = { ...special, ...config };
  if (whole !== null) {
    const tokenizer = parseObject("tokenizer.json", whole, "bad-config");
    return {
      tokenizer,
      addedTokens: addedTokens(vocabularyOf(tokenizer), settings, specialTokens(settings, {}), { listed: tokenizer.added_tokens ?? [] }),
      config,
    };
  }
  const [vocab, merges, words, added] = await Promise.all([text("vocab.json"), text("merges.txt"), text("vocab.txt"), object("added_tokens.json")]);
  const made =
    vocab !== null && merges !== null ? byteLevelTokenizer(vocab, merges, settings, added) : words !== null ? wordPieceTokenizer(words, settings, added) : null;
  return made && { tokenizer: made, addedTokens: made.added_tokens, config };
}

type MadeTokenizer = JsonObject & { added_tokens: AddedToken[] };

/** GPT-2's tokenizer: bytes as visible characters, merged by rank. */
export function byteLevelTokenizer(vocabText: string, mergesText: string, settings: JsonObject, added: JsonObject = {}): MadeTokenizer {
  const vocab = checkIds("vocab.json", parseObject("vocab.json", vocabText, "bad-config"));
  const merges = mergesText
    .split(/\r?\n/)
    .filter((line, i) => line !== "" && !(i === 0 && line.startsWith("#version")))
    .map((line) => {
      const pair = line.split(" ");
      if (pair.length !== 2 || !pair.every((part) => part !== "")) {
        throw new VariorumError("bad-config", `merges.txt: ${shown(line)} is not a pair of tokens: the file is damaged or not the one it should be.`);
      }
      return pair;
    });
  const names = specialTokens(settings, { bos_token: "<|endoftext|>", eos_token: "<|endoftext|>", unk_token: "<|endoftext|>" });
  const byteLevel = { type: "ByteLevel", add_prefix_space: settings.add_prefix_space === true, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    added_tokens: addedTokens(vocab, settings, names, { added }),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: { type: "BPE", unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false, vocab, merges },
  };
}

/** BERT's tokenizer: words of `vocab.txt`, one a line, and their continuations marked with "##". */
export function wordPieceTokenizer(vocabText: string, settings: JsonObject, added: JsonObject = {}): MadeTokenizer {
  const lines = vocabText.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const vocab = Object.fromEntries(lines.map((line, id) => [line, id]));
  const names = specialTokens(settings, { unk_token: "[UNK]", sep_token: "[SEP]", pad_token: "[PAD]", cls_token: "[CLS]", mask_token: "[MASK]" });
  const unknown = tokenName(settings.unk_token) ?? "[UNK]";
  if (!Object.hasOwn(vocab, unknown)) {
    throw new VariorumError("bad-config", `vocab.txt has no ${shown(unknown)}: it is damaged or not the vocabulary of a BERT tokenizer.`);
  }
  const flag = (name: string, standard: boolean | null) => (typeof settings[name] === "boolean" ? (settings[name] as boolean) : standard);
  return {
    version: "1.0",
    added_tokens: addedTokens(vocab, settings, names, { added }),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: flag("tokenize_chinese_chars", true),
      strip_accents: flag("strip_accents", null),
      lowercase: flag("do_lower_case", true),
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null, // prompts are taken as they are, without [CLS] and [SEP]
    decoder: { type: "WordPiece", prefix: "##", cleanup: settings.clean_up_tokenization_spaces === true },
    model: { type: "WordPiece", unk_token: unknown, continuing_subword_prefix: "##", max_input_chars_per_word: 100, vocab },
  };
}

/** A special token as the settings write it: a string, or an object with its content. */
function tokenName(value: unknown): string | undefined {
  const content = typeof value === "object" && value !== null ? (value as JsonObject).content : value;
  return typeof content === "string" && content !== "" ? content : undefined;
}

/** The special tokens that the settings name, in Hugging Face's order, with their flags; `standard` has the defaults of the tokenizer's class. */
function specialTokens(settings: JsonObject, standard: Record<string, string>): Map<string, JsonObject> {
  const keys = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];
  const more = Array.isArray(settings.additional_special_tokens) ? settings.additional_special_tokens : [];
  const named = new Map<string, JsonObject>();
  for (const value of [...keys.map((key) => (tokenName(settings[key]) === undefined ? standard[key] : settings[key])), ...more]) {
    const content = tokenName(value);
    if (content !== undefined && !named.has(content)) named.set(content, typeof value === "object" ? (value as JsonObject) : {});
  }
  return named;
}

/**
 * Tokens that are matched whole: those `listed` in tokenizer.json or `added` in added_tokens.json, of tokenizer_config.json's
 * added_tokens_decoder, whose flags count, and the special ones. Beside a tokenizer.json ids are as Hugging Face's library gives
 * them, whatever the files say: the model's own if it has the token, else one behind the last.
 */
function addedTokens(
  vocab: Record<string, number>,
  settings: JsonObject,
  special: ReadonlyMap<string, JsonObject>,
  { listed, added = {} }: { listed?: unknown; added?: JsonObject },
): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  let next = Object.keys(vocab).length;
  const add = (content: string, fields: JsonObject, isSpecial: boolean, given?: number) => {
    const flag = (name: string, standard: boolean) => (typeof fields[name] === "boolean" ? (fields[name] as boolean) : standard);
    const ofSpecial = flag("special", isSpecial);
    const written = listed === undefined ? given : undefined;
    const id = tokens.get(content)?.id ?? written ?? (Object.hasOwn(vocab, content) ? vocab[content]! : next);
    next = Math.max(next, id + 1);
    tokens.set(content, {
      id,
      content,
      single_word: flag("single_word", false),
      lstrip: flag("lstrip", false),
      rstrip: flag("rstrip", false),
      normalized: flag("normalized", !ofSpecial),
      special: ofSpecial,
    });
  };
  if (!Array.isArray(listed ?? [])) throw new VariorumError("bad-config", "tokenizer.json: added_tokens must be a list.");
  for (const fields of (listed ?? []) as JsonObject[]) {
    const content = tokenName(fields);
    if (content === undefined) continue;
    checkIds("tokenizer.json", { [content]: fields.id });
    add(content, fields, false);
  }
  const byId = (table: Record<string, number>) => Object.keys(table).sort((a, b) => table[a]! - table[b]!);
  for (const content of byId(checkIds("added_tokens.json", added))) add(content, {}, special.has(content), added[content] as number);
  const decoder = settings.added_tokens_decoder;
  const named = Object.entries(typeof decoder === "object" && decoder !== null ? (decoder as JsonObject) : {});
  for (const [id, fields] of named.sort(([a], [b]) => Number(a) - Number(b))) {
    const content = tokenName(fields);
    if (!/^\d{1,9}$/.test(id) || content === undefined)
      throw new VariorumError("bad-config", "tokenizer_config.json: added_tokens_decoder must map ids to tokens.");
    add(content, fields as JsonObject, special.has(content), Number(id));
  }
  for (const [content, fields] of special) if (!tokens.has(content)) add(content, fields, true);
  return [...tokens.values()].sort((a, b) => a.id - b.id);
}

/** The model's own tokens: an object, or Unigram's list of [token, score]. */
function vocabularyOf(tokenizer: JsonObject): Record<string, number> {
  const { vocab } = (tokenizer.model ?? {}) as JsonObject;
  if (Array.isArray(vocab)) return Object.fromEntries(vocab.map((entry, id) => [String((entry as unknown[] | null)?.[0]), id]));
  if (typeof vocab !== "object" || vocab === null)
    throw new VariorumError("bad-config", "tokenizer.json has no vocabulary: it is damaged or of a kind that is not supported.");
  return checkIds("tokenizer.json", vocab as JsonObject);
}

/** Ids are below a billion, far more than any vocabulary has. */
export function checkIds(file: string, tokens: JsonObject): Record<string, number> {
  for (const [token, id] of Object.entries(tokens)) {
    if (!isCount(id) || id >= 1e9) throw new VariorumError("bad-config", `${file}: the id of ${shown(token)} is not a token id.`);
  }
  return tokens as Record<string, number>;
}
