// Validate(GenerateOptions): every message names the option, its value and its range.

#include "generate/options.h"

#include <cmath>
#include <functional>

#include "support.h"

namespace variorum {
namespace {

TEST(Options, DefaultsAndLimitsPass) {
  GenerateOptions options;
  EXPECT_TRUE(Succeeds(Validate(options)));
  options.num_return_sequences = 32;
  options.max_new_tokens = 1;
  options.temperature = 0.001;
  options.top_k = 0;
  options.top_p = 1e-9;
  options.num_alternatives = 100;
  EXPECT_TRUE(Succeeds(Validate(options)));
  options.top_k = INT32_MAX;
  options.max_new_tokens = INT32_MAX;
  options.top_p = 1;
  EXPECT_TRUE(Succeeds(Validate(options)));
}

TEST(Options, WhatIsOutOfRangeIsNamedWithItsValue) {
  using O = GenerateOptions;
  const std::pair<std::function<void(O&)>, const char*> cases[] = {
      {[](O& o) { o.num_return_sequences = 0; }, "numReturnSequences is 0; it must be a whole number from 1 to 32."},
      {[](O& o) { o.num_return_sequences = 33; }, "numReturnSequences is 33; "},
      {[](O& o) { o.num_return_sequences = -1; }, "numReturnSequences is -1; "},
      {[](O& o) { o.max_new_tokens = 0; }, "maxNewTokens is 0; "},
      {[](O& o) { o.max_new_tokens = -5; }, "maxNewTokens is -5; "},
      {[](O& o) { o.temperature = 0; }, "temperature is 0; "},
      {[](O& o) { o.temperature = -0.5; }, "temperature is -0.5; "},
      {[](O& o) { o.temperature = NAN; }, "temperature is nan; "},
      {[](O& o) { o.temperature = INFINITY; }, "temperature is inf; "},
      {[](O& o) { o.top_k = -1; }, "topK is -1; "},
      {[](O& o) { o.top_p = 0; }, "topP is 0; "},
      {[](O& o) { o.top_p = 1.01; }, "topP is 1.01; "},
      {[](O& o) { o.top_p = -0.1; }, "topP is -0.1; "},
      {[](O& o) { o.top_p = NAN; }, "topP is nan; "},
      {[](O& o) { o.num_alternatives = -1; }, "alternatives is -1; "},
      {[](O& o) { o.num_alternatives = 101; }, "alternatives is 101; it must be a whole number from 0 to 100."},
  };
  for (const auto& [spoil, message] : cases) {
    GenerateOptions options;
    spoil(options);
    EXPECT_TRUE(FailsWith(Validate(options), Code::kBadOption, message));
  }
}

TEST(Options, GreedyGivesOneSequence) {
  GenerateOptions options;
  options.do_sample = false;
  EXPECT_TRUE(Succeeds(Validate(options)));
  options.num_return_sequences = 2;
  EXPECT_TRUE(FailsWith(Validate(options), Code::kBadOption, "Greedy decoding gives one sequence"));
}

}  // namespace
}  // namespace variorum
