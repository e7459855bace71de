#pragma once

#include <cmath>

#include "../selection.h"
#include "processor.h"

namespace variorum {

// TopKLogitsWarper: keeps the k highest scores, and those that equal the lowest of them.
class TopK final : public Processor {
 public:
  explicit TopK(size_t k) : k_(k) {}
  void Apply(std::span<const int32_t>, std::span<float> scores, Scratch& scratch) const override {
    if (k_ >= scores.size()) return;
    const float edge = KthHighest(scores, k_, {scratch.values.data(), scores.size()});
    for (float& score : scores) score = score < edge ? -INFINITY : score;
  }

 private:
  size_t k_;
};

}  // namespace variorum
