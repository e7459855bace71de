// What stands where a model should be: pointers of Git LFS, and files of other programs. Named as what they are, with what would do.
import { type ErrorCode, VariorumError } from "../../api/errors";
import type { ModelSource } from "../transfer/source";

const pointer = "version https://git-lfs.github.com/spec/";

/** Refuses what begins as a pointer of Git LFS; `start`: the file's text, or its first bytes. */
export function refusePointer(file: string, start: string | Uint8Array, code: ErrorCode = "bad-shard"): void {
  const text = typeof start === "string" ? start.slice(0, pointer.length) : new TextDecoder().decode(start);
  if (text === "" || !pointer.startsWith(text)) return;
  throw new VariorumError(
    code,
    `${file} is a pointer of Git LFS, not the file itself: run "git lfs pull" in the repository, or download the file from its page.`,
  );
}

const wanted = "config.json with model.safetensors or pytorch_model.bin";
const adapter = `is an adapter (LoRA), not a model: merge it into its base model (merge_and_unload) and save that, which gives ${wanted}`;
const convert = (program: string, option: string) =>
  `holds weights for ${program}: load them in transformers with ${option}=True and save_pretrained, which gives ${wanted}`;

/** By file name, or by its ending. */
const foreign: Record<string, string> = {
  "adapter_config.json": adapter,
  "adapter_model.safetensors": adapter,
  "adapter_model.bin": adapter,
  "tf_model.h5": convert("TensorFlow", "from_tf"),
  "flax_model.msgpack": convert("Flax", "from_flax"),
  "ckpt.pt": `is a training checkpoint of nanoGPT's: export it to transformers' GPT2LMHeadModel and save_pretrained, which gives ${wanted}`,
  "model.onnx": `is for ONNX runtimes: take the repository that it was made of, with ${wanted}`,
  ".gguf": `is for llama.cpp: take the repository that it was made of, with ${wanted}`,
};

/** The first of these names that is known to be another program's, and what to do about it. */
export function nameForeign(names: Iterable<string>): string | null {
  for (const name of names) {
    const found = Object.keys(foreign).find((key) => (key.startsWith(".") ? name.endsWith(key) : name === key));
    if (found !== undefined) return `${name} ${foreign[found]}`;
  }
  return null;
}

/** The same for a place that can only be asked for one file at a time. */
export async function findForeign(source: Pick<ModelSource, "describe">, signal?: AbortSignal): Promise<string | null> {
  const candidates = Object.keys(foreign).filter((name) => !name.startsWith("."));
  const there = await Promise.all(candidates.map((name) => source.describe(name, signal).catch(() => null)));
  return nameForeign(candidates.filter((_, i) => there[i] !== null));
}
