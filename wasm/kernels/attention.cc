#include "attention.h"

#include <wasm_simd128.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "simd_math.h"

namespace variorum {
namespace {

// Partial sums of q·k: four of them, in a fixed order; what is left over at the end of D goes into the first.
v128_t PartialDot(const float* q, const float* k, size_t D) {
  v128_t sum0 = wasm_f32x4_splat(0), sum1 = wasm_f32x4_splat(0);
  size_t i = 0;
  for (; i + 8 <= D; i += 8) {
    sum0 = wasm_f32x4_add(sum0, wasm_f32x4_mul(wasm_v128_load(q + i), wasm_v128_load(k + i)));
    sum1 = wasm_f32x4_add(sum1, wasm_f32x4_mul(wasm_v128_load(q + i + 4), wasm_v128_load(k + i + 4)));
  }
  if (i + 4 <= D) {
    sum0 = wasm_f32x4_add(sum0, wasm_f32x4_mul(wasm_v128_load(q + i), wasm_v128_load(k + i)));
    i += 4;
  }
  v128_t sum = wasm_f32x4_add(sum0, sum1);
  for (; i < D; ++i) sum = wasm_f32x4_add(sum, wasm_f32x4_replace_lane(wasm_f32x4_splat(0), 0, q[i] * k[i]));
  return sum;
}

// The sums of four vectors' lanes.
v128_t LaneSums(v128_t a, v128_t b, v128_t c, v128_t d) {
  const v128_t ab = wasm_f32x4_add(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
  const v128_t cd = wasm_f32x4_add(wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), wasm_i32x4_shuffle(c, d, 2, 6, 3, 7));
  return wasm_f32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 1, 4, 5), wasm_i32x4_shuffle(ab, cd, 2, 3, 6, 7));
}

// out[4 W] = Σ weights[i] · value(i)[d … d + 4 W − 1], in the order of i.
template <size_t W>
void WeightedSum(const float* weights, const KvLayer& kv, const int32_t* slots, size_t count, size_t head, size_t d, float* out) {
  v128_t sums[W];
#pragma unroll
  for (size_t w = 0; w < W; ++w) sums[w] = wasm_f32x4_splat(0);
  for (size_t i = 0; i < count; ++i) {
    const float* value = kv.value(slots[i], head) + d;
    const v128_t weight = wasm_v128_load32_splat(weights + i);
#pragma unroll
    for (size_t w = 0; w < W; ++w) sums[w] = wasm_f32x4_add(sums[w], wasm_f32x4_mul(weight, wasm_v128_load(value + 4 * w)));
  }
#pragma unroll
  for (size_t w = 0; w < W; ++w) wasm_v128_store(out + 4 * w, sums[w]);
}

}  // namespace

void Attend(const float* q, const KvLayer& kv, const int32_t* slots, size_t count, size_t head, float scale, float* scores, float* out) {
  const size_t D = kv.D;
  v128_t largest4 = wasm_f32x4_splat(-INFINITY);
  for (size_t i = 0; i < count; i += 4) {
    v128_t partial[4];
    for (size_t j = 0; j < 4; ++j) partial[j] = PartialDot(q, kv.key(slots[std::min(i + j, count - 1)], head), D);
    v128_t score = wasm_f32x4_mul(LaneSums(partial[0], partial[1], partial[2], partial[3]), wasm_f32x4_splat(scale));
    if (i + 4 > count) {
      // Position i always falls into lane i % 4 of the sums below. What stands past the end adds 1e-38 at the most to a sum of at
      // least 1, which changes no bit of it.
      const v128_t there = wasm_i32x4_lt(wasm_i32x4_make(0, 1, 2, 3), wasm_i32x4_splat(int32_t(count - i)));
      score = wasm_v128_bitselect(score, wasm_f32x4_splat(-INFINITY), there);
    }
    largest4 = wasm_f32x4_pmax(largest4, score);
    wasm_v128_store(scores + i, score);
  }
  const float largest = std::max(std::max(wasm_f32x4_extract_lane(largest4, 0), wasm_f32x4_extract_lane(largest4, 1)),
                                 std::max(wasm_f32x4_extract_lane(largest4, 2), wasm_f32x4_extract_lane(largest4, 3)));
  v128_t sum = wasm_f32x4_splat(0);
  for (size_t i = 0; i < count; i += 4) {
    const v128_t e = Exp(wasm_f32x4_sub(wasm_v128_load(scores + i), wasm_f32x4_splat(largest)));
    sum = wasm_f32x4_add(sum, e);
    wasm_v128_store(scores + i, e);
  }
  const v128_t inverse = wasm_f32x4_splat(1.0f / HorizontalSum(sum));
  for (size_t i = 0; i < count; i += 4) wasm_v128_store(scores + i, wasm_f32x4_mul(wasm_v128_load(scores + i), inverse));

  size_t d = 0;
  for (; d + 32 <= D; d += 32) WeightedSum<8>(scores, kv, slots, count, head, d, out + d);
  for (; d + 4 <= D; d += 4) WeightedSum<1>(scores, kv, slots, count, head, d, out + d);
  for (; d < D; ++d) {
    out[d] = 0;
    for (size_t i = 0; i < count; ++i) out[d] += scores[i] * kv.value(slots[i], head)[d];
  }
}

void AttendReference(const float* q, const KvLayer& kv, const int32_t* slots, size_t count, size_t head, float scale, float* out) {
  std::vector<double> weights(count);
  double largest = -INFINITY, sum = 0;
  for (size_t i = 0; i < count; ++i) {
    for (size_t d = 0; d < kv.D; ++d) weights[i] += double(q[d]) * kv.key(slots[i], head)[d];
    weights[i] *= scale;
    largest = std::max(largest, weights[i]);
  }
  for (double& w : weights) sum += w = std::exp(w - largest);
  for (size_t d = 0; d < kv.D; ++d) {
    double total = 0;
    for (size_t i = 0; i < count; ++i) total += weights[i] / sum * kv.value(slots[i], head)[d];
    out[d] = float(total);
  }
}

}  // namespace variorum
