#include "probability.h"

#include <wasm_simd128.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "../kernels/simd_math.h"
#include "selection.h"
#include "simd_exp64.h"

namespace variorum {
namespace {

v128_t AddPromoted(v128_t sum, v128_t terms) {
  sum = wasm_f64x2_add(sum, wasm_f64x2_promote_low_f32x4(terms));
  return wasm_f64x2_add(sum, wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(terms, terms, 2, 3, 0, 1)));
}

// Up to four scores; −infinity where there are none.
v128_t LoadUpTo4(const float* scores, size_t count) {
  if (count >= 4) return wasm_v128_load(scores);
  alignas(16) float padded[4] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
  std::copy(scores, scores + count, padded);
  return wasm_v128_load(padded);
}

// Calls each(id, weight) for the scores of [begin, end) that are not −infinity, in id order, weight = exp(score − highest).
// Stops when it returns false.
template <typename Each>
void ForWeights(std::span<const float> scores, size_t begin, size_t end, float highest, const Each& each) {
  const v128_t out = wasm_f32x4_splat(-INFINITY), shift = wasm_f64x2_splat(highest);
  for (size_t i = begin; i < end; i += 4) {
    const v128_t x = LoadUpTo4(&scores[i], end - i);
    if (!wasm_v128_any_true(wasm_f32x4_ne(x, out))) continue;
    const v128_t low = Exp64(wasm_f64x2_sub(wasm_f64x2_promote_low_f32x4(x), shift));
    const v128_t high = Exp64(wasm_f64x2_sub(wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(x, x, 2, 3, 0, 1)), shift));
    const double weights[] = {wasm_f64x2_extract_lane(low, 0), wasm_f64x2_extract_lane(low, 1),  //
                              wasm_f64x2_extract_lane(high, 0), wasm_f64x2_extract_lane(high, 1)};
    for (size_t lane = 0; lane < 4 && i + lane < end; ++lane) {
      if (weights[lane] > 0 && !each(i + lane, weights[lane])) return;
    }
  }
}

}  // namespace

float Highest(std::span<const float> scores) {
  v128_t best = wasm_f32x4_splat(-INFINITY);
  size_t i = 0;
  for (; i + 4 <= scores.size(); i += 4) best = wasm_f32x4_pmax(best, wasm_v128_load(&scores[i]));
  float highest = std::max(std::max(wasm_f32x4_extract_lane(best, 0), wasm_f32x4_extract_lane(best, 1)),
                           std::max(wasm_f32x4_extract_lane(best, 2), wasm_f32x4_extract_lane(best, 3)));
  for (; i < scores.size(); ++i) highest = std::max(highest, scores[i]);
  return highest;
}

double LogSumExp(std::span<const float> logits) {
  // Terms in single precision, their sum in double: within 1e-6 of the definition for any vocabulary. What is not a number
  // passes through Exp into the sum.
  const float highest = Highest(logits);
  const v128_t shift = wasm_f32x4_splat(highest);
  v128_t sum = wasm_f64x2_splat(0);
  size_t i = 0;
  for (; i + 4 <= logits.size(); i += 4) sum = AddPromoted(sum, Exp(wasm_f32x4_sub(wasm_v128_load(&logits[i]), shift)));
  double total = wasm_f64x2_extract_lane(sum, 0) + wasm_f64x2_extract_lane(sum, 1);
  for (; i < logits.size(); ++i) total += std::exp(double(logits[i]) - highest);
  return double(highest) + std::log(total);
}

int32_t ArgMax(std::span<const float> scores) { return int32_t(std::max_element(scores.begin(), scores.end()) - scores.begin()); }

void SoftMax(std::span<const float> scores, std::span<float> probabilities) {
  const v128_t shift = wasm_f32x4_splat(Highest(scores)), out = wasm_f32x4_splat(-INFINITY);
  v128_t sum = wasm_f64x2_splat(0);
  for (size_t i = 0; i < scores.size(); i += 4) {
    const v128_t x = LoadUpTo4(&scores[i], scores.size() - i);
    v128_t e = wasm_f32x4_splat(0);
    if (wasm_v128_any_true(wasm_f32x4_ne(x, out))) {  // after top-k few are left
      e = wasm_v128_andnot(Exp(wasm_f32x4_sub(x, shift)), wasm_f32x4_eq(x, out));
      sum = AddPromoted(sum, e);
    }
    alignas(16) float lanes[4];
    wasm_v128_store(lanes, e);
    std::copy_n(lanes, std::min<size_t>(4, scores.size() - i), &probabilities[i]);
  }
  const float total = float(wasm_f64x2_extract_lane(sum, 0) + wasm_f64x2_extract_lane(sum, 1));
  for (float& probability : probabilities) probability /= total;
}

float Entropy(std::span<const float> scores, std::span<const float> probabilities, double log_sum_exp) {
  double sum = 0;
  for (size_t id = 0; id < scores.size(); ++id) {
    if (probabilities[id] > 0) sum -= probabilities[id] * (scores[id] - log_sum_exp);
  }
  return float(sum);
}

double Mass(std::span<const float> scores, float highest) {
  double mass = 0;
  ForWeights(scores, 0, scores.size(), highest, [&](size_t, double weight) {
    mass += weight;
    return true;
  });
  return mass;
}

int32_t SampleAt(std::span<const float> scores, double uniform) {
  const float highest = Highest(scores);
  if (highest == -INFINITY) return 0;
  // Sums of blocks first, then the one block that the draw falls into: no weight needs to be stored.
  std::array<double, 64> sums{};
  const size_t block = ((scores.size() + sums.size() - 1) / sums.size() + 3) & ~size_t{3};
  double total = 0;
  for (size_t b = 0, begin = 0; begin < scores.size(); ++b, begin += block) {
    ForWeights(scores, begin, std::min(begin + block, scores.size()), highest, [&](size_t, double weight) {
      sums[b] += weight;
      return true;
    });
    total += sums[b];
  }
  const double target = uniform * total;
  double cumulative = 0;
  size_t begin = 0, b = 0;
  while (begin + block < scores.size() && cumulative + sums[b] <= target) {
    cumulative += sums[b++];
    begin += block;
  }
  int32_t drawn = -1;
  const auto draw = [&](size_t from, size_t to) {
    ForWeights(scores, from, to, highest, [&](size_t id, double weight) {
      drawn = int32_t(id);
      cumulative += weight;
      return cumulative <= target;
    });
  };
  draw(begin, std::min(begin + block, scores.size()));
  // Rounding may leave the target a hair beyond the last weight, in a block that has none.
  while (drawn < 0 && begin > 0) {
    begin -= block;
    cumulative = 0;
    draw(begin, begin + block);
  }
  return std::max(drawn, 0);
}

std::vector<Alternative> TopAlternatives(std::span<const float> logits, double log_sum_exp, size_t k, Scratch& scratch) {
  k = std::min(k, logits.size());
  if (k == 0) return {};
  const float edge = KthHighest(logits, k, {scratch.values.data(), logits.size()});
  std::vector<Alternative> best, at_edge;
  for (size_t id = 0; id < logits.size(); ++id) {
    if (logits[id] < edge) continue;
    (logits[id] > edge ? best : at_edge).push_back({int32_t(id), logits[id] - log_sum_exp});
  }
  std::sort(best.begin(), best.end(), [&](const Alternative& a, const Alternative& b) {
    return logits[a.token] > logits[b.token] || (logits[a.token] == logits[b.token] && a.token < b.token);
  });
  best.insert(best.end(), at_edge.begin(), at_edge.begin() + (k - best.size()));
  return best;
}

}  // namespace variorum
