// A model's files, from any source to the engine: small files first, then the weights, each shard verified before use.
import { VariorumError } from "../errors";
import { readTokenizer, type TokenizerFiles } from "../text/tokenizer-files";
import type { GenerateOptions, LoadProgress, WeightScheme } from "../types";
import type { ShardCache } from "./cache";
import { findWeightFiles, readWeightFile, safetensorsIndex } from "./checkpoint";
import { parseConfig, parseGenerationConfig, type ModelConfig } from "./config";
import { parseObject } from "./json";
import { manifestName, parseManifest, type Manifest, type Shard } from "./manifest";
import type { TensorSink } from "./safetensors";
import { sha256 } from "./sha256";
import type { ByteStream, ModelSource } from "./source";

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
export async function readModelFiles(source: ModelSource, signal?: AbortSignal): Promise<ModelFiles> {
  const [tokenizer, configText, generationText, manifestText, indexText] = await Promise.all([
    readTokenizer(source, signal),
    ...["config.json", "generation_config.json", manifestName, safetensorsIndex].map((file) => source.text(file, signal)),
  ]);
  if (configText == null) {
    throw new VariorumError("bad-config", `There is no config.json in ${source.id}: check that this is the address of a model's directory.`);
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

/** The scheme to hold the weights in, given what the caller asked for. bad-option. */
export function chooseScheme(manifest: Manifest | null, asked: WeightScheme | undefined): "f32" | "q8" {
  const stored = manifest?.weights ?? "f32";
  const scheme = asked ?? manifest?.weights ?? "q8";
  if (scheme !== "f32" && scheme !== "q8") {
    throw new VariorumError("bad-option", `weights is ${JSON.stringify(scheme)}; this version has "f32" and "q8".`);
  }
  if (stored !== "f32" && scheme !== stored) {
    throw new VariorumError("bad-option", `This model is stored as ${stored} and cannot be loaded as ${scheme}: leave the option weights out.`);
  }
  return scheme;
}

/** Streams all weights into `sink`. bad-shard, network, AbortError. */
export async function readWeights(
  source: ModelSource,
  files: ModelFiles,
  sink: TensorSink,
  cache: ShardCache | null,
  onProgress: (progress: LoadProgress) => void,
  signal?: AbortSignal,
): Promise<void> {
  const progress: LoadProgress = { loaded: 0, total: files.manifest?.shards.reduce((sum, shard) => sum + shard.bytes, 0) ?? null, cached: 0 };
  const report = (bytes: number, cached = false) => {
    progress.loaded += bytes;
    if (cached) progress.cached += bytes;
    onProgress({ ...progress });
  };
  report(0);
  if (files.manifest) {
    for (const shard of files.manifest.shards) {
      const bytes = await verifiedShard(source, shard, cache, report, signal);
      await readWeightFile(shard.file, wholeStream(bytes), files.config, sink);
    }
    return;
  }
  const streams: { file: string; bytes: number }[] = [];
  for (const [i, file] of files.files.entries()) {
    const stream = await source.open(file, signal);
    if (!stream) throw missing(file);
    streams.push({ file, bytes: stream.bytes ?? 0 });
    if (i === files.files.length - 1 && stream.bytes !== null) progress.total = streams.reduce((sum, s) => sum + s.bytes, 0);
    await readWeightFile(file, counted(stream, report), files.config, sink);
  }
}

const missing = (file: string) =>
  new VariorumError("bad-shard", `The weight file ${file} is missing: the model's directory is incomplete.`);

/** One shard, whole and with the right hash: from the cache, or fetched and then cached. */
async function verifiedShard(
  source: ModelSource,
  shard: Shard,
  cache: ShardCache | null,
  report: (bytes: number, cached?: boolean) => void,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const kept = await cache?.read(source.id, shard);
  if (kept) {
    if (kept.length === shard.bytes && (await sha256(kept)) === shard.sha256) {
      report(kept.length, true);
      return kept;
    }
    await cache!.remove(source.id, shard); // damaged in storage: fetch it again
  }
  const stream = await source.open(shard.file, signal);
  if (!stream) throw missing(shard.file);
  const wrongLength = (length: string) =>
    new VariorumError("bad-shard", `${shard.file} has ${length} bytes where ${manifestName} says ${shard.bytes}: it is truncated or of another model. Try again, or copy it anew.`);
  if (stream.bytes !== null && stream.bytes !== shard.bytes) throw wrongLength(String(stream.bytes));
  const bytes = new Uint8Array(shard.bytes);
  let at = 0;
  for await (const chunk of stream.chunks) {
    if (at + chunk.length > shard.bytes) throw wrongLength("more");
    bytes.set(chunk, at);
    at += chunk.length;
    report(chunk.length);
  }
  if (at < shard.bytes) throw wrongLength(String(at));
  const digest = await sha256(bytes);
  if (digest !== shard.sha256) {
    throw new VariorumError("bad-shard", `${shard.file} is damaged: its SHA-256 is ${digest.slice(0, 16)}…, not ${shard.sha256.slice(0, 16)}…. Try again, or copy it anew.`);
  }
  await cache?.write(source.id, shard, bytes);
  return bytes;
}

function wholeStream(bytes: Uint8Array): ByteStream {
  return {
    bytes: bytes.length,
    chunks: (async function* () {
      yield bytes;
    })(),
  };
}

function counted(stream: ByteStream, report: (bytes: number) => void): ByteStream {
  return {
    bytes: stream.bytes,
    chunks: (async function* () {
      for await (const chunk of stream.chunks) {
        report(chunk.length);
        yield chunk;
      }
    })(),
  };
}
