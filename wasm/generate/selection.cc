#include "selection.h"

#include <wasm_simd128.h>

#include <cmath>
#include <functional>

namespace variorum {

float KthHighest(std::span<const float> scores, size_t k, std::span<float> scratch) {
  // `scratch` collects what is above `edge`; whenever it holds twice k, the lower half goes and the edge rises.
  const size_t capacity = std::min(scores.size(), std::max<size_t>(2 * k, 64));
  float edge = -INFINITY;
  size_t held = 0;
  const auto shrink = [&] {
    std::nth_element(scratch.begin(), scratch.begin() + (k - 1), scratch.begin() + held, std::greater<>());
    edge = scratch[k - 1];
    held = k;
  };
  const auto take = [&](float score) {
    if (!(score > edge)) return;
    if (held == capacity) {
      shrink();
      if (!(score > edge)) return;
    }
    scratch[held++] = score;
  };
  size_t i = 0;
  for (; i + 4 <= scores.size(); i += 4) {
    if (!wasm_v128_any_true(wasm_f32x4_gt(wasm_v128_load(&scores[i]), wasm_f32x4_splat(edge)))) continue;
    for (size_t lane = 0; lane < 4; ++lane) take(scores[i + lane]);
  }
  for (; i < scores.size(); ++i) take(scores[i]);
  if (held < k) return -INFINITY;  // the rest is ruled out
  shrink();
  return edge;
}

}  // namespace variorum
