#pragma once

#include <algorithm>
#include <cmath>

#include "processor.h"

namespace variorum {

// NoRepeatNGramLogitsProcessor: rules out every token that would repeat n tokens in a row, the prompt included.
class NoRepeatNGram final : public Processor {
 public:
  explicit NoRepeatNGram(size_t n) : n_(n) {}
  void Apply(std::span<const int32_t> ids, std::span<float> scores, Scratch&) const override {
    if (ids.size() < n_) return;
    const std::span<const int32_t> last = ids.last(n_ - 1);
    for (size_t end = n_ - 1; end < ids.size(); ++end) {
      if (std::equal(last.begin(), last.end(), ids.begin() + (end - (n_ - 1)))) scores[ids[end]] = -INFINITY;
    }
  }

 private:
  size_t n_;
};

}  // namespace variorum
