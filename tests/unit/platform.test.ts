// What the engine makes of machines that lack something.
import { afterEach, expect, test, vi } from "vitest";
import { supports } from "../../web/engine/features";
import { chooseThreads, chooseVariant, startModule } from "../../web/engine/module";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("this Node has SIMD and, with the launcher's flag, relaxed SIMD", () => {
  expect(supports("simd")).toBe(true);
  expect(supports("relaxed")).toBe(true);
  expect(chooseVariant(undefined)).toBe("relaxed");
  expect(chooseVariant("simd")).toBe("simd");
});

test("without relaxed SIMD the simd module runs, and asking for the other is refused", () => {
  const validate = WebAssembly.validate;
  vi.spyOn(WebAssembly, "validate").mockImplementation((bytes) => (bytes as Uint8Array).length < 36 && validate(bytes));
  expect(chooseVariant(undefined)).toBe("simd");
  expect(() => chooseVariant("relaxed")).toThrow(expect.objectContaining({ code: "unsupported" }));
});

test("without SIMD nothing runs, in words", () => {
  vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  expect(() => chooseVariant(undefined)).toThrow(expect.objectContaining({ code: "unsupported", message: expect.stringContaining("Chrome 91") }));
});

test("threads: one on a page that is not isolated, else as asked for or as there are cores, up to 8", () => {
  vi.stubGlobal("crossOriginIsolated", false);
  expect(chooseThreads(4)).toBe(1);
  vi.stubGlobal("crossOriginIsolated", true);
  expect(chooseThreads(4)).toBe(4);
  vi.stubGlobal("navigator", { hardwareConcurrency: 64 });
  expect(chooseThreads(undefined)).toBe(8);
  vi.stubGlobal("navigator", { hardwareConcurrency: 3 });
  expect(chooseThreads(undefined)).toBe(3);
});

test("a browser that refuses large memories gets a smaller maximum; one that gives none, an error", async () => {
  const Memory = WebAssembly.Memory;
  const asked: number[] = [];
  const limit = (pages: number) =>
    // biome-ignore lint/complexity/useArrowFunction: it is called with `new`
    vi.spyOn(WebAssembly, "Memory").mockImplementation(function (descriptor) {
      asked.push(descriptor.maximum!);
      if (descriptor.maximum! > pages) throw new RangeError("too much");
      return new Memory(descriptor);
    });
  limit(10_000);
  const module = await startModule({ variant: "simd", threads: 1, maximumBytes: 2 ** 31 });
  expect(asked).toEqual([32768, 16384, 8192]);
  expect(module.wasmMemory.buffer.byteLength).toBe(8 << 20);
  limit(0);
  await expect(startModule({ variant: "simd", threads: 1, maximumBytes: 2 ** 31 })).rejects.toMatchObject({ code: "out-of-memory" });
});

test("more threads than there are still start, and a model that needs more memory than there may be is refused politely", async () => {
  const module = await startModule({ variant: "simd", threads: 3, maximumBytes: 8 << 20 });
  const config = {
    vocabSize: 100_000,
    nPositions: 64,
    nEmbd: 512,
    nLayer: 1,
    nHead: 8,
    nInner: 0,
    layerNormEpsilon: 1e-5,
    activation: module.Activation.gelu_tanh,
    scaleAttnWeights: true,
    scaleAttnByInverseLayerIdx: false,
    tieWordEmbeddings: true,
  };
  const engine = new module.Engine(config, "f32", "own", 3);
  expect(engine.status().code).toBe("");
  expect(engine.threads()).toBe(3);
  expect(engine.stage("wte.weight", "F32", [100_000, 512])).toMatchObject({ code: "out-of-memory", address: 0 });
  engine.delete();
});
