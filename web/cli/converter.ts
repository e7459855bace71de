// Turns a checkpoint's tensors into stored ones, with the engine's own C++.

import type { WeightScheme } from "../api/types";
import { check } from "../engine/check";
import { startModule } from "../engine/module";
import type { WasmModule, WasmQuantizer } from "../engine/wasm";
import { channelsAreRows, schemeOf, type TensorShape } from "../model/formats/tensors";

export class Converter {
  #module: WasmModule;
  #quantizer: WasmQuantizer;
  #weights: WeightScheme;

  private constructor(module: WasmModule, weights: WeightScheme) {
    this.#module = module;
    this.#quantizer = new module.Quantizer();
    this.#weights = weights;
  }

  static async create(weights: WeightScheme): Promise<Converter> {
    return new Converter(await startModule({ variant: "simd", threads: 1, maximumBytes: 2 ** 32 }), weights);
  }

  /** Where the tensor's bytes go; valid until `convert`. bad-shard if its type is not supported, out-of-memory. */
  stage({ shape }: TensorShape, dtype: string): Uint8Array {
    const [rows, columns] = shape.length === 2 ? (shape as [number, number]) : [1, shape[0]!];
    const place = this.#quantizer.stage(dtype, rows, columns);
    check(place);
    return this.#view(place.address, place.bytes);
  }

  /** The bytes of what the staged tensor is stored as (storedTensors), valid until the next call. bad-shard, out-of-memory. */
  convert(tensor: TensorShape): Uint8Array[] {
    const count = tensor.shape.reduce((product, extent) => product * extent, 1);
    const scheme = schemeOf(tensor, this.#weights);
    if (scheme === "f32") {
      const floats = this.#quantizer.floats();
      check(floats);
      return [this.#view(floats.address, 4 * count)];
    }
    const result = this.#quantizer.run(scheme, channelsAreRows(tensor.name));
    check(result);
    return [this.#view(result.values, result.valueBytes), this.#view(result.scales, result.scaleBytes)];
  }

  dispose(): void {
    this.#quantizer.delete();
  }

  #view(address: number, bytes: number): Uint8Array {
    return new Uint8Array(this.#module.wasmMemory.buffer, address, bytes);
  }
}
