// Validate(GenerateOptions): every message names the option, its value and its range.

#include "generate/options.h"

#include <cmath>
#include <functional>

#include "support.h"

namespace variorum {
namespace {

TEST(Options, DefaultsAndLimitsPass) {
  GenerateOptions options;
  EXPECT_TRUE(Succeeds(Validate(options, 100)));
  options.num_return_sequences = 32;
  options.max_new_tokens = 1;
  options.temperature = 0.001;
  options.top_k = 0;
  options.top_p = 1e-9;
  options.num_alternatives = 100;
  EXPECT_TRUE(Succeeds(Validate(options, 100)));
  options.top_k = INT32_MAX;
  options.max_new_tokens = INT32_MAX;
  options.top_p = 1;
  EXPECT_TRUE(Succeeds(Validate(options, 100)));
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
      {[](O& o) { o.min_p = -0.1; }, "minP is -0.1; it must be a number from 0 to 1."},
      {[](O& o) { o.min_p = NAN; }, "minP is nan; "},
      {[](O& o) { o.typical_p = 0; }, "typicalP is 0; "},
      {[](O& o) { o.typical_p = 1.5; }, "typicalP is 1.5; "},
      {[](O& o) { o.epsilon_cutoff = 1; }, "epsilonCutoff is 1; "},
      {[](O& o) { o.eta_cutoff = -1; }, "etaCutoff is -1; "},
      {[](O& o) { o.repetition_penalty = 0; }, "repetitionPenalty is 0; it must be a number above 0"},
      {[](O& o) { o.repetition_penalty = INFINITY; }, "repetitionPenalty is inf; "},
      {[](O& o) { o.no_repeat_ngram_size = -1; }, "noRepeatNgramSize is -1; "},
      {[](O& o) { o.min_length = -1; }, "minLength is -1; "},
      {[](O& o) { o.min_new_tokens = -1; }, "minNewTokens is -1; "},
      {[](O& o) { o.num_beams = 0; }, "numBeams is 0; it must be a whole number from 1 to 32."},
      {[](O& o) { o.num_beams = 33; }, "numBeams is 33; "},
      {[](O& o) { o.length_penalty = NAN; }, "lengthPenalty is nan; "},
      {[](O& o) { o.sequence_bias = {{{5}, INFINITY}}; }, "sequenceBias is inf; "},
      {[](O& o) { o.sequence_bias = {{{}, 1}}; }, "sequenceBias holds []; "},
      {[](O& o) { o.sequence_bias = {{{5, 100}, 1}}; }, "sequenceBias holds 100; it must hold token ids from 0 to 99."},
      {[](O& o) { o.bad_words_ids = {{5}, {-1}}; }, "badWordsIds holds -1; "},
      {[](O& o) { o.bad_words_ids = {{}}; }, "badWordsIds holds []; "},
      {[](O& o) { o.suppress_tokens = {100}; }, "suppressTokens holds 100; "},
      {[](O& o) { o.begin_suppress_tokens = {100}; }, "beginSuppressTokens holds 100; "},
      {[](O& o) { o.forced_bos_token_ids = {100}; }, "forcedBosTokenId holds 100; "},
      {[](O& o) { o.forced_eos_token_ids = {100}; }, "forcedEosTokenId holds 100; "},
      {[](O& o) { o.num_alternatives = -1; }, "alternatives is -1; "},
      {[](O& o) { o.num_alternatives = 101; }, "alternatives is 101; it must be a whole number from 0 to 100."},
  };
  for (const auto& [spoil, message] : cases) {
    GenerateOptions options;
    spoil(options);
    EXPECT_TRUE(FailsWith(Validate(options, 100), Code::kBadOption, message));
  }
}

TEST(Options, GreedyGivesOneSequence) {
  GenerateOptions options;
  options.do_sample = false;
  EXPECT_TRUE(Succeeds(Validate(options, 100)));
  options.num_return_sequences = 2;
  EXPECT_TRUE(FailsWith(Validate(options, 100), Code::kBadOption, "numReturnSequences is 2; it must be 1 for greedy decoding"));
  options.num_beams = 2;
  EXPECT_TRUE(Succeeds(Validate(options, 100)));
}

TEST(Options, AreNoMoreSequencesThanBeams) {
  GenerateOptions options;
  options.num_beams = 2;
  options.num_return_sequences = 3;
  EXPECT_TRUE(FailsWith(Validate(options, 100), Code::kBadOption, "numReturnSequences is 3; it must be at most numBeams, which is 2."));
  options.do_sample = false;
  EXPECT_TRUE(FailsWith(Validate(options, 100), Code::kBadOption, "numReturnSequences is 3; it must be at most numBeams"));
}

}  // namespace
}  // namespace variorum
