// config.json and generation_config.json, as Hugging Face writes them.
import { VariorumError } from "../../api/errors";
import { optionNames, optionTable, separated } from "../../api/option-table";
import type { GenerateOptions } from "../../api/types";
import { isCount, type JsonObject, shown } from "./json";

export type Activation = "gelu_tanh" | "gelu_erf" | "relu";

/** What the engine needs of a GPT-2's config.json; names as there, in camelCase. */
export interface ModelConfig {
  vocabSize: number;
  nPositions: number;
  nEmbd: number;
  nLayer: number;
  nHead: number;
  /** 0 stands for 4 nEmbd. */
  nInner: number;
  layerNormEpsilon: number;
  activation: Activation;
  scaleAttnWeights: boolean;
  scaleAttnByInverseLayerIdx: boolean;
  tieWordEmbeddings: boolean;
  eosTokenIds: number[];
  /** What stands for the beginning of a text; null if nothing does. */
  bosTokenId: number | null;
}

const activations: Record<string, Activation> = {
  gelu_new: "gelu_tanh",
  gelu_fast: "gelu_tanh",
  gelu_pytorch_tanh: "gelu_tanh",
  gelu: "gelu_erf",
  gelu_python: "gelu_erf",
  relu: "relu",
};

function bad(message: string): never {
  throw new VariorumError("bad-config", `config.json: ${message}`);
}

/** Other names for the same, as Hugging Face's GPT2Config takes them (its attribute_map), and as older files have them. */
const otherNames: Record<string, string[]> = {
  n_positions: ["max_position_embeddings", "n_ctx"],
  n_embd: ["hidden_size"],
  n_layer: ["num_hidden_layers"],
  n_head: ["num_attention_heads"],
};

/** Checks and completes config.json; what it leaves out has the default of Hugging Face's GPT2Config. bad-config otherwise. */
export function parseConfig(json: JsonObject): ModelConfig {
  const architectures = Array.isArray(json.architectures) ? json.architectures : [];
  if (json.model_type !== "gpt2" && !(json.model_type === undefined && architectures.some((a) => typeof a === "string" && a.startsWith("GPT2")))) {
    bad(`model_type is ${shown(json.model_type ?? null)}, but Variorum runs GPT-2 models ("gpt2") only.`);
  }
  if (json.add_cross_attention === true) bad("models with cross-attention are not supported.");

  // The limits are those of wasm/model/config.cc, far above any GPT-2.
  const count = (key: string, standard: number, most: number, least = 1): number => {
    const name = [key, ...(otherNames[key] ?? [])].find((name) => json[name] != null) ?? key;
    const value = json[name] ?? standard;
    if (!isCount(value) || value < least || value > most) bad(`${name} is ${shown(value)}; it must be a whole number from ${least} to ${most}.`);
    return value;
  };
  const flag = (key: string, standard: boolean): boolean => {
    const value = json[key] ?? standard;
    if (typeof value !== "boolean") bad(`${key} is ${shown(value)}; it must be true or false.`);
    return value;
  };
  const activationName = json.activation_function ?? "gelu_new";
  const activation = typeof activationName === "string" && Object.hasOwn(activations, activationName) ? activations[activationName] : undefined;
  if (activation === undefined) {
    bad(`activation_function ${shown(activationName)} is not supported; known are ${Object.keys(activations).join(", ")}.`);
  }
  // Files that went through YAML have "1e-05", a text there.
  const written = json.layer_norm_epsilon ?? 1e-5;
  const epsilon = typeof written === "string" && written.trim() !== "" ? Number(written) : written;
  if (typeof epsilon !== "number" || !(epsilon > 0 && epsilon < 1)) bad(`layer_norm_epsilon is ${shown(written)}; it must be a number between 0 and 1.`);

  const config: ModelConfig = {
    vocabSize: count("vocab_size", 50257, 2 ** 24),
    nPositions: count("n_positions", 1024, 2 ** 20),
    nEmbd: count("n_embd", 768, 2 ** 16),
    nLayer: count("n_layer", 12, 2 ** 10),
    nHead: count("n_head", 12, 2 ** 16),
    nInner: count("n_inner", 0, 2 ** 18, 0),
    layerNormEpsilon: epsilon,
    activation,
    scaleAttnWeights: flag("scale_attn_weights", true),
    scaleAttnByInverseLayerIdx: flag("scale_attn_by_inverse_layer_idx", false),
    tieWordEmbeddings: flag("tie_word_embeddings", true),
    eosTokenIds: parseIds("config.json: eos_token_id", json.eos_token_id ?? []),
    bosTokenId: parseIds("config.json: bos_token_id", json.bos_token_id ?? [])[0] ?? null,
  };
  if (config.nEmbd % config.nHead !== 0) bad(`n_embd (${config.nEmbd}) must be a multiple of n_head (${config.nHead}).`);
  return config;
}

/** One token id or a list of them. */
function parseIds(name: string, value: unknown): number[] {
  const ids = withoutNone(value);
  if (!ids.every((id) => Number.isSafeInteger(id))) throw new VariorumError("bad-config", `${name} must be a token id or a list of them.`);
  return ids as number[];
}

/** One value or a list of them, without −1 and the like, which stand for "none" in some checkpoints. */
function withoutNone(value: unknown): unknown[] {
  return (Array.isArray(value) ? value : [value]).filter((id) => !(Number.isSafeInteger(id) && id < 0));
}

/**
 * Options of generation_config.json; doSample is not among them: variants are the point. Values stay as they are, since a run
 * looks at those only that it needs (api/options.ts).
 */
export function parseGenerationConfig(json: JsonObject): GenerateOptions {
  const options: Record<string, unknown> = {};
  for (const name of optionNames) {
    const value = json[separated(name)];
    if (value !== undefined && value !== null) options[name] = optionTable[name] === "ids" ? withoutNone(value) : value;
  }
  const stop = json.stop_strings;
  if (stop !== undefined && stop !== null) options.stop = Array.isArray(stop) ? stop : [stop];
  return options;
}

/** Parameters of the model, tied weights counted once. */
export function parameterCount(c: ModelConfig): number {
  const inner = c.nInner || 4 * c.nEmbd;
  const block = 4 * c.nEmbd * c.nEmbd + 2 * c.nEmbd * inner + 9 * c.nEmbd + inner;
  return c.vocabSize * c.nEmbd * (c.tieWordEmbeddings ? 1 : 2) + c.nPositions * c.nEmbd + c.nLayer * block + 2 * c.nEmbd;
}
