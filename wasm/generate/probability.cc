#include "probability.h"

#include <wasm_simd128.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../kernels/simd_math.h"

namespace variorum {

double LogSumExp(std::span<const float> logits) {
  float largest = -INFINITY;
  for (float logit : logits) {
    if (std::isnan(logit)) return NAN;
    largest = std::max(largest, logit);
  }
  // Terms in single precision, their sum in double: within 1e-6 of the definition for any vocabulary.
  const v128_t shift = wasm_f32x4_splat(largest);
  v128_t sum = wasm_f64x2_splat(0);
  size_t i = 0;
  for (; i + 4 <= logits.size(); i += 4) {
    const v128_t e = Exp(wasm_f32x4_sub(wasm_v128_load(&logits[i]), shift));
    sum = wasm_f64x2_add(sum, wasm_f64x2_promote_low_f32x4(e));
    sum = wasm_f64x2_add(sum, wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(e, e, 2, 3, 0, 1)));
  }
  double total = wasm_f64x2_extract_lane(sum, 0) + wasm_f64x2_extract_lane(sum, 1);
  for (; i < logits.size(); ++i) total += std::exp(double(logits[i]) - largest);
  return double(largest) + std::log(total);
}

int32_t ArgMax(std::span<const float> scores) {
  return int32_t(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

int32_t SampleAt(std::span<const float> scores, double uniform) {
  float largest = -INFINITY;
  for (float score : scores) largest = std::max(largest, score);
  std::vector<std::pair<int32_t, double>> weights;
  double total = 0;
  for (size_t id = 0; id < scores.size(); ++id) {
    if (scores[id] == -INFINITY) continue;
    weights.emplace_back(int32_t(id), std::exp(double(scores[id]) - largest));
    total += weights.back().second;
  }
  const double target = uniform * total;
  double cumulative = 0;
  for (const auto& [id, weight] : weights) {
    cumulative += weight;
    if (cumulative > target) return id;
  }
  return weights.empty() ? 0 : weights.back().first;
}

std::vector<Alternative> TopAlternatives(std::span<const float> logits, double log_sum_exp, size_t k) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  k = std::min(k, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + k, ids.end(), [&](int32_t a, int32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  });
  std::vector<Alternative> best;
  for (size_t i = 0; i < k; ++i) best.push_back({ids[i], logits[ids[i]] - log_sum_exp});
  return best;
}

}  // namespace variorum
