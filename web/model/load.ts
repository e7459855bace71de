// A model's small files: what it is, how it speaks, and which weight files it has (weights.ts reads those).
import { VariorumError } from "../api/errors";
import type { GenerateOptions, WeightScheme } from "../api/types";
import { findWeightFiles, optionalText, safetensorsIndex } from "./formats/checkpoint";
import { type ModelConfig, parseConfig, parseGenerationConfig } from "./formats/config";
import { findForeign, refusePointer } from "./formats/foreign";
import { parseObject } from "./formats/json";
import { type Manifest, manifestName, parseManifest } from "./formats/manifest";
import { readTokenizer, type TokenizerFiles } from "./formats/tokenizer-files";
import type { ModelSource } from "./transfer/source";

export interface ModelFiles {
  config: ModelConfig;
  generation: GenerateOptions;
  tokenizer: TokenizerFiles | null;
  /** Null for a plain Hugging Face folder. */
  manifest: Manifest | null;
  /** Weight files to read, in order. */
  files: string[];
}

/** Reads everything but the weights. bad-config, bad-shard, unsupported, network, AbortError. */
export async function readModelFiles(source: Pick<ModelSource, "id" | "text" | "describe">, signal?: AbortSignal): Promise<ModelFiles> {
  const text = async (file: string, read: Promise<string | null>) => {
    const found = await read;
    if (found !== null) refusePointer(file, found, "bad-config");
    return found;
  };
  const optional = (file: string) => text(file, optionalText(source, file, signal));
  const [tokenizer, configText, generationText, manifestText, indexText] = await Promise.all([
    readTokenizer({ text: optional }),
    text("config.json", source.text("config.json", signal)),
    ...["generation_config.json", manifestName, safetensorsIndex].map(optional),
  ]);
  if (configText === null) {
    const found = await findForeign(source, signal);
    throw new VariorumError(
      "bad-config",
      `There is no config.json in ${source.id}: ${found ?? `check that this is the address of a model's directory${hubHint(source.id)}`}.`,
    );
  }
  const object = (name: string, text: string | null | undefined) => (text == null ? {} : parseObject(name, text, "bad-config"));
  const config = parseConfig(object("config.json", configText));
  const manifest = manifestText == null ? null : await parseManifest(manifestText);
  return {
    config,
    generation: parseGenerationConfig(object("generation_config.json", generationText)),
    tokenizer,
    manifest,
    files: manifest ? manifest.shards.map((shard) => shard.file) : await findWeightFiles(source, indexText ?? null, signal),
  };
}

/** Whoever pastes the address of a repository's page should hear how to name the repository. */
function hubHint(id: string): string {
  const [, repository] = /^https?:\/\/[^/]+\/([\w.-]+\/[\w.-]+)\/$/.exec(id) ?? [];
  return repository === undefined ? "" : `; if it is a repository of a hub, say hf:${repository}`;
}

/** The scheme to hold the weights in, given what the caller asked for. bad-option. */
export function chooseScheme(manifest: Manifest | null, asked: WeightScheme | undefined): WeightScheme {
  const stored = manifest?.weights ?? "f32";
  const scheme = asked ?? manifest?.weights ?? "q8";
  if (scheme !== "f32" && scheme !== "q8" && scheme !== "q4") {
    throw new VariorumError("bad-option", `weights is ${JSON.stringify(scheme)}; it must be "f32", "q8" or "q4".`);
  }
  if (stored !== "f32" && scheme !== stored) {
    throw new VariorumError("bad-option", `This model is stored as ${stored} and cannot be loaded as ${scheme}: leave the option weights out.`);
  }
  return scheme;
}
