#pragma once

#include "processor.h"

namespace variorum {

// TopPLogitsWarper (nucleus sampling): keeps the most probable tokens until their probabilities sum to p, one at least.
// Equal scores are taken in descending order of id: Hugging Face sorts ascending, stably, and cuts from the low end.
class TopP final : public Processor {
 public:
  explicit TopP(double p) : p_(p) {}
  void Apply(std::span<const int32_t>, std::span<float> scores) const override;

 private:
  double p_;
};

}  // namespace variorum
