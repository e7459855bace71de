#include "beam_proposals.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "philox.h"
#include "probability.h"
#include "selection.h"

namespace variorum {

bool IsBetter(const Proposal& a, const Proposal& b) {
  return std::tuple(-a.score, a.beam, a.token) < std::tuple(-b.score, b.beam, b.token);
}

void BestOfBeam(int32_t beam, std::span<const float> scores, size_t count, Scratch& scratch, std::vector<Proposal>* best) {
  best->clear();
  count = std::min(count, scores.size());
  const float edge = KthHighest(scores, count, {scratch.values.data(), scores.size()});
  for (size_t id = 0; id < scores.size(); ++id) {
    if (scores[id] > edge) best->push_back({beam, int32_t(id), scores[id]});
  }
  if (edge == -INFINITY) return;
  for (size_t id = 0; id < scores.size() && best->size() < count; ++id) {
    if (scores[id] == edge) best->push_back({beam, int32_t(id), edge});
  }
}

std::vector<Proposal> DrawProposals(std::span<const std::span<float>> scores, size_t count, uint32_t seed, uint32_t stream,
                                    uint32_t position) {
  float highest = -INFINITY;
  for (const auto& row : scores) highest = std::max(highest, Highest(row));
  std::vector<Proposal> drawn;
  if (highest == -INFINITY) return drawn;
  std::vector<double> masses;
  for (const auto& row : scores) masses.push_back(Mass(row, highest));
  while (drawn.size() < count) {
    double total = 0;
    for (double mass : masses) total += mass;
    size_t beam = 0;
    int32_t token;
    if (total > 0) {
      // The beam first, then a token of it with what is left of the same random number.
      double target = UniformAt(seed, stream, position, uint32_t(drawn.size()) + 1) * total;
      while (beam + 1 < masses.size() && target >= masses[beam]) target -= masses[beam++];
      while (masses[beam] == 0) --beam;  // rounding may leave the target a hair beyond the last
      token = SampleAt(scores[beam], std::min(target / masses[beam], 1 - 0x1p-53));
    } else {
      for (size_t b = 1; b < scores.size(); ++b) {
        if (Highest(scores[b]) > Highest(scores[beam])) beam = b;
      }
      token = ArgMax(scores[beam]);
      if (scores[beam][token] == -INFINITY) break;
    }
    drawn.push_back({int32_t(beam), token, scores[beam][token]});
    scores[beam][token] = -INFINITY;
    masses[beam] = Mass(scores[beam], highest);
  }
  return drawn;
}

}  // namespace variorum
