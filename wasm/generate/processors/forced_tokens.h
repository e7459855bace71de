#pragma once

#include <algorithm>
#include <cmath>

#include "processor.h"

namespace variorum {

// ForcedBOSTokenLogitsProcessor (after 1 id) and ForcedEOSTokenLogitsProcessor (after max_length − 1 ids): after `length` ids
// nothing but these tokens, all equally likely.
class ForcedTokens final : public Processor {
 public:
  ForcedTokens(size_t length, const std::vector<int32_t>& tokens) : length_(length), tokens_(tokens) {}
  void Apply(std::span<const int32_t> ids, std::span<float> scores, Scratch&) const override {
    if (ids.size() != length_) return;
    std::fill(scores.begin(), scores.end(), -INFINITY);
    for (int32_t token : tokens_) scores[token] = 0;
  }

 private:
  size_t length_;
  std::vector<int32_t> tokens_;
};

}  // namespace variorum
