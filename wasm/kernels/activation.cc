#include "activation.h"

#include <wasm_simd128.h>

#include <cmath>
#include <cstring>

#include "simd_math.h"

namespace variorum {
namespace {

// 0.5 x (1 + tanh u) = x / (1 + e^(−2u)), u = √(2/π) (x + 0.044715 x³); this form keeps its precision where tanh → −1.
v128_t GeluTanh(v128_t x) {
  const v128_t cubic = wasm_f32x4_mul(wasm_f32x4_mul(x, x), wasm_f32x4_mul(x, wasm_f32x4_splat(0.044715f)));
  const v128_t minus_2u = wasm_f32x4_mul(wasm_f32x4_add(x, cubic), wasm_f32x4_splat(-1.5957691216057308f));
  return wasm_f32x4_div(x, wasm_f32x4_add(Exp(minus_2u), wasm_f32x4_splat(1.0f)));
}

v128_t Relu(v128_t x) { return wasm_f32x4_max(x, wasm_f32x4_splat(0.0f)); }

// Applies f to whole vectors, and to a zero-filled one at the end, so that every element goes the same way.
template <typename F>
void Map(float* x, size_t n, F f) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) wasm_v128_store(x + i, f(wasm_v128_load(x + i)));
  if (i < n) {
    float tail[4] = {};
    std::memcpy(tail, x + i, (n - i) * sizeof(float));
    wasm_v128_store(tail, f(wasm_v128_load(tail)));
    std::memcpy(x + i, tail, (n - i) * sizeof(float));
  }
}

}  // namespace

void Activate(Activation activation, float* x, size_t n) {
  switch (activation) {
    case Activation::kGeluTanh: return Map(x, n, GeluTanh);
    case Activation::kRelu: return Map(x, n, Relu);
    case Activation::kGeluErf:  // rare in GPT-2 checkpoints: the C library's erf will do
      for (size_t i = 0; i < n; ++i) x[i] = 0.5f * x[i] * (1.0f + std::erf(x[i] * 0.70710678118654752f));
      return;
  }
}

void ActivateReference(Activation activation, float* x, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const double v = x[i];
    switch (activation) {
      case Activation::kGeluTanh: x[i] = float(0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)))); break;
      case Activation::kGeluErf: x[i] = float(0.5 * v * (1 + std::erf(v / std::sqrt(2.0)))); break;
      case Activation::kRelu: x[i] = v > 0 ? float(v) : 0.0f; break;
    }
  }
}

}  // namespace variorum
