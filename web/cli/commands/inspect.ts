// variorum inspect: what a model directory holds, and whether it is whole.
import { VariorumError } from "../../api/errors";
import { parameterCount } from "../../model/formats/config";
import { readModelFiles } from "../../model/load";
import { TextCodec } from "../../text/codec";
import { Args, type OptionTable } from "../args";
import { openSource } from "../file-source";
import { print, printJson } from "../output";
import { Progress } from "../progress";
import { verify } from "../verify";

const options = { json: { type: "boolean" } } satisfies OptionTable;

/** Prints what is there, damaged or not; bad-shard if anything is wrong with the weights. */
export async function inspect(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 1, most: 1, names: "DIR" });
  const source = await openSource(args.positionals[0]!);
  const model = await readModelFiles(source);
  const { config, manifest, tokenizer } = model;
  if (tokenizer) new TextCodec(tokenizer); // bad-config if it is none
  const progress = new Progress("Verifying");
  const total = manifest?.shards.reduce((sum, shard) => sum + shard.bytes, 0) ?? null;
  let read = 0;
  const { files, problems } = await verify(source, model, (bytes) => progress.bytes((read += bytes), total));
  progress.clear();
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const parameters = parameterCount(config);
  const summary = {
    name: source.name,
    layout: manifest ? "variorum" : "hugging-face",
    weights: manifest?.weights ?? null,
    parameters,
    bytes,
    bytesPerParameter: bytes / parameters,
    sha256: manifest?.sha256 ?? null,
    verified: manifest !== null && problems.length === 0,
    problems,
    tokenizer: tokenizer !== null,
    config,
    wrapper: files.find(({ wrapper }) => wrapper !== "")?.wrapper ?? null,
    shards: manifest?.shards ?? files.map(({ file, bytes }) => ({ file, bytes })),
  };
  if (args.flag("json")) await printJson(summary);
  else {
    const mega = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
    await print(
      [
        `${source.name}: GPT-2, ${(parameters / 1e6).toFixed(1)}M parameters, ${config.nLayer} layers, ${config.nHead} heads, ${config.nEmbd} wide, context ${config.nPositions}, vocabulary ${config.vocabSize}`,
        manifest
          ? `Variorum directory, weights ${manifest.weights}, ${mega(bytes)} (${summary.bytesPerParameter.toFixed(3)} bytes per parameter), SHA-256 ${manifest.sha256}`
          : `Hugging Face folder, ${mega(bytes)}; no hashes to verify`,
        ...(summary.wrapper === null ? [] : [`names: all tensors' begin with ${JSON.stringify(summary.wrapper)}, which is taken off`]),
        `tokenizer: ${tokenizer ? "yes" : "no (ids only)"}`,
        ...files.map(({ file, bytes, problem }) => `  ${problem === null ? "ok " : "BAD"}  ${file}  ${mega(bytes)}`),
        "",
      ].join("\n"),
    );
  }
  if (problems.length > 0) throw new VariorumError("bad-shard", `${problems[0]}${problems.length > 1 ? ` (And ${problems.length - 1} more.)` : ""}`);
}
