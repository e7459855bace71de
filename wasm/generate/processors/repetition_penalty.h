#pragma once

#include "processor.h"

namespace variorum {

// RepetitionPenaltyLogitsProcessor: makes what stands in the ids, the prompt included, less likely (penalty > 1) or more.
class RepetitionPenalty final : public Processor {
 public:
  explicit RepetitionPenalty(float penalty) : penalty_(penalty) {}
  void Apply(std::span<const int32_t> ids, std::span<float> scores, Scratch& scratch) const override {
    // From a copy, so that an id that occurs twice is not penalised twice.
    for (int32_t id : ids) scratch.values[id] = scores[id];
    for (int32_t id : ids) {
      const float score = scratch.values[id];
      scores[id] = score < 0 ? score * penalty_ : score / penalty_;
    }
  }

 private:
  float penalty_;
};

}  // namespace variorum
