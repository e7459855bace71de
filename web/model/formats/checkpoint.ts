// The weight files of a plain Hugging Face folder: safetensors or PyTorch's format, one file or several with an index.
import { VariorumError } from "../../api/errors";
import type { ByteStream, ModelSource } from "../transfer/source";
import type { ModelConfig } from "./config";
import { parseObject } from "./json";
import { isPlainName } from "./manifest";
import { readTensors, type TensorSink } from "./safetensors";
import { canonicalName, checkpointTensors } from "./tensors";
import { readTorchTensors } from "./torch-checkpoint";

export const safetensorsIndex = "model.safetensors.index.json";

/**
 * The files to read, in order; safetensors before PyTorch's format, if there are both. `indexText`: of model.safetensors.index.json.
 * If there is none at all, the answer is model.safetensors, which the reader will miss. bad-shard, network, AbortError.
 */
export async function findWeightFiles(source: Pick<ModelSource, "text" | "describe">, indexText: string | null, signal?: AbortSignal): Promise<string[]> {
  if (indexText !== null) return filesOfIndex(safetensorsIndex, indexText);
  const exists = async (file: string) => (await source.describe(file, signal)) !== null;
  if (await exists("model.safetensors")) return ["model.safetensors"];
  const torchIndex = "pytorch_model.bin.index.json";
  const text = await source.text(torchIndex, signal);
  if (text !== null) return filesOfIndex(torchIndex, text);
  return [(await exists("pytorch_model.bin")) ? "pytorch_model.bin" : "model.safetensors"];
}

function filesOfIndex(name: string, text: string): string[] {
  const { weight_map: map } = parseObject(name, text, "bad-shard");
  const files = typeof map === "object" && map !== null ? [...new Set(Object.values(map))] : [];
  if (files.length === 0 || !files.every(isPlainName)) throw new VariorumError("bad-shard", `${name} must map tensors to plain file names.`);
  return files;
}

/** Streams the tensors of one weight file into `sink`. bad-shard if it is damaged; what the source throws. */
export async function readWeightFile(file: string, stream: ByteStream, config: ModelConfig, sink: TensorSink): Promise<void> {
  if (!file.endsWith(".bin")) return readTensors(file, stream, sink);
  const needed = new Set(checkpointTensors(config).map(({ name }) => name));
  await readTorchTensors(file, stream, (name) => needed.has(canonicalName(name)), sink);
}
