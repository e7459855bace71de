// Scoring a given text: its logprobs are those of the model, and those that a run reported when it wrote the text.

#include "generate/scorer.h"

#include <cmath>

#include "reference.h"
#include "run.h"

namespace variorum {
namespace {

std::vector<double> Score(Scorer& scorer, const std::vector<int32_t>& ids) {
  std::vector<double> logprobs;
  EXPECT_TRUE(Succeeds(scorer.Start(ids)));
  while (!scorer.done()) {
    if (const Status status = scorer.Step(); !status.ok()) {
      ADD_FAILURE() << status.message;
      break;
    }
    EXPECT_LE(scorer.rows(), Decoder::kMaxRows);
    logprobs.insert(logprobs.end(), scorer.logprobs().begin(), scorer.logprobs().end());
  }
  return logprobs;
}

class ScorerTest : public testing::Test {
 protected:
  const TinyModel tiny_ = MakeTinyModel(TinyConfig(), 41);
  LoadedModel model_{tiny_, Scheme::kF32, 1};
  Scorer scorer_{model_.decoder};
};

TEST_F(ScorerTest, GivesTheModelsLogprobs) {
  for (size_t length : {2, 31, 32, 33, 64, 65, 80}) {
    const std::vector<int32_t> ids = RandomIds(TinyConfig(), length, 42);
    const std::vector<double> logits = ReferenceLogits(tiny_, ids), logprobs = Score(scorer_, ids);
    ASSERT_EQ(logprobs.size(), length - 1);
    for (size_t i = 0; i + 1 < length; ++i) {
      EXPECT_NEAR(logprobs[i], ReferenceLogprob(&logits[i * 97], 97, ids[i + 1]), 1e-4);
    }
    EXPECT_EQ(model_.decoder.slots().used(), 0u);
  }
}

TEST_F(ScorerTest, EqualsTheRunThatWroteTheTextBitForBit) {
  for (Scheme scheme : {Scheme::kF32, Scheme::kQ8, Scheme::kQ4}) {
    for (const NamedConfig& named : TinyConfigs()) {
      const TinyModel tiny = MakeTinyModel(named.config, 43);
      const std::vector<int32_t> prompt = RandomIds(named.config, 35, 44);
      LoadedModel model(tiny, scheme, 2);
      Generator generator(model.decoder, model.pool);
      Scorer scorer(model.decoder);
      GenerateOptions options;
      options.num_return_sequences = 5;
      options.max_new_tokens = 40;
      options.temperature = 0.8;
      const RunResult run = RunToEnd(generator, prompt, options);
      ASSERT_TRUE(Succeeds(run.status));
      for (const VariantResult& variant : run.variants) {
        std::vector<int32_t> ids = prompt;
        ids.insert(ids.end(), variant.tokens.begin(), variant.tokens.end());
        const std::vector<double> logprobs = Score(scorer, ids);
        ASSERT_EQ(logprobs.size(), ids.size() - 1);
        const std::vector<double> written(logprobs.begin() + long(prompt.size()) - 1, logprobs.end());
        EXPECT_EQ(written, variant.logprobs) << named.name;
      }
    }
  }
}

TEST_F(ScorerTest, MayRunWhileVariantsAreWritten) {
  GenerateOptions options;
  options.num_return_sequences = 3;
  options.max_new_tokens = 12;
  const std::vector<int32_t> prompt = RandomIds(TinyConfig(), 10, 45), text = RandomIds(TinyConfig(), 50, 46);
  Generator generator(model_.decoder, model_.pool);
  const RunResult undisturbed = RunToEnd(generator, prompt, options);
  const std::vector<double> expected = Score(scorer_, text);
  const RunResult run = RunToEnd(generator, prompt, options, [&] { EXPECT_EQ(Score(scorer_, text), expected); });
  EXPECT_EQ(run.variants, undisturbed.variants);
}

TEST_F(ScorerTest, OneIdAloneHasNothingBeforeIt) {
  EXPECT_TRUE(Score(scorer_, {5}).empty());
  EXPECT_TRUE(scorer_.done());
  EXPECT_EQ(scorer_.rows(), 1u);
}

TEST_F(ScorerTest, ShowsTheLogitsOfEveryPosition) {
  const std::vector<int32_t> ids = RandomIds(TinyConfig(), 40, 47);
  Sequence sequence(model_.decoder.slots());
  const std::vector<float> expected = Logits(model_.decoder, sequence, ids, 32);
  ASSERT_TRUE(Succeeds(scorer_.Start(ids)));
  for (size_t first = 0; !scorer_.done(); first += scorer_.rows()) {
    ASSERT_TRUE(Succeeds(scorer_.Step()));
    const size_t count = scorer_.rows() * 97;
    EXPECT_TRUE(SameBits({scorer_.logits().data(), count}, std::span(expected).subspan(first * 97, count)));
  }
}

TEST_F(ScorerTest, RefusesTextsThatAreNone) {
  EXPECT_TRUE(FailsWith(scorer_.Start({}), Code::kBadOption, "empty"));
  EXPECT_TRUE(FailsWith(scorer_.Start({1, 97}), Code::kBadOption, "Token id 97"));
  EXPECT_TRUE(FailsWith(scorer_.Start(RandomIds(TinyConfig(), 81, 1)), Code::kContextFull, "context holds 80"));
  EXPECT_TRUE(scorer_.done());
}

TEST_F(ScorerTest, StartsAnewOverATextThatWasLeft) {
  const std::vector<int32_t> ids = RandomIds(TinyConfig(), 50, 48);
  const std::vector<double> expected = Score(scorer_, ids);
  ASSERT_TRUE(Succeeds(scorer_.Start(RandomIds(TinyConfig(), 60, 49))));
  ASSERT_TRUE(Succeeds(scorer_.Step()));
  EXPECT_EQ(Score(scorer_, ids), expected);
  EXPECT_EQ(model_.decoder.slots().used(), 0u);
}

TEST_F(ScorerTest, EndingItEarlyFreesTheCache) {
  const std::vector<int32_t> ids = RandomIds(TinyConfig(), 70, 51);
  const std::vector<double> expected = Score(scorer_, ids);
  scorer_.End();  // nothing is left to end
  ASSERT_TRUE(Succeeds(scorer_.Start(ids)));
  ASSERT_TRUE(Succeeds(scorer_.Step()));
  EXPECT_EQ(model_.decoder.slots().used(), 32u);
  scorer_.End();
  EXPECT_TRUE(scorer_.done());
  EXPECT_EQ(model_.decoder.slots().used(), 0u);
  EXPECT_EQ(Score(scorer_, ids), expected);
}

TEST_F(ScorerTest, AFailureFreesTheCacheAndTheNextTextWorks) {
  using Fault = FaultyDecoder::Fault;
  const std::vector<int32_t> ids = RandomIds(TinyConfig(), 70, 50);
  const std::vector<double> expected = Score(scorer_, ids);
  for (Fault fault : {Fault::kError, Fault::kNaN, Fault::kOneNaN, Fault::kInfinity}) {
    const Code code = fault == Fault::kError ? Code::kOutOfMemory : Code::kBadShard;
    for (size_t bad_step : {0, 2}) {
      FaultyDecoder faulty(model_.decoder, fault, bad_step);
      Scorer scorer(faulty);
      ASSERT_TRUE(Succeeds(scorer.Start(ids)));
      Status status;
      while (!scorer.done() && status.ok()) status = scorer.Step();
      EXPECT_TRUE(FailsWith(status, code, "")) << int(fault) << " at step " << bad_step;
      EXPECT_TRUE(scorer.done());
      EXPECT_EQ(model_.decoder.slots().used(), 0u);
      EXPECT_EQ(Score(scorer, ids), expected);
    }
  }
}

}  // namespace
}  // namespace variorum
