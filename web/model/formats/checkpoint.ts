// The weight files of a plain Hugging Face folder: safetensors or PyTorch's format, one file or several with an index.
import { VariorumError } from "../../api/errors";
import { type ByteStream, type ModelSource, RefusedError } from "../transfer/source";
import type { ModelConfig } from "./config";
import { findForeign } from "./foreign";
import { parseObject } from "./json";
import { isPlainName } from "./manifest";
import { readTensors, type TensorSink } from "./safetensors";
import { checkpointTensors } from "./tensors";
import { readTorchTensors } from "./torch-checkpoint";

export const safetensorsIndex = "model.safetensors.index.json";
const torchIndex = "pytorch_model.bin.index.json";

/**
 * The files to read, in order, looked for as Hugging Face does: safetensors before PyTorch's format, one whole file before an index,
 * which may be left over. `indexText`: of model.safetensors.index.json. bad-shard, network, AbortError.
 */
export async function findWeightFiles(
  source: Pick<ModelSource, "id" | "text" | "describe">,
  indexText: string | null,
  signal?: AbortSignal,
): Promise<string[]> {
  let refusal: RefusedError | null = null;
  const exists = async (file: string) => {
    try {
      return (await source.describe(file, signal)) !== null;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      refusal = error;
      return false;
    }
  };
  if (await exists("model.safetensors")) return ["model.safetensors"];
  if (indexText !== null) return filesOfIndex(safetensorsIndex, indexText);
  if (await exists("pytorch_model.bin")) return ["pytorch_model.bin"];
  const text = await optionalText(source, torchIndex, signal);
  if (text !== null) return filesOfIndex(torchIndex, text);
  const found = await findForeign(source, signal);
  if (refusal !== null && found === null) throw refusal;
  throw new VariorumError("bad-shard", `The weights are missing from ${source.id}: ${found ?? "model.safetensors or pytorch_model.bin is needed"}.`);
}

/** A file that a model may do without: a host that refuses to give it counts as one that has none. network, AbortError. */
export async function optionalText(source: Pick<ModelSource, "text">, file: string, signal?: AbortSignal): Promise<string | null> {
  try {
    return await source.text(file, signal);
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

function filesOfIndex(name: string, text: string): string[] {
  const { weight_map: map } = parseObject(name, text, "bad-shard");
  const files = typeof map === "object" && map !== null ? [...new Set(Object.values(map))] : [];
  if (files.length === 0 || !files.every(isPlainName)) throw new VariorumError("bad-shard", `${name} must map tensors to plain file names.`);
  return files;
}

/**
 * Streams the tensors of one weight file into `sink`, by their canonical names; resolves to the wrapper that was taken off them
 * (names.ts). bad-shard if it is damaged; what the source throws.
 */
export async function readWeightFile(file: string, stream: ByteStream, config: ModelConfig, sink: TensorSink): Promise<string> {
  if (!file.endsWith(".bin")) return readTensors(file, stream, sink);
  const needed = new Set(checkpointTensors(config).map(({ name }) => name));
  return readTorchTensors(file, stream, (name) => needed.has(name), sink);
}
