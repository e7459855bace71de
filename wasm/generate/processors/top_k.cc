#include "top_k.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace variorum {

void TopK::Apply(std::span<const int32_t>, std::span<float> scores) const {
  if (k_ >= scores.size()) return;
  std::vector<float> ranked(scores.begin(), scores.end());
  std::nth_element(ranked.begin(), ranked.begin() + (k_ - 1), ranked.end(), std::greater<>());
  const float edge = ranked[k_ - 1];
  // How many at the edge itself may stay: those above it stand in front of it now.
  size_t room = size_t(std::count(ranked.begin(), ranked.begin() + k_, edge));
  for (float& score : scores) {
    if (score > edge) continue;
    if (score == edge && room > 0) {
      --room;
    } else {
      score = -INFINITY;
    }
  }
}

}  // namespace variorum
