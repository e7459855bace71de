#pragma once

#include <cmath>
#include <optional>

#include "processor.h"

namespace variorum {

// SuppressTokensLogitsProcessor: rules tokens out. SuppressTokensAtBeginLogitsProcessor: only after `length` ids.
class SuppressTokens final : public Processor {
 public:
  explicit SuppressTokens(const std::vector<int32_t>& tokens, std::optional<size_t> length = {}) : tokens_(tokens), length_(length) {}
  void Apply(std::span<const int32_t> ids, std::span<float> scores, Scratch&) const override {
    if (length_ && ids.size() != *length_) return;
    for (int32_t token : tokens_) scores[token] = -INFINITY;
  }

 private:
  std::vector<int32_t> tokens_;
  std::optional<size_t> length_;
};

}  // namespace variorum
