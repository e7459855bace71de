// Writes a Variorum model directory from a Hugging Face folder, quantising with the engine's own C++. The same input gives
// the same bytes.
import { VariorumError } from "../api/errors";
import type { WeightScheme } from "../api/types";
import { readWeightFile } from "../model/formats/checkpoint";
import { parameterCount } from "../model/formats/config";
import { type Manifest, manifestName, modelDigest } from "../model/formats/manifest";
import { checkpointTensors, storedBytes, storedTensors, type TensorShape } from "../model/formats/tensors";
import { readModelFiles } from "../model/load";
import { Converter } from "./converter";
import type { FileSource } from "./file-source";
import { ShardWriter } from "./shard-writer";

/** Small files that go along as they are. */
const companions = ["config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "README.md", "LICENSE"];

export interface Written {
  manifest: Manifest;
  parameters: number;
  /** Files that were there already, byte for byte, and were not touched. */
  kept: number;
}

/**
 * `source`: a plain Hugging Face folder or an unquantised model directory. `shardSize` in bytes. A run that fails leaves the
 * directory `to` as it was. bad-config, bad-shard, bad-option, out-of-memory.
 */
export async function writeModelDirectory(
  source: FileSource,
  to: string,
  weights: WeightScheme,
  shardSize: number,
  onProgress: (done: number, total: number) => void,
): Promise<Written> {
  const files = await readModelFiles(source);
  if (files.manifest && files.manifest.weights !== "f32") {
    throw new VariorumError("bad-option", `${source.id} is quantised already (${files.manifest.weights}): shard the original checkpoint instead.`);
  }
  const tensors = checkpointTensors(files.config);
  const missing = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const parameters = parameterCount(files.config);
  const converter = await Converter.create(weights);
  const writer = await ShardWriter.create(
    to,
    tensors.flatMap((tensor) => storedTensors(tensor, weights)),
    shardSize,
  );
  try {
    let done = 0;
    for (const file of files.files) {
      const stream = await source.open(file);
      if (!stream) throw new VariorumError("bad-shard", `The weight file ${file} is missing: the folder is incomplete.`);
      let tensor: TensorShape;
      await readWeightFile(file, stream, files.config, {
        stage({ name, dtype, shape }) {
          const found = missing.get(name);
          if (!found) return null;
          tensor = found;
          checkShape(name, shape, tensor.shape);
          return converter.stage(tensor, dtype);
        },
        commit() {
          const bytes = converter.convert(tensor);
          storedTensors(tensor, weights).forEach(({ name }, i) => writer.put(name, bytes[i]!));
          missing.delete(tensor.name);
          onProgress((done += 4 * tensor.shape.reduce((product, extent) => product * extent, 1)), 4 * parameters);
          return null;
        },
      });
    }
    if (missing.size > 0) {
      const [first] = missing.keys();
      throw new VariorumError("bad-shard", `Tensor ${first}${missing.size > 1 ? ` and ${missing.size - 1} more are` : " is"} missing from ${source.id}.`);
    }
    const { shards, weightMap } = await writer.shards();
    const manifest: Manifest = { format: "variorum", version: 1, weights, sha256: await modelDigest(shards), shards };
    for (const file of companions) {
      const text = await source.text(file);
      if (text !== null) await writer.add(file, text);
    }
    // Made of vocab.json and merges.txt, or of vocab.txt, if there is none.
    const tokenizer = (await source.text("tokenizer.json")) ?? (files.tokenizer && JSON.stringify(files.tokenizer.tokenizer));
    if (tokenizer !== null) await writer.add("tokenizer.json", tokenizer);
    const totalSize = storedBytes(files.config, weights);
    await writer.add("model.safetensors.index.json", `${JSON.stringify({ metadata: { total_size: totalSize }, weight_map: weightMap }, null, 1)}\n`);
    await writer.add(manifestName, `${JSON.stringify(manifest, null, 1)}\n`);
    return { manifest, parameters, kept: await writer.finish() };
  } finally {
    converter.dispose();
    await writer.cleanUp();
  }
}

function checkShape(name: string, shape: readonly number[], expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((extent, i) => extent === expected[i])) return;
  throw new VariorumError(
    "bad-shard",
    `Tensor ${name} has shape [${shape.join(", ")}], but config.json asks for [${expected.join(", ")}]: the weights belong to another model.`,
  );
}
