#include "typical_p.h"

#include <algorithm>
#include <cmath>

#include "../probability.h"
#include "../selection.h"

namespace variorum {

void TypicalP::Apply(std::span<const int32_t>, std::span<float> scores, Scratch& scratch) const {
  const std::span<float> probabilities(scratch.values.data(), scores.size());
  SoftMax(scores, probabilities);
  const double log_sum = LogSumExp(scores);
  const float entropy = Entropy(scores, probabilities, log_sum);
  Candidate* const candidates = scratch.candidates.data();
  size_t count = 0;
  for (size_t id = 0; id < scores.size(); ++id) {
    if (scores[id] == -INFINITY) continue;
    const float surprise = -float(scores[id] - log_sum);
    candidates[count++] = {std::fabs(surprise - entropy), probabilities[id], int32_t(id)};
  }
  if (count == 0) return;
  const auto nearer = [](const Candidate& a, const Candidate& b) { return a.key < b.key || (a.key == b.key && a.id < b.id); };
  const size_t near = FrontByWeight({candidates, count}, nearer, [&](double ahead) { return float(ahead) < mass_; });
  float furthest = 0;
  for (size_t i = 0; i < near; ++i) furthest = std::max(furthest, candidates[i].key);
  const size_t kept = std::min(min_keep_, count);
  std::nth_element(candidates, candidates + (kept - 1), candidates + count, nearer);
  for (size_t i = kept; i < count; ++i) {
    if (candidates[i].key > furthest) scores[candidates[i].id] = -INFINITY;
  }
}

}  // namespace variorum
