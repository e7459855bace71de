// Parts of a ranking without sorting all of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "scratch.h"

namespace variorum {

// The k-th highest of `scores`, 1 ≤ k ≤ scores.size(). One pass that mostly skips: scores below the k best seen so far cost a
// comparison, four at a time. `scratch` has room for all scores.
float KthHighest(std::span<const float> scores, size_t k, std::span<float> scratch);

// In a ranking by `before` (a strict total order), each candidate has a sum of the weights ahead of it. Moves those of which
// keep(sum) holds to the front and returns how many they are; `keep` must hold up to some sum and not beyond. Every round
// halves what is undecided, so the time is proportional to the number of candidates.
template <typename Before, typename Keep>
size_t FrontByWeight(std::span<Candidate> candidates, const Before& before, const Keep& keep) {
  size_t decided = 0, end = candidates.size();  // those before `decided` stay, those from `end` on do not
  double ahead = 0;                             // of candidates[decided]
  while (decided < end) {
    const size_t middle = decided + (end - decided) / 2;
    const auto begin = candidates.begin();
    std::nth_element(begin + decided, begin + middle, begin + end, before);
    double sum = ahead;
    for (size_t i = decided; i < middle; ++i) sum += candidates[i].weight;
    if (keep(sum)) {
      ahead = sum + candidates[middle].weight;
      decided = middle + 1;
    } else {
      end = middle;
    }
  }
  return decided;
}

}  // namespace variorum
