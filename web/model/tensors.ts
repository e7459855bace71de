// The tensors of a GPT-2, by the names that Hugging Face gives them.
import type { ModelConfig } from "./config";

/** Those that the engine needs, in the order in which `variorum shard` stores them. */
export function tensorNames(config: Pick<ModelConfig, "nLayer" | "tieWordEmbeddings">): string[] {
  const names = ["wte.weight", "wpe.weight"];
  for (let layer = 0; layer < config.nLayer; layer++) {
    for (const part of ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"]) {
      names.push(`h.${layer}.${part}.weight`, `h.${layer}.${part}.bias`);
    }
  }
  names.push("ln_f.weight", "ln_f.bias");
  if (!config.tieWordEmbeddings) names.push("lm_head.weight");
  return names;
}

/** Hugging Face writes GPT-2's names with and without this prefix. */
export function canonicalName(name: string): string {
  return name.startsWith("transformer.") ? name.slice("transformer.".length) : name;
}
