#include "quantize.h"

#include <wasm_simd128.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace variorum {

float HalfToFloat(uint16_t half) {
  const uint32_t sign = uint32_t(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 0x1f;
  const uint32_t mantissa = half & 0x3ff;
  if (exponent == 0) {  // zero or subnormal: mantissa · 2⁻²⁴
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(float(mantissa) * 0x1p-24f));
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000 | (mantissa << 13));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

float BFloat16ToFloat(uint16_t bfloat16) { return std::bit_cast<float>(uint32_t(bfloat16) << 16); }

uint16_t FloatToBFloat16Up(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  return uint16_t((bits >> 16) + ((bits & 0xffff) != 0 ? 1 : 0));
}

void QuantizeWeights(const float* weights, size_t rows, size_t columns, Layout layout, int8_t* quantized, float* scales) {
  constexpr float kLargest = 63;
  const size_t channels = layout == Layout::kOutIn ? rows : columns;
  const auto channel = [layout](size_t r, size_t c) { return layout == Layout::kOutIn ? r : c; };
  std::fill(scales, scales + channels, 0.0f);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < columns; ++c) {
      const float magnitude = std::fabs(weights[r * columns + c]);
      float& largest = scales[channel(r, c)];
      largest = std::max(largest, magnitude);
    }
  }
  for (size_t i = 0; i < channels; ++i) scales[i] = BFloat16ToFloat(FloatToBFloat16Up(scales[i] / kLargest));
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < columns; ++c) {
      const float scale = scales[channel(r, c)];
      const float q = scale > 0 ? std::nearbyint(weights[r * columns + c] / scale) : 0.0f;
      quantized[r * columns + c] = int8_t(std::clamp(q, -kLargest, kLargest));
    }
  }
}

float QuantizeRow(const float* x, size_t n, int8_t* quantized) {
  v128_t largest4 = wasm_f32x4_splat(0);
  size_t i = 0;
  for (; i + 4 <= n; i += 4) largest4 = wasm_f32x4_max(largest4, wasm_f32x4_abs(wasm_v128_load(x + i)));
  for (; i < n; ++i) largest4 = wasm_f32x4_max(largest4, wasm_f32x4_splat(std::fabs(x[i])));
  // Vector instructions to the end, because std::max may drop a NaN.
  largest4 = wasm_f32x4_max(largest4, wasm_i32x4_shuffle(largest4, largest4, 2, 3, 0, 1));
  largest4 = wasm_f32x4_max(largest4, wasm_i32x4_shuffle(largest4, largest4, 1, 0, 3, 2));
  float largest = wasm_f32x4_extract_lane(largest4, 0);
  if (largest < 1e-30f) largest = 0;  // as good as zero, and 127 / largest must be finite
  if (!(largest > 0)) {
    std::fill(quantized, quantized + n, int8_t{0});
    return largest;  // 0, or NaN, which must not get lost
  }
  const float inverse = 127.0f / largest;
  const v128_t factor = wasm_f32x4_splat(inverse);
  for (i = 0; i + 16 <= n; i += 16) {
    v128_t q[4];
    for (size_t j = 0; j < 4; ++j) {
      q[j] = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(wasm_f32x4_mul(wasm_v128_load(x + i + 4 * j), factor)));
    }
    wasm_v128_store(quantized + i, wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(q[0], q[1]), wasm_i16x8_narrow_i32x4(q[2], q[3])));
  }
  for (; i < n; ++i) quantized[i] = int8_t(std::clamp(std::nearbyint(x[i] * inverse), -128.0f, 127.0f));
  return largest / 127.0f;
}

}  // namespace variorum
