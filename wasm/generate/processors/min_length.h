#pragma once

#include <cmath>

#include "processor.h"

namespace variorum {

// MinLengthLogitsProcessor: no end-of-sequence token before there are `length` ids, the prompt included.
// MinNewTokensLengthLogitsProcessor: the same with the prompt's length added.
class MinLength final : public Processor {
 public:
  MinLength(size_t length, const std::vector<int32_t>& eos_token_ids) : length_(length), eos_token_ids_(eos_token_ids) {}
  void Apply(std::span<const int32_t> ids, std::span<float> scores, Scratch&) const override {
    if (ids.size() >= length_) return;
    for (int32_t id : eos_token_ids_) {
      if (size_t(id) < scores.size()) scores[id] = -INFINITY;  // a model may name an end that it cannot write
    }
  }

 private:
  size_t length_;
  std::vector<int32_t> eos_token_ids_;
};

}  // namespace variorum
