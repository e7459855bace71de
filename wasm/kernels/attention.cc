#include "attention.h"

#include <wasm_simd128.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "simd_math.h"

namespace variorum {
namespace {

float Dot(const float* a, const float* b, size_t n) {
  v128_t sum0 = wasm_f32x4_splat(0), sum1 = wasm_f32x4_splat(0);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    sum0 = wasm_f32x4_add(sum0, wasm_f32x4_mul(wasm_v128_load(a + i), wasm_v128_load(b + i)));
    sum1 = wasm_f32x4_add(sum1, wasm_f32x4_mul(wasm_v128_load(a + i + 4), wasm_v128_load(b + i + 4)));
  }
  float sum = HorizontalSum(wasm_f32x4_add(sum0, sum1));
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// y[n] += w · x[n]
void AddScaled(float w, const float* x, size_t n, float* y) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    wasm_v128_store(y + i, wasm_f32x4_add(wasm_v128_load(y + i), wasm_f32x4_mul(wasm_f32x4_splat(w), wasm_v128_load(x + i))));
  }
  for (; i < n; ++i) y[i] += w * x[i];
}

}  // namespace

void Attend(const float* q, const KvLayer& kv, const int32_t* slots, size_t count, size_t channel, size_t D, float scale,
            float* scores, float* out) {
  float largest = -INFINITY;
  for (size_t i = 0; i < count; ++i) {
    scores[i] = Dot(q, kv.key(slots[i]) + channel, D) * scale;
    largest = std::max(largest, scores[i]);
  }
  // Position i always falls into lane i % 4 of the sum. What stands past the end adds 1e-38 at the most to a sum of at
  // least 1, which changes no bit of it.
  for (size_t i = count; i % 4 != 0; ++i) scores[i] = -INFINITY;
  v128_t sum = wasm_f32x4_splat(0);
  for (size_t i = 0; i < count; i += 4) {
    const v128_t e = Exp(wasm_f32x4_sub(wasm_v128_load(scores + i), wasm_f32x4_splat(largest)));
    sum = wasm_f32x4_add(sum, e);
    wasm_v128_store(scores + i, e);
  }
  const float inverse = 1.0f / HorizontalSum(sum);
  std::fill(out, out + D, 0.0f);
  for (size_t i = 0; i < count; ++i) AddScaled(scores[i] * inverse, kv.value(slots[i]) + channel, D, out);
}

void AttendReference(const float* q, const KvLayer& kv, const int32_t* slots, size_t count, size_t channel, size_t D,
                     float scale, float* out) {
  std::vector<double> weights(count);
  double largest = -INFINITY, sum = 0;
  for (size_t i = 0; i < count; ++i) {
    for (size_t d = 0; d < D; ++d) weights[i] += double(q[d]) * kv.key(slots[i])[channel + d];
    weights[i] *= scale;
    largest = std::max(largest, weights[i]);
  }
  for (double& w : weights) sum += w = std::exp(w - largest);
  for (size_t d = 0; d < D; ++d) {
    double total = 0;
    for (size_t i = 0; i < count; ++i) total += weights[i] / sum * kv.value(slots[i])[channel + d];
    out[d] = float(total);
  }
}

}  // namespace variorum
