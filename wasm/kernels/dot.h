// The one inner operation of the integer kernels: dot products of 4 signed 8-bit activations with 4 weights of 0…127, added
// to 32-bit sums of 4 output channels. Three ways to compute it, of which each gives the same integers on every CPU:
//
//   FusedDot   one relaxed instruction (VNNI on x86, SDOT on ARM); the fastest where the CPU has it
//   SplitDot   the relaxed 16-bit dot product, then a pairwise sum: what x86 without VNNI does fastest
//   ExactDot   plain simd128: weights and activations widened to 16 bits
//
// The relaxed instructions are exact by specification, because weights stay in 0…127 (their 7-bit operand) and because a sum of
// two products, at most 2 · 128 · 127, fits 16 bits.
#pragma once

#include <wasm_simd128.h>

#include <cstddef>

namespace variorum {

#ifdef __wasm_relaxed_simd__

struct FusedDot {
  static constexpr size_t kParts = 1;    // vectors that 16 weights of 4 channels become
  static constexpr size_t kMaxRows = 5;  // rows of a tile of 8 channels: 10 sums, weights and activations in 16 registers
  static void Expand(v128_t weights, v128_t* parts) { parts[0] = weights; }
  static v128_t Activations(v128_t bytes) { return bytes; }
  static v128_t Add(v128_t sum, v128_t weights, v128_t activations) {
    return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(activations, weights, sum);
  }
  static v128_t Reduce(const v128_t* sums) { return sums[0]; }
};

struct SplitDot : FusedDot {
  static v128_t Add(v128_t sum, v128_t weights, v128_t activations) {
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_i16x8_relaxed_dot_i8x16_i7x16(activations, weights), wasm_i16x8_splat(1)));
  }
};

// Whether the fused instruction is one of the CPU's. Weights beyond 127, which no kernel uses, show it: x86 without VNNI makes it
// of 16-bit sums that saturate, which takes more instructions than SplitDot. Neither result, and SplitDot for that, comes from
// V8 11.3 (Node 20, where relaxed SIMD is experimental), whose baseline compiler adds the product to itself.
inline bool FusedDotIsNative() {
  volatile int8_t activation = 127;
  volatile int8_t weight = -1;  // or 255, as the CPU likes
  const v128_t sum = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(wasm_i8x16_splat(activation), wasm_i8x16_splat(weight), wasm_i32x4_splat(1000));
  const int32_t result = wasm_i32x4_extract_lane(sum, 0);
  return result == 1000 + 4 * 127 * 255 || result == 1000 - 4 * 127;
}

#else

struct ExactDot {
  static constexpr size_t kParts = 2;
  static constexpr size_t kMaxRows = 2;
  // Channels 0 and 1, channels 2 and 3; four weights each.
  static void Expand(v128_t weights, v128_t* parts) {
    parts[0] = wasm_u16x8_extend_low_u8x16(weights);
    parts[1] = wasm_u16x8_extend_high_u8x16(weights);
  }
  static v128_t Activations(v128_t bytes) { return wasm_i16x8_extend_low_i8x16(bytes); }
  static v128_t Add(v128_t sum, v128_t weights, v128_t activations) {
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(weights, activations));
  }
  // Each channel's sum stands in two neighbouring lanes.
  static v128_t Reduce(const v128_t* sums) {
    return wasm_i32x4_add(wasm_i32x4_shuffle(sums[0], sums[1], 0, 2, 4, 6), wasm_i32x4_shuffle(sums[0], sums[1], 1, 3, 5, 7));
  }
};

#endif

}  // namespace variorum
