#pragma once

#include "processor.h"

namespace variorum {

// TemperatureLogitsWarper: scores / temperature.
class Temperature final : public Processor {
 public:
  explicit Temperature(float temperature) : temperature_(temperature) {}
  void Apply(std::span<const int32_t>, std::span<float> scores, Scratch&) const override {
    for (float& score : scores) score /= temperature_;
  }

 private:
  float temperature_;
};

}  // namespace variorum
