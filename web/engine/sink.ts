// Where weights go into the wasm module: tensors to their place, and large files through its SHA-256.
import type { TensorSink } from "../model/formats/safetensors";
import type { Hasher } from "../model/transfer/sha256";
import { check } from "./check";
import type { WasmEngine, WasmModule } from "./wasm";

/** Writes tensors' bytes to where the engine wants them. */
export class WasmSink implements TensorSink {
  #module: WasmModule;
  #wasm: WasmEngine;

  constructor(module: WasmModule, wasm: WasmEngine) {
    this.#module = module;
    this.#wasm = wasm;
  }

  stage({ name, dtype, shape }: { name: string; dtype: string; shape: number[] }): Uint8Array | null {
    const place = this.#wasm.stage(name, dtype, shape);
    check(place);
    return this.#view(place);
  }

  commit(): Uint8Array | null {
    const next = this.#wasm.commit();
    check(next);
    return this.#view(next);
  }

  /** A new view each time: the memory may have grown. */
  #view({ address, bytes }: { address: number; bytes: number }): Uint8Array | null {
    return address === 0 ? null : new Uint8Array(this.#module.wasmMemory.buffer, address, bytes);
  }
}

/** SHA-256 by the module: in browsers the fastest that takes bytes piece by piece. */
export class WasmHasher implements Hasher {
  #module: WasmModule;
  #hasher: InstanceType<WasmModule["Hasher"]>;
  #place: { address: number; bytes: number };

  constructor(module: WasmModule) {
    this.#module = module;
    this.#hasher = new module.Hasher();
    this.#place = this.#hasher.stage();
  }

  update(bytes: Uint8Array): void {
    const { address, bytes: room } = this.#place;
    const place = new Uint8Array(this.#module.wasmMemory.buffer, address, room);
    for (let at = 0; at < bytes.length; at += room) {
      const piece = bytes.subarray(at, at + room);
      place.set(piece);
      this.#hasher.update(piece.length);
    }
  }

  digest(): string {
    const digest = this.#hasher.digest();
    this.#hasher.delete();
    return digest;
  }
}
