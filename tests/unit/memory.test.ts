// What is said of a model's size beforehand, against what it turns out to be.
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FileSource } from "../../web/cli/file-source";
import { Engine } from "../../web/engine/engine";
import { type ModelConfig, parameterCount, parseConfig } from "../../web/model/formats/config";
import { storedBytes } from "../../web/model/formats/tensors";
import { readModelFiles } from "../../web/model/load";
import { addressableBytes, deviceOffer, fits, memoryNeeded } from "../../web/model/memory";
import { demo, demoOriginal, generate, hfFixtures, load, PatchedSource } from "./support";

/** Published shapes; those of Hugging Face's defaults are left out. */
const shape = (n_layer: number, n_head: number, n_embd: number) => parseConfig({ model_type: "gpt2", n_layer, n_head, n_embd });
const gpt2 = shape(12, 12, 768);
const xl = shape(48, 25, 1600);
const configOf = async (directory: string): Promise<ModelConfig> => (await readModelFiles(new FileSource(directory))).config;

describe("memoryNeeded", () => {
  test("shapes have the tensors that their published numbers of parameters count", () => {
    const published: [ModelConfig, number][] = [
      [shape(6, 12, 768), 81_912_576],
      [gpt2, 124_439_808],
      [shape(24, 16, 1024), 354_823_168],
      [shape(36, 20, 1280), 774_030_080],
      [xl, 1_557_611_200],
    ];
    for (const [config, parameters] of published) {
      expect(parameterCount(config)).toBe(parameters);
      expect(storedBytes(config, "f32")).toBe(4 * parameters);
    }
  });

  test("the download is what the shards hold", async () => {
    const { info } = await load(demo);
    const { download } = memoryNeeded(await configOf(demo), "q8");
    expect(download).toBeLessThan(info.bytes);
    expect(info.bytes / download).toBeLessThan(1.01); // their headers
    // Of 124,439,808 parameters: bytes of q8, nibbles and scales of q4.
    expect(storedBytes(gpt2, "q8") / 124_439_808).toBeCloseTo(1.02, 2);
    expect(storedBytes(gpt2, "q4") / 124_439_808).toBeCloseTo(0.72, 2);
  });

  test.each([
    [demo, "q8"],
    [demoOriginal, "f32"],
    [demoOriginal, "q8"],
    [demoOriginal, "q4"],
    [join(hfFixtures, "untied"), "f32"],
  ] as const)("%s in %s: the engine takes no more, and not much less", async (directory, weights) => {
    const workload = { variants: 8, promptTokens: 8, newTokens: 48 };
    const engine = await load(directory, { weights });
    await generate(
      engine,
      Array.from({ length: 8 }, (_, i) => i),
      { numReturnSequences: 8, maxNewTokens: 48, seed: 1, eosTokenId: [] },
    );
    const { memoryBytes, kvBytesPeak } = engine.stats();
    const need = memoryNeeded(await configOf(directory), weights, workload);
    // The engine gives keys and values room in blocks.
    expect(need.keysAndValues / kvBytesPeak).toBeGreaterThan(0.8);
    expect(need.keysAndValues / kvBytesPeak).toBeLessThan(1.2);
    expect(memoryBytes).toBeLessThanOrEqual(need.total);
    expect(memoryBytes).toBeGreaterThan((need.total - (16 << 20)) / 1.5);
  });

  test("gpt2-xl fits 32-bit memory in q4 and in q8, in f32 not; prompt and continuation are cut to the context", () => {
    const offer = { memory: null, storage: null };
    expect(memoryNeeded(xl, "q4").total).toBeLessThan(1.3e9);
    expect(fits(memoryNeeded(xl, "q4"), offer)).toBe("yes");
    expect(fits(memoryNeeded(xl, "q8"), offer)).toBe("yes");
    expect(memoryNeeded(xl, "f32").total).toBeGreaterThan(addressableBytes);
    expect(fits(memoryNeeded(xl, "f32"), offer)).toBe("no");
    const all = memoryNeeded(gpt2, "q8", { variants: 2, promptTokens: 1000, newTokens: 1000 });
    expect(all.keysAndValues).toBe((1000 + 2 * 24) * 12 * 2 * 768 * 4);
  });
});

test("a model that cannot fit says so before its weights are fetched; one that can says what it takes", async () => {
  const source = new PatchedSource(join(hfFixtures, "base"), { "config.json": JSON.stringify({ model_type: "gpt2", n_layer: 48, n_head: 25, n_embd: 1600 }) });
  await expect(Engine.load(source, { weights: "f32" })).rejects.toMatchObject({
    code: "out-of-memory",
    message: expect.stringMatching(/\d\.\d GB.*"q8" or "q4"/),
  });
  expect(source.opened).toEqual([]);
  let memory: number | undefined;
  await load(demo, { onProgress: (progress) => (memory = progress.memory) });
  expect(memory).toBe(memoryNeeded(await configOf(demo), "q8").total);
});

describe("deviceOffer", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("what the browser says, null where it does not", async () => {
    vi.stubGlobal("navigator", { deviceMemory: 4, storage: { estimate: async () => ({ quota: 1000, usage: 300 }) } });
    expect(await deviceOffer()).toEqual({ memory: 4 * 2 ** 30, storage: 700 });
    vi.stubGlobal("navigator", { storage: { estimate: () => Promise.reject(new Error("no")) } });
    expect(await deviceOffer()).toEqual({ memory: null, storage: null });
    vi.stubGlobal("navigator", undefined);
    expect(await deviceOffer()).toEqual({ memory: null, storage: null });
  });

  test("a device that is too small makes it tight", () => {
    const need = memoryNeeded(gpt2, "q8");
    expect(fits(need, { memory: 8 * 2 ** 30, storage: 10e9 })).toBe("yes");
    expect(fits(need, { memory: 0.25 * 2 ** 30, storage: null })).toBe("tight");
    expect(fits(need, { memory: null, storage: 1e6 })).toBe("tight");
  });
});
