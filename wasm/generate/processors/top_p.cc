#include "top_p.h"

#include <cmath>

#include "../probability.h"
#include "../selection.h"

namespace variorum {
namespace {

bool RanksHigher(const Candidate& a, const Candidate& b) { return a.key > b.key || (a.key == b.key && a.id > b.id); }

}  // namespace

void TopP::Apply(std::span<const int32_t>, std::span<float> scores, Scratch& scratch) const {
  const std::span<float> probabilities(scratch.values.data(), scores.size());
  SoftMax(scores, probabilities);
  double total = 0;
  for (float probability : probabilities) total += probability;

  Candidate* const candidates = scratch.candidates.data();
  size_t count = 0;
  // Takes the tokens above a probability as candidates.
  const auto gather = [&](float above) {
    for (size_t id = count = 0; id < scores.size(); ++id) {
      if (probabilities[id] > above) candidates[count++] = {scores[id], probabilities[id], int32_t(id)};
    }
  };
  // All tokens as improbable as this sum to less than what goes anyway, so they need no ranking.
  float negligible = most_removed_ * 0.99f / float(scores.size());
  gather(negligible);
  // Hugging Face sums from the low end, so what is compared is everything but the candidates ahead.
  size_t kept = FrontByWeight({candidates, count}, RanksHigher,
                              [&](double ahead) { return float(total - ahead) > most_removed_; });
  if (kept < min_keep_) {
    negligible = -1;
    gather(negligible);
    kept = std::min(min_keep_, count);
    std::partial_sort(candidates, candidates + kept, candidates + count, RanksHigher);
  }
  for (size_t id = 0; id < scores.size(); ++id) {
    if (probabilities[id] <= negligible) scores[id] = -INFINITY;
  }
  for (size_t i = kept; i < count; ++i) scores[candidates[i].id] = -INFINITY;
}

}  // namespace variorum
