#pragma once

#include "processor.h"

namespace variorum {

// TypicalLogitsWarper: keeps the tokens whose surprise (−log p) is nearest to its mean, the entropy, until their
// probabilities sum to `mass`; those as near as the last of them too, and min_keep at least.
class TypicalP final : public Processor {
 public:
  TypicalP(double mass, size_t min_keep) : mass_(float(mass)), min_keep_(min_keep) {}
  void Apply(std::span<const int32_t>, std::span<float> scores, Scratch& scratch) const override;

 private:
  float mass_;
  size_t min_keep_;
};

}  // namespace variorum
