#include "quantize.h"

#include <wasm_simd128.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

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

uint16_t FloatToBFloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

uint16_t FloatToHalf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return uint16_t(sign | 0x7e00);  // NaN
  if (magnitude >= 0x477ff000) return uint16_t(sign | 0x7c00);
  if (magnitude < 0x38800000) {  // subnormal or zero: a whole number of 2⁻²⁴
    return uint16_t(sign | uint32_t(std::nearbyint(std::bit_cast<float>(magnitude) * 0x1p24f)));
  }
  return uint16_t(sign | (magnitude - (112u << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13);
}

namespace {

// Four channels of a block, as vectors.
constexpr size_t kLanes = 4;

v128_t Round(v128_t weights, v128_t inverse, float least, float most) {
  const v128_t q = wasm_f32x4_nearest(wasm_f32x4_mul(weights, inverse));
  return wasm_f32x4_pmin(wasm_f32x4_pmax(q, wasm_f32x4_splat(least)), wasm_f32x4_splat(most));
}

v128_t Inverse(v128_t scale) {
  // A channel of zeros has scale 0 and quantises to zeros.
  return wasm_v128_and(wasm_f32x4_div(wasm_f32x4_splat(1), scale), wasm_f32x4_gt(scale, wasm_f32x4_splat(0)));
}

// Of four channels [K, kBlock]: the scale with the least squared error among `candidates` fractions of max |w| / most, each
// as `storable` makes it; and the weights rounded by it.
template <typename Storable>
v128_t BestScale(const float* weights, size_t K, float least, float most, const float* fractions, size_t count, Storable storable,
                 int8_t* quantized) {
  v128_t largest = wasm_f32x4_splat(0);
  for (size_t k = 0; k < K; ++k) largest = wasm_f32x4_pmax(largest, wasm_f32x4_abs(wasm_v128_load(weights + k * kBlock)));
  const v128_t whole = wasm_f32x4_div(largest, wasm_f32x4_splat(most));
  v128_t best = wasm_f32x4_splat(0), best_error = wasm_f32x4_splat(0);
  for (size_t c = 0; c < count; ++c) {
    const v128_t scale = storable(wasm_f32x4_mul(whole, wasm_f32x4_splat(fractions[c])));
    const v128_t inverse = Inverse(scale);
    v128_t error = wasm_f32x4_splat(0);
    for (size_t k = 0; k < K; ++k) {
      const v128_t w = wasm_v128_load(weights + k * kBlock);
      const v128_t d = wasm_f32x4_sub(w, wasm_f32x4_mul(Round(w, inverse, least, most), scale));
      error = wasm_f32x4_add(error, wasm_f32x4_mul(d, d));
    }
    // The first one is taken even if its error is beyond what a float holds.
    const v128_t better = c == 0 ? wasm_i32x4_splat(-1) : wasm_f32x4_lt(error, best_error);
    best = wasm_v128_bitselect(scale, best, better);
    best_error = wasm_v128_bitselect(error, best_error, better);
  }
  const v128_t inverse = Inverse(best);
  for (size_t k = 0; k < K; ++k) {
    const v128_t q = wasm_i32x4_trunc_sat_f32x4(Round(wasm_v128_load(weights + k * kBlock), inverse, least, most));
    const v128_t bytes = wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(q, q), wasm_i16x8_narrow_i32x4(q, q));
    wasm_v128_store32_lane(quantized + k * kBlock, bytes, 0);
  }
  return best;
}

// The nearest finite half; weights too large for it are clipped.
uint16_t ScaleToHalf(float scale) { return std::min(FloatToHalf(scale), uint16_t{0x7bff}); }

template <uint16_t (*Store)(float), float (*Load)(uint16_t)>
v128_t AsStored(v128_t scale) {
  alignas(16) float lanes[kLanes];
  wasm_v128_store(lanes, scale);
  for (float& lane : lanes) lane = Load(Store(lane));
  return wasm_v128_load(lanes);
}

}  // namespace

void QuantizeQ8(const float* weights, size_t K, int8_t* quantized, float* scales) {
  // bfloat16 has 8 bits of precision, so neighbouring fractions below are some steps apart.
  static constexpr float kFractions[] = {1.004f, 0.98f, 0.96f, 0.94f, 0.92f, 0.89f, 0.86f, 0.82f, 0.78f, 0.74f, 0.7f, 0.65f, 0.6f};
  for (size_t lane = 0; lane < kBlock; lane += kLanes) {
    const v128_t scale = BestScale(weights + lane, K, -kLargestQ8, kLargestQ8, kFractions, std::size(kFractions),
                                   AsStored<FloatToBFloat16, BFloat16ToFloat>, quantized + lane);
    wasm_v128_store(scales + lane, scale);
  }
}

void QuantizeQ4(const float* weights, size_t K, int8_t* quantized, uint16_t* scales) {
  // Relative to max |w| / 7: from a scale that wastes half a step to one that clips the largest weights.
  static constexpr float kFractions[] = {1.06f, 1.03f, 1.0f, 0.97f, 0.94f, 0.91f, 0.88f, 0.85f, 0.82f, 0.79f, 0.76f, 0.72f, 0.68f, 0.64f};
  for (size_t k = 0; k < K; k += kGroup, scales += kBlock) {
    for (size_t lane = 0; lane < kBlock; lane += kLanes) {
      alignas(16) float best[kLanes];
      wasm_v128_store(best, BestScale(weights + k * kBlock + lane, std::min(kGroup, K - k), kLeastQ4, kLargestQ4, kFractions,
                                      std::size(kFractions), AsStored<ScaleToHalf, HalfToFloat>, quantized + k * kBlock + lane));
      for (size_t i = 0; i < kLanes; ++i) scales[lane + i] = FloatToHalf(best[i]);
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
  if (!(largest > 0 && std::isfinite(largest))) {
    std::fill(quantized, quantized + n, int8_t{0});
    return largest;  // 0, or what is not finite and must not get lost
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
