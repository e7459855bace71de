#include "top_p.h"

#include <cmath>

#include "../probability.h"
#include "../selection.h"

namespace variorum {
namespace {

// Most nuclei are smaller, and so many tokens are found and ranked in a small part of the time that all would take.
constexpr size_t kUsuallyEnough = 1024;

bool RanksHigher(const Candidate& a, const Candidate& b) { return a.key > b.key || (a.key == b.key && a.id > b.id); }

}  // namespace

void TopP::Apply(std::span<const int32_t>, std::span<float> scores, Scratch& scratch) const {
  const std::span<float> probabilities(scratch.values.data(), scores.size());
  float least = KthHighest(scores, std::min(kUsuallyEnough, scores.size()), probabilities);
  SoftMax(scores, probabilities);
  double total = 0;
  for (float probability : probabilities) total += probability;

  Candidate* const candidates = scratch.candidates.data();
  size_t count = 0;
  // Takes the tokens with a score of at least `least` as candidates; returns the sum of their probabilities.
  const auto gather = [&] {
    double sum = 0;
    for (size_t id = count = 0; id < scores.size(); ++id) {
      if (scores[id] < least || scores[id] == -INFINITY) continue;
      candidates[count++] = {scores[id], probabilities[id], int32_t(id)};
      sum += probabilities[id];
    }
    return sum;
  };
  // Hugging Face sums from the low end, so what is compared is everything but the candidates ahead.
  const auto keeps = [&](double ahead) { return float(total - ahead) > most_removed_; };
  if (keeps(gather()) || count < min_keep_) {
    least = -INFINITY;
    gather();
  }
  size_t kept = FrontByWeight({candidates, count}, RanksHigher, keeps);
  if (kept < min_keep_) {
    kept = std::min(min_keep_, count);
    std::partial_sort(candidates, candidates + kept, candidates + count, RanksHigher);
  }
  for (float& score : scores) {
    if (score < least) score = -INFINITY;
  }
  for (size_t i = kept; i < count; ++i) scores[candidates[i].id] = -INFINITY;
}

}  // namespace variorum
