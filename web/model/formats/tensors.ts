// The tensors of a GPT-2: as a checkpoint has them, by the names that Hugging Face gives them, and as each weight scheme
// stores them (docs/model-directory.md).
import type { WeightScheme } from "../../api/types";
import type { ModelConfig } from "./config";

export interface TensorShape {
  name: string;
  shape: number[];
}

export interface StoredTensor extends TensorShape {
  dtype: "F32" | "F16" | "BF16" | "I8" | "U8";
  bytes: number;
}

/** Those that the engine needs, in the order in which `variorum shard` stores them. Linear layers are [inputs, outputs]. */
export function checkpointTensors(config: ModelConfig): TensorShape[] {
  const { vocabSize: V, nPositions: T, nEmbd: C } = config;
  const F = config.nInner || 4 * C;
  const tensors: TensorShape[] = [
    { name: "wte.weight", shape: [V, C] },
    { name: "wpe.weight", shape: [T, C] },
  ];
  const add = (name: string, weight: number[]) => tensors.push({ name: `${name}.weight`, shape: weight }, { name: `${name}.bias`, shape: [weight.at(-1)!] });
  for (let layer = 0; layer < config.nLayer; layer++) {
    add(`h.${layer}.ln_1`, [C]);
    add(`h.${layer}.attn.c_attn`, [C, 3 * C]);
    add(`h.${layer}.attn.c_proj`, [C, C]);
    add(`h.${layer}.ln_2`, [C]);
    add(`h.${layer}.mlp.c_fc`, [C, F]);
    add(`h.${layer}.mlp.c_proj`, [F, C]);
  }
  add("ln_f", [C]);
  if (!config.tieWordEmbeddings) tensors.push({ name: "lm_head.weight", shape: [V, C] });
  return tensors;
}

/** The token embedding and the head are [outputs, inputs]: their scales belong to rows. */
export const channelsAreRows = (name: string) => name === "wte.weight" || name === "lm_head.weight";

/** The scheme of one tensor in a model of scheme `weights`: vectors and the position embedding stay float. */
export function schemeOf({ name, shape }: TensorShape, weights: WeightScheme): WeightScheme {
  if (weights === "f32" || shape.length !== 2 || name === "wpe.weight") return "f32";
  return channelsAreRows(name) ? "q8" : weights;
}

/** How a checkpoint's tensor is stored: itself, or quantised values and their scales. */
export function storedTensors(tensor: TensorShape, weights: WeightScheme): StoredTensor[] {
  const { name, shape } = tensor;
  const [rows, columns] = shape as [number, number];
  const scale = `${name}_scale`;
  switch (schemeOf(tensor, weights)) {
    case "f32":
      return [stored(name, "F32", shape)];
    case "q8":
      return [stored(name, "I8", shape), stored(scale, "BF16", [channelsAreRows(name) ? rows : columns])];
    case "q4":
      return [stored(name, "U8", [Math.ceil(rows / 2), columns]), stored(scale, "F16", [Math.ceil(rows / 32), columns])];
  }
}

const widths = { F32: 4, F16: 2, BF16: 2, I8: 1, U8: 1 };

function stored(name: string, dtype: StoredTensor["dtype"], shape: number[]): StoredTensor {
  return { name, dtype, shape, bytes: shape.reduce((product, extent) => product * extent, widths[dtype]) };
}

/** Bytes of the numbers of a model stored in scheme `weights`; a directory's files are a little larger. */
export function storedBytes(config: ModelConfig, weights: WeightScheme): number {
  return checkpointTensors(config)
    .flatMap((tensor) => storedTensors(tensor, weights))
    .reduce((sum, { bytes }) => sum + bytes, 0);
}
