#pragma once

#include "processor.h"

namespace variorum {

// Rules out the tokens that are less probable than some limit, but for the min_keep best and those that equal them.
class Cutoff : public Processor {
 public:
  explicit Cutoff(size_t min_keep) : min_keep_(min_keep) {}
  void Apply(std::span<const int32_t>, std::span<float> scores, Scratch& scratch) const final;

 private:
  virtual float Limit(std::span<const float> scores, std::span<const float> probabilities) const = 0;

  size_t min_keep_;
};

// MinPLogitsWarper: p times the probability of the most probable token.
class MinP final : public Cutoff {
 public:
  MinP(double p, size_t min_keep) : Cutoff(min_keep), p_(float(p)) {}

 private:
  float Limit(std::span<const float> scores, std::span<const float> probabilities) const override;

  float p_;
};

// EpsilonLogitsWarper: epsilon.
class EpsilonCutoff final : public Cutoff {
 public:
  EpsilonCutoff(double epsilon, size_t min_keep) : Cutoff(min_keep), epsilon_(float(epsilon)) {}

 private:
  float Limit(std::span<const float>, std::span<const float>) const override { return epsilon_; }

  float epsilon_;
};

// EtaLogitsWarper: epsilon, or less where the model is unsure: √epsilon · exp(−entropy).
class EtaCutoff final : public Cutoff {
 public:
  EtaCutoff(double epsilon, size_t min_keep) : Cutoff(min_keep), epsilon_(float(epsilon)) {}

 private:
  float Limit(std::span<const float> scores, std::span<const float> probabilities) const override;

  float epsilon_;
};

}  // namespace variorum
