// What this browser's WebAssembly can do.
import type { ModuleVariant } from "../api/types";

/** Smallest modules that use i8x16.popcnt, and i32x4.relaxed_dot_i8x16_i7x16_add_s. */
const probes: Record<ModuleVariant, number[]> = {
  simd: [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
  relaxed: [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 147, 2, 11],
};

export function supports(variant: ModuleVariant): boolean {
  return WebAssembly.validate(new Uint8Array(probes[variant]));
}
