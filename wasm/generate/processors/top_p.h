#pragma once

#include "processor.h"

namespace variorum {

// TopPLogitsWarper (nucleus sampling): keeps the most probable tokens until their probabilities sum to p, min_keep at least.
// As there, of equal scores the one with the higher id ranks higher: the sort is stable and cuts from the low end.
class TopP final : public Processor {
 public:
  TopP(double p, size_t min_keep) : most_removed_(float(1 - p)), min_keep_(min_keep) {}
  void Apply(std::span<const int32_t>, std::span<float> scores, Scratch& scratch) const override;

 private:
  float most_removed_;
  size_t min_keep_;
};

}  // namespace variorum
