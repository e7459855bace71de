// Runs a Generator to its end, and decoders that fail on demand.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "generate/generator.h"
#include "support.h"
#include "tiny_model.h"

namespace variorum {

struct VariantResult {
  std::vector<int32_t> tokens;
  std::vector<double> logprobs;
  Finish finish = Finish::kNone;  // kNone: ended from outside
  bool operator==(const VariantResult&) const = default;  // logprobs are never NaN, so equal means the same bits
};

struct RunResult {
  Status status;
  std::vector<VariantResult> variants;
  std::vector<TokenEvent> events;
};

// `after_step` is called after every step, for what happens to a run from outside.
inline RunResult RunToEnd(Generator& generator, const std::vector<int32_t>& prompt, const GenerateOptions& options,
                          const std::function<void()>& after_step = {}, const std::vector<std::vector<int32_t>>& written = {}) {
  RunResult result;
  result.status = generator.Start(prompt, options, written);
  if (!result.status.ok()) return result;
  result.variants.resize(size_t(options.num_return_sequences));
  std::vector<TokenEvent> events;
  while (!generator.done()) {
    result.status = generator.Step(&events);
    if (!result.status.ok()) {
      EXPECT_TRUE(events.empty()) << "tokens of a step that failed";
      return result;
    }
    for (const TokenEvent& event : events) {
      VariantResult& variant = result.variants[size_t(event.variant)];
      EXPECT_EQ(variant.finish, Finish::kNone) << "a token after the end";
      EXPECT_EQ(event.token == kNoToken, event.finish == Finish::kBanned);
      if (event.token != kNoToken) {
        variant.tokens.push_back(event.token);
        variant.logprobs.push_back(event.logprob);
      }
      variant.finish = event.finish;
      result.events.push_back(event);
    }
    if (after_step) after_step();
  }
  return result;
}

// A decoder whose step number `bad_step` (from 0) fails, or gives logits that are not finite.
class FaultyDecoder final : public Decoder {
 public:
  enum class Fault { kError, kNaN, kOneNaN, kInfinity };

  FaultyDecoder(Decoder& real, Fault fault, size_t bad_step) : real_(real), fault_(fault), bad_step_(bad_step) {}

  const Config& config() const override { return real_.config(); }
  SlotPool& slots() override { return real_.slots(); }
  size_t linear_calls() const override { return real_.linear_calls(); }
  size_t rows_computed() const override { return real_.rows_computed(); }
  size_t kv_bytes_per_slot() const override { return real_.kv_bytes_per_slot(); }

  Status Step(std::span<const Row> rows, float* logits) override {
    if (step_++ != bad_step_) return real_.Step(rows, logits);
    if (fault_ == Fault::kError) return {Code::kOutOfMemory, "The decoder failed."};
    VARIORUM_TRY(real_.Step(rows, logits));
    const size_t V = size_t(config().vocab_size);
    size_t row = 0;
    for (const Row& r : rows) {
      if (!r.wants_logits) continue;
      float* mine = logits + row++ * V;
      if (fault_ == Fault::kNaN) std::fill(mine, mine + V, NAN);
      if (fault_ == Fault::kOneNaN) mine[V / 2] = NAN;
      if (fault_ == Fault::kInfinity) mine[V / 2] = INFINITY;
    }
    return {};
  }

 private:
  Decoder& real_;
  const Fault fault_;
  const size_t bad_step_;
  size_t step_ = 0;
};

}  // namespace variorum
