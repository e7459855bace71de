// A model's tokenizer, from the files that Hugging Face repositories have: tokenizer.json; or, in older ones, vocab.json and
// merges.txt (GPT-2's byte-level BPE), or vocab.txt (BERT's WordPiece, as Chinese GPT-2s have). The older kinds are turned
// into the tokenizer.json that Hugging Face's own converter makes of them.
import { VariorumError } from "../../api/errors";
import type { ModelSource } from "../transfer/source";
import { isCount, type JsonObject, parseObject, shown } from "./json";

export interface TokenizerFiles {
  /** tokenizer.json. */
  tokenizer: JsonObject;
  /** tokenizer_config.json; {} if there is none. */
  config: JsonObject;
}

type SmallFiles = Pick<ModelSource, "text">;

/** Reads the tokenizer's files; null if the model has none. bad-config, network, AbortError. */
export async function readTokenizer(source: SmallFiles, signal?: AbortSignal): Promise<TokenizerFiles | null> {
  const object = async (file: string) => {
    const text = await source.text(file, signal);
    return text === null ? {} : parseObject(file, text, "bad-config");
  };
  const [whole, config] = await Promise.all([source.text("tokenizer.json", signal), object("tokenizer_config.json")]);
  if (whole !== null) return { tokenizer: parseObject("tokenizer.json", whole, "bad-config"), config };
  const [vocab, merges, words, special, added] = await Promise.all([
    source.text("vocab.json", signal),
    source.text("merges.txt", signal),
    source.text("vocab.txt", signal),
    object("special_tokens_map.json"),
    object("added_tokens.json"),
  ]);
  // Where both name a special token, the map is the older file and tokenizer_config.json the one that is kept up.
  const settings = { ...special, ...config };
  if (vocab !== null && merges !== null) return { tokenizer: byteLevelTokenizer(vocab, merges, settings, added), config };
  if (words !== null) return { tokenizer: wordPieceTokenizer(words, settings, added), config };
  return null;
}

/** GPT-2's tokenizer: bytes as visible characters, merged by rank. */
export function byteLevelTokenizer(vocabText: string, mergesText: string, settings: JsonObject, added: JsonObject = {}): JsonObject {
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
    added_tokens: addedTokens(vocab, added, settings, names),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: { type: "BPE", unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false, vocab, merges },
  };
}

/** BERT's tokenizer: words of `vocab.txt`, one a line, and their continuations marked with "##". */
export function wordPieceTokenizer(vocabText: string, settings: JsonObject, added: JsonObject = {}): JsonObject {
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
    added_tokens: addedTokens(vocab, added, settings, names),
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

interface AddedToken {
  id: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

/** A special token as the settings write it: a string, or an object with its content. */
function tokenName(value: unknown): string | undefined {
  const content = typeof value === "object" && value !== null ? (value as JsonObject).content : value;
  return typeof content === "string" && content !== "" ? content : undefined;
}

/** The special tokens that the settings name, in Hugging Face's order; `standard` has the defaults of the tokenizer's class. */
function specialTokens(settings: JsonObject, standard: Record<string, string>): string[] {
  const keys = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];
  const more = Array.isArray(settings.additional_special_tokens) ? settings.additional_special_tokens : [];
  const named = [...keys.map((key) => tokenName(settings[key]) ?? standard[key]), ...more.map(tokenName)];
  return [...new Set(named.filter((name) => name !== undefined))];
}

/** Tokens that are matched whole: of added_tokens.json, of tokenizer_config.json's added_tokens_decoder, and the special ones. */
function addedTokens(vocab: Record<string, number>, added: JsonObject, settings: JsonObject, special: string[]): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  const add = (content: string, id: number, fields: JsonObject = {}) => {
    const flag = (name: string, standard: boolean) => (typeof fields[name] === "boolean" ? (fields[name] as boolean) : standard);
    const isSpecial = flag("special", special.includes(content));
    tokens.set(content, {
      id,
      content,
      single_word: flag("single_word", false),
      lstrip: flag("lstrip", false),
      rstrip: flag("rstrip", false),
      normalized: flag("normalized", !isSpecial),
      special: isSpecial,
    });
  };
  for (const [content, id] of Object.entries(checkIds("added_tokens.json", added))) add(content, id);
  const decoder = settings.added_tokens_decoder;
  for (const [id, fields] of Object.entries(typeof decoder === "object" && decoder !== null ? (decoder as JsonObject) : {})) {
    const content = tokenName(fields);
    if (!/^\d{1,9}$/.test(id) || content === undefined)
      throw new VariorumError("bad-config", "tokenizer_config.json: added_tokens_decoder must map ids to tokens.");
    add(content, Number(id), fields as JsonObject);
  }
  let next =
    1 +
    Object.values(vocab)
      .concat([...tokens.values()].map(({ id }) => id))
      .reduce((most, id) => Math.max(most, id), -1);
  for (const content of special) {
    if (!tokens.has(content)) add(content, Object.hasOwn(vocab, content) ? vocab[content]! : next++);
  }
  return [...tokens.values()].sort((a, b) => a.id - b.id);
}

/** Ids are below a billion, far more than any vocabulary has. */
export function checkIds(file: string, tokens: JsonObject): Record<string, number> {
  for (const [token, id] of Object.entries(tokens)) {
    if (!isCount(id) || id >= 1e9) throw new VariorumError("bad-config", `${file}: the id of ${shown(token)} is not a token id.`);
  }
  return tokens as Record<string, number>;
}
