// Going on from what was written: the same bits as one run, at the cost of the new tokens.

#include <algorithm>

#include "generate/generator.h"
#include "run.h"

namespace variorum {
namespace {

using Written = std::vector<std::vector<int32_t>>;

class ContinueTest : public testing::Test {
 protected:
  GenerateOptions Options(int32_t variants, int32_t tokens) {
    GenerateOptions options;
    options.num_return_sequences = variants;
    options.max_new_tokens = tokens;
    options.seed = 9;
    options.temperature = 0.9;
    options.keep_sequences = true;
    return options;
  }
  GenerateOptions Reusing(GenerateOptions options) {
    options.reuse_sequences = true;
    return options;
  }
  Written Tokens(const RunResult& run, size_t most = SIZE_MAX) {
    Written written;
    for (const VariantResult& variant : run.variants) {
      written.emplace_back(variant.tokens.begin(), variant.tokens.begin() + long(std::min(most, variant.tokens.size())));
    }
    return written;
  }
  RunResult Continue(const GenerateOptions& options, const Written& written) {
    rows_ = model_.decoder.rows_computed();
    RunResult run = RunToEnd(generator_, prompt_, options, {}, written);
    rows_ = model_.decoder.rows_computed() - rows_;
    EXPECT_TRUE(Succeeds(run.status));
    return run;
  }
  // Whether `rest` is what `whole` has after its first `from` tokens.
  static void ExpectRest(const VariantResult& whole, size_t from, const VariantResult& rest) {
    EXPECT_EQ(std::vector(whole.tokens.begin() + long(from), whole.tokens.end()), rest.tokens);
    EXPECT_EQ(std::vector(whole.logprobs.begin() + long(from), whole.logprobs.end()), rest.logprobs);
    EXPECT_EQ(whole.finish, rest.finish);
  }

  const TinyModel tiny_ = MakeTinyModel(UntiedConfig(), 61);
  const std::vector<int32_t> prompt_ = RandomIds(TinyConfig(), 37, 62);
  LoadedModel model_{tiny_, Scheme::kQ8, 2};
  Generator generator_{model_.decoder, model_.pool};
  size_t rows_ = 0;
};

TEST_F(ContinueTest, EqualsOneLongRunAndComputesNothingTwice) {
  const RunResult whole = RunToEnd(generator_, prompt_, Options(5, 30));
  const RunResult begun = RunToEnd(generator_, prompt_, Options(5, 12));
  const RunResult rest = Continue(Reusing(Options(5, 18)), Tokens(begun));
  for (size_t v = 0; v < 5; ++v) ExpectRest(whole.variants[v], 12, rest.variants[v]);
  EXPECT_EQ(rows_, 5u * 18);
  const RunResult again = Continue(Reusing(Options(5, 6)), Tokens(whole));
  EXPECT_EQ(rows_, 5u * 6) << "a continued run is kept as well";
}

TEST_F(ContinueTest, WithoutTheCacheItIsPrefilledOnceToTheSameBits) {
  const RunResult whole = RunToEnd(generator_, prompt_, Options(4, 30));
  const RunResult rest = Continue(Options(4, 20), Tokens(whole, 10));
  for (size_t v = 0; v < 4; ++v) ExpectRest(whole.variants[v], 10, rest.variants[v]);
  EXPECT_EQ(rows_, 37u + 4 * (10 + 19)) << "the prompt once, then each variant's own";
}

TEST_F(ContinueTest, VariantsOfUnequalLengthsGoOnEachFromItsEnd) {
  const RunResult whole = RunToEnd(generator_, prompt_, Options(4, 30));
  const Written uneven = {{}, Tokens(whole)[1], Tokens(whole, 1)[2], Tokens(whole, 17)[3]};
  for (bool reuse : {true, false}) {
    GenerateOptions options = Options(4, 10);
    options.reuse_sequences = reuse;
    const RunResult rest = Continue(options, uneven);
    if (reuse) {
      EXPECT_EQ(rows_, 4u * 10);
    }
    for (size_t v : {0, 2, 3}) {
      const size_t from = uneven[v].size();
      EXPECT_EQ(std::vector(whole.variants[v].tokens.begin() + long(from), whole.variants[v].tokens.begin() + long(from) + 10),
                rest.variants[v].tokens);
      EXPECT_EQ(rest.variants[v].finish, Finish::kLength);
    }
  }
}

TEST_F(ContinueTest, TheForcedEndIsThatOfEachVariantsOwnLength) {
  const RunResult begun = RunToEnd(generator_, prompt_, Options(3, 8));
  GenerateOptions options = Reusing(Options(3, 5));
  options.forced_eos_token_ids = {44};
  const RunResult rest = Continue(options, {Tokens(begun)[0], Tokens(begun, 3)[1], Tokens(begun, 3)[2]});
  for (const VariantResult& variant : rest.variants) {
    ASSERT_EQ(variant.tokens.size(), 5u);
    EXPECT_EQ(variant.tokens.back(), 44);
  }
}

TEST_F(ContinueTest, StreamsNameTheVariants) {
  const RunResult whole = RunToEnd(generator_, prompt_, Options(5, 20));
  GenerateOptions options = Options(2, 20);
  options.streams = {3, 1};
  const RunResult two = RunToEnd(generator_, prompt_, options);
  EXPECT_EQ(two.variants[0], whole.variants[3]);
  EXPECT_EQ(two.variants[1], whole.variants[1]);
  options.streams = {1};
  EXPECT_TRUE(FailsWith(generator_.Start(prompt_, options), Code::kBadOption, "streams has 1 entries for 2 variants"));
}

TEST_F(ContinueTest, ABranchCostsOneRowPerTokenAndEqualsAFreshRun) {
  const RunResult parent = RunToEnd(generator_, prompt_, Options(5, 20));
  std::vector<int32_t> prefix = prompt_;
  prefix.insert(prefix.end(), parent.variants[3].tokens.begin(), parent.variants[3].tokens.begin() + 8);
  prefix.push_back((parent.variants[3].tokens[8] + 1) % 97);
  GenerateOptions options = Options(1, 11);
  options.streams = {3};
  const size_t before = model_.decoder.rows_computed();
  const RunResult branch = RunToEnd(generator_, prefix, Reusing(options));
  EXPECT_EQ(model_.decoder.rows_computed() - before, 11u) << "one row for each new token, the first included";
  const RunResult fresh = RunToEnd(generator_, prefix, options);
  EXPECT_EQ(branch.variants, fresh.variants);
}

TEST_F(ContinueTest, KeptSequencesGoWithTheNextUnrelatedRun) {
  GenerateOptions forgetful = Options(2, 4);
  forgetful.keep_sequences = false;
  const RunResult run = RunToEnd(generator_, prompt_, Options(3, 10));
  ASSERT_NE(run.variants[0].tokens, run.variants[1].tokens) << "nothing to tell apart";
  EXPECT_EQ(model_.decoder.slots().used(), 37u + 3 * 9);
  ASSERT_TRUE(Succeeds(RunToEnd(generator_, prompt_, forgetful).status));
  EXPECT_EQ(model_.decoder.slots().used(), 0u);
}

TEST_F(ContinueTest, WhatIsKeptIsBounded) {
  // Eight contexts of 80: branches of unlike texts push the oldest out.
  for (uint32_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(Succeeds(RunToEnd(generator_, RandomIds(TinyConfig(), 60, 100 + i), Reusing(Options(1, 10))).status));
    EXPECT_LE(model_.decoder.slots().used(), 8u * 80);
  }
  EXPECT_GT(model_.decoder.slots().used(), 7u * 69 - 1);
}

TEST_F(ContinueTest, AVariantThatWasEndedIsKeptAndGoesOn) {
  const RunResult whole = RunToEnd(generator_, prompt_, Options(2, 20));
  int steps = 0;
  const RunResult cut = RunToEnd(generator_, prompt_, Options(2, 20), [&] {
    if (++steps != 8) return;  // two of them for the prompt
    generator_.End(0);
    generator_.End(1);
  });
  ASSERT_EQ(cut.variants[0].tokens.size(), 7u);
  const RunResult rest = Continue(Reusing(Options(2, 13)), Tokens(cut));
  EXPECT_EQ(rows_, 2u * 13);
  for (size_t v = 0; v < 2; ++v) ExpectRest(whole.variants[v], 7, rest.variants[v]);
}

TEST_F(ContinueTest, AFailureForgetsWhatWasKept) {
  FaultyDecoder faulty(model_.decoder, FaultyDecoder::Fault::kError, 12);
  Generator generator(faulty, model_.pool);
  const RunResult begun = RunToEnd(generator, prompt_, Options(2, 10));
  ASSERT_TRUE(Succeeds(begun.status));
  EXPECT_FALSE(RunToEnd(generator, prompt_, Reusing(Options(2, 10)), {}, Tokens(begun)).status.ok());
  EXPECT_EQ(model_.decoder.slots().used(), 0u);
}

TEST_F(ContinueTest, RefusesWhatWasNotWritten) {
  EXPECT_TRUE(FailsWith(generator_.Start(prompt_, Options(2, 5), {{1}}), Code::kBadOption, "for each variant"));
  EXPECT_TRUE(FailsWith(generator_.Start(prompt_, Options(1, 5), {{97}}), Code::kBadOption, "Token id 97"));
  EXPECT_TRUE(
      FailsWith(generator_.Start(prompt_, Options(1, 34), {RandomIds(TinyConfig(), 10, 1)}), Code::kContextFull, "47 tokens and 34 more"));
}

}  // namespace
}  // namespace variorum
