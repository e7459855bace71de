#include "cutoff.h"

#include <algorithm>
#include <cmath>

#include "../probability.h"
#include "../selection.h"

namespace variorum {

void Cutoff::Apply(std::span<const int32_t>, std::span<float> scores, Scratch& scratch) const {
  const std::span<float> values(scratch.values.data(), scores.size());
  const float edge = KthHighest(scores, std::min(min_keep_, scores.size()), values);
  SoftMax(scores, values);
  const float limit = Limit(scores, values);
  for (size_t id = 0; id < scores.size(); ++id) {
    if (values[id] < limit && scores[id] < edge) scores[id] = -INFINITY;
  }
}

float MinP::Limit(std::span<const float>, std::span<const float> probabilities) const {
  return p_ * *std::max_element(probabilities.begin(), probabilities.end());
}

float EtaCutoff::Limit(std::span<const float> scores, std::span<const float> probabilities) const {
  const float entropy = Entropy(scores, probabilities, LogSumExp(scores));
  return std::min(epsilon_, std::sqrt(epsilon_) * std::exp(-entropy));
}

}  // namespace variorum
