// What a model takes, known from its configuration before a byte of its weights is fetched.
import { VariorumError } from "../api/errors";
import type { WeightScheme } from "../api/types";
import type { ModelConfig } from "./formats/config";
import { checkpointTensors, schemeOf, storedBytes } from "./formats/tensors";

/** 32-bit WebAssembly can address no more. */
export const addressableBytes = 2 ** 32;

export interface Workload {
  /** Variants that are written side by side. Default 5. */
  variants?: number;
  /** Tokens of the prompt, shared by all variants; default 64. */
  promptTokens?: number;
  /** Tokens that each variant adds; default 50. Prompt and continuation together are cut to the model's context. */
  newTokens?: number;
}

/** All in bytes. */
export interface MemoryNeed {
  /** Weights to download or read, if they are stored in the scheme that they are held in. */
  download: number;
  /** Weights as the engine holds them. */
  weights: number;
  /** Keys and values of the prompt and of every variant, 32-bit floats. */
  keysAndValues: number;
  /** The engine itself, its scratch, and the largest tensor while it is taken in. */
  working: number;
  /** The last three together: what WebAssembly's memory grows to. */
  total: number;
}

/** An estimate from above; what was measured was at most a fifth below it (tests/unit/memory.test.ts). */
export function memoryNeeded(config: ModelConfig, weights: WeightScheme, { variants = 5, promptTokens = 64, newTokens = 50 }: Workload = {}): MemoryNeed {
  const { nEmbd: C, nLayer: L, nPositions: T, vocabSize: V } = config;
  const F = config.nInner || 4 * C;
  const download = storedBytes(config, weights);
  // In f32 the head is packed for the processor and the embedding kept beside it; packed integers are read from their place.
  const held = weights === "f32" && config.tieWordEmbeddings ? download + 4 * V * C : download;
  const prompt = Math.min(promptTokens, T);
  const tokens = prompt + variants * Math.min(newTokens, T - prompt);
  const keysAndValues = tokens * L * 2 * C * 4;
  // A matrix that is quantised here, or packed by XNNPACK, stands beside its result.
  const largest = Math.max(
    ...checkpointTensors(config).map((tensor) => (schemeOf(tensor, weights) === "f32" ? 4 : 1) * tensor.shape.reduce((product, extent) => product * extent, 1)),
  );
  const rows = Math.max(variants, Math.min(prompt, 128));
  const scratch = 4 * (rows * (6 * C + F) + 6 * variants * V);
  const working = (16 << 20) + (weights === "f32" ? largest : 4 * C * F) + scratch;
  return { download, weights: held, keysAndValues, working, total: held + keysAndValues + working };
}

/** Bytes that a model will take while it writes five variants. out-of-memory, before anything large is fetched, if it cannot fit. */
export function memoryToLoad(config: ModelConfig, weights: WeightScheme): number {
  const { total } = memoryNeeded(config, weights);
  if (total > addressableBytes) {
    const remedy = weights === "q4" ? "load a smaller model" : `load it with weights: ${weights === "f32" ? '"q8" or "q4"' : '"q4"'}, or a smaller one`;
    throw new VariorumError("out-of-memory", `As ${weights} this model takes ${(total / 1e9).toFixed(1)} GB, and WebAssembly can hold 4.3: ${remedy}.`);
  }
  return total;
}

/**
 * What WebAssembly's memory may grow to: 32 variants over the whole context, and a margin, for the estimate is one and XNNPACK's
 * layers keep a second copy of the embedding.
 */
export function memoryCeiling(config: ModelConfig, weights: WeightScheme): number {
  const { total } = memoryNeeded(config, weights, { variants: 32, promptTokens: 0, newTokens: config.nPositions });
  return Math.min(addressableBytes, 1.25 * total + 2 * config.vocabSize * config.nEmbd + (64 << 20));
}

export interface DeviceOffer {
  /** Of the machine, rounded and capped by the browser (Chromium says 8 GB at most); null where it does not say. */
  memory: number | null;
  /** What the browser's storage still holds for this page; null where it does not say. */
  storage: number | null;
}

/** What this device offers, as far as its browser tells. Never fails. */
export async function deviceOffer(): Promise<DeviceOffer> {
  const { deviceMemory, storage } = (globalThis.navigator ?? {}) as { deviceMemory?: number; storage?: StorageManager };
  const { quota, usage = 0 } = (await storage?.estimate?.().catch(() => null)) ?? {};
  return { memory: deviceMemory === undefined ? null : deviceMemory * 2 ** 30, storage: quota === undefined ? null : Math.max(0, quota - usage) };
}

/**
 * Whether a model can run: `no` if 32-bit WebAssembly cannot hold it, `tight` if it takes more than half of the device's memory,
 * or more than its storage has room for (it then downloads again at each visit), else `yes`. Unknown counts as enough.
 */
export function fits(need: Pick<MemoryNeed, "total" | "download">, offer: DeviceOffer): "yes" | "tight" | "no" {
  if (need.total > addressableBytes) return "no";
  const short = (needed: number, there: number | null) => there !== null && needed > there;
  return short(2 * need.total, offer.memory) || short(need.download, offer.storage) ? "tight" : "yes";
}
