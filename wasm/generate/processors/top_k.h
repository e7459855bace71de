#pragma once

#include "processor.h"

namespace variorum {

// TopKLogitsWarper: keeps the k highest scores; of equal ones at the edge, those with the lower ids.
class TopK final : public Processor {
 public:
  explicit TopK(size_t k) : k_(k) {}
  void Apply(std::span<const int32_t>, std::span<float> scores) const override;

 private:
  size_t k_;
};

}  // namespace variorum
