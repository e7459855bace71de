// variorum inspect: what a model directory holds, and whether it is whole.
import { Engine } from "../../engine/engine";
import { Args, type OptionTable } from "../args";
import { openSource } from "../file-source";
import { print, printJson } from "../output";
import { Progress } from "../progress";
import { readModelFiles } from "../../model/load";

const options = { json: { type: "boolean" } } satisfies OptionTable;

/** Loads the model as the page would, so that every shard's hash, shape and type is checked; bad-shard if one is wrong. */
export async function inspect(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 1, most: 1, names: "DIR" });
  const source = await openSource(args.positionals[0]!);
  const { config, manifest, files } = await readModelFiles(source);
  const progress = new Progress("Verifying");
  const { info } = await Engine.load(source, { threads: 1, onProgress: ({ loaded, total }) => progress.bytes(loaded, total) });
  progress.clear();
  const summary = {
    name: info.name,
    layout: manifest ? "variorum" : "hugging-face",
    weights: manifest?.weights ?? null,
    parameters: info.parameters,
    bytes: info.bytes,
    bytesPerParameter: info.bytes / info.parameters,
    sha256: info.sha256,
    verified: manifest !== null,
    tokenizer: info.hasTokenizer,
    config,
    shards: manifest?.shards ?? files.map((file) => ({ file })),
  };
  if (args.flag("json")) return printJson(summary);
  const mega = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const lines = [
    `${info.name}: GPT-2, ${(info.parameters / 1e6).toFixed(1)}M parameters, ${config.nLayer} layers, ${config.nHead} heads, ${config.nEmbd} wide, context ${config.nPositions}, vocabulary ${config.vocabSize}`,
    manifest
      ? `Variorum directory, weights ${manifest.weights}, ${mega(info.bytes)} (${summary.bytesPerParameter.toFixed(3)} bytes per parameter), SHA-256 ${manifest.sha256}`
      : `Hugging Face folder, ${mega(info.bytes)}; no hashes to verify`,
    `tokenizer: ${info.hasTokenizer ? "yes" : "no (ids only)"}`,
    ...(manifest?.shards ?? []).map((shard) => `  ok  ${shard.file}  ${mega(shard.bytes)}`),
    "",
  ];
  await print(lines.join("\n"));
}
