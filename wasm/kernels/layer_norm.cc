#include "layer_norm.h"

#include <wasm_simd128.h>

#include <cmath>

#include "simd_math.h"

namespace variorum {

void LayerNorm(const float* x, const float* gain, const float* bias, float epsilon, size_t C, float* y) {
  const size_t whole = C & ~size_t{3};
  v128_t sum = wasm_f32x4_splat(0);
  for (size_t i = 0; i < whole; i += 4) sum = wasm_f32x4_add(sum, wasm_v128_load(x + i));
  float total = HorizontalSum(sum);
  for (size_t i = whole; i < C; ++i) total += x[i];
  const float mean = total / float(C);

  v128_t squares = wasm_f32x4_splat(0);
  for (size_t i = 0; i < whole; i += 4) {
    const v128_t d = wasm_f32x4_sub(wasm_v128_load(x + i), wasm_f32x4_splat(mean));
    squares = wasm_f32x4_add(squares, wasm_f32x4_mul(d, d));
  }
  float variance = HorizontalSum(squares);
  for (size_t i = whole; i < C; ++i) variance += (x[i] - mean) * (x[i] - mean);
  const float scale = 1.0f / std::sqrt(variance / float(C) + epsilon);

  for (size_t i = 0; i < whole; i += 4) {
    const v128_t n = wasm_f32x4_mul(wasm_f32x4_sub(wasm_v128_load(x + i), wasm_f32x4_splat(mean)), wasm_f32x4_splat(scale));
    wasm_v128_store(y + i, wasm_f32x4_add(wasm_f32x4_mul(n, wasm_v128_load(gain + i)), wasm_v128_load(bias + i)));
  }
  for (size_t i = whole; i < C; ++i) y[i] = (x[i] - mean) * scale * gain[i] + bias[i];
}

void LayerNormReference(const float* x, const float* gain, const float* bias, float epsilon, size_t C, float* y) {
  double mean = 0, variance = 0;
  for (size_t i = 0; i < C; ++i) mean += x[i];
  mean /= double(C);
  for (size_t i = 0; i < C; ++i) variance += (x[i] - mean) * (x[i] - mean);
  variance /= double(C);
  for (size_t i = 0; i < C; ++i) y[i] = float((x[i] - mean) / std::sqrt(variance + epsilon) * gain[i] + bias[i]);
}

}  // namespace variorum
