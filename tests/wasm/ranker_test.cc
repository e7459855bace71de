// Ranking candidates: the logprobs of scoring context and candidate as one text, at the cost of the context once.

#include "generate/ranker.h"

#include "generate/scorer.h"
#include "run.h"

namespace variorum {
namespace {

class RankerTest : public testing::Test {
 protected:
  Status Run(Ranker& ranker, const std::vector<int32_t>& context, const std::vector<std::vector<int32_t>>& candidates) {
    VARIORUM_TRY(ranker.Start(context, candidates));
    for (size_t finished = 0; !ranker.done(); finished = ranker.finished()) {
      VARIORUM_TRY(ranker.Step());
      EXPECT_GE(ranker.finished(), finished);
    }
    return {};
  }
  std::vector<double> Scored(std::vector<int32_t> context, const std::vector<int32_t>& candidate) {
    const long before = long(context.size()) - 1;
    context.insert(context.end(), candidate.begin(), candidate.end());
    Scorer scorer(model_.decoder);
    std::vector<double> logprobs;
    EXPECT_TRUE(Succeeds(scorer.Start(context)));
    while (!scorer.done()) {
      EXPECT_TRUE(Succeeds(scorer.Step()));
      logprobs.insert(logprobs.end(), scorer.logprobs().begin(), scorer.logprobs().end());
    }
    return {logprobs.begin() + before, logprobs.end()};
  }

  const TinyModel tiny_ = MakeTinyModel(UntiedConfig(), 81);
  LoadedModel model_{tiny_, Scheme::kQ8, 2};
  Ranker ranker_{model_.decoder};
};

TEST_F(RankerTest, GivesTheLogprobsOfTheWholeTextAndComputesTheContextOnce) {
  for (size_t context_length : {1, 5, 31, 32, 33, 40}) {
    const std::vector<int32_t> context = RandomIds(TinyConfig(), context_length, 82);
    std::vector<std::vector<int32_t>> candidates;
    size_t rows = context_length;
    for (size_t length : {1, 7, 40, 2, 1, 33, 12, 1}) {
      candidates.push_back(RandomIds(TinyConfig(), length, uint32_t(83 + candidates.size())));
      rows += length - 1;
    }
    const size_t rows_before = model_.decoder.rows_computed(), calls_before = model_.decoder.linear_calls();
    ASSERT_TRUE(Succeeds(Run(ranker_, context, candidates)));
    EXPECT_EQ(model_.decoder.rows_computed() - rows_before, rows);
    EXPECT_LE(model_.decoder.linear_calls() - calls_before, (rows / 32 + 2) * 9) << "one batch";
    EXPECT_EQ(ranker_.finished(), candidates.size());
    for (size_t c = 0; c < candidates.size(); ++c) EXPECT_EQ(ranker_.logprobs(c), Scored(context, candidates[c])) << c;
    EXPECT_EQ(model_.decoder.slots().used(), 0u);
  }
}

TEST_F(RankerTest, NothingToRankIsDoneAtOnce) {
  ASSERT_TRUE(Succeeds(ranker_.Start({1}, {})));
  EXPECT_TRUE(ranker_.done());
  EXPECT_TRUE(Succeeds(ranker_.Step()));
}

TEST_F(RankerTest, FreesACandidatesSlotsWhenItIsKnown) {
  const std::vector<int32_t> context = RandomIds(TinyConfig(), 10, 84);
  std::vector<std::vector<int32_t>> candidates(200, RandomIds(TinyConfig(), 10, 85));
  ASSERT_TRUE(Succeeds(ranker_.Start(context, candidates)));
  while (!ranker_.done()) {
    ASSERT_TRUE(Succeeds(ranker_.Step()));
    EXPECT_LE(model_.decoder.slots().used(), 10u + 8);
  }
  EXPECT_EQ(ranker_.logprobs(0), ranker_.logprobs(199));
}

TEST_F(RankerTest, RefusesWhatCannotBeRanked) {
  EXPECT_TRUE(FailsWith(ranker_.Start({}, {{1}}), Code::kBadOption, "empty"));
  EXPECT_TRUE(FailsWith(ranker_.Start({1}, {{1}, {}}), Code::kBadOption, "Candidate 1"));
  EXPECT_TRUE(FailsWith(ranker_.Start({1}, {{97}}), Code::kBadOption, "Token id 97"));
  EXPECT_TRUE(
      FailsWith(ranker_.Start(RandomIds(TinyConfig(), 75, 1), {{1}, RandomIds(TinyConfig(), 6, 1)}), Code::kContextFull, "Candidate 1"));
  EXPECT_TRUE(Succeeds(Run(ranker_, RandomIds(TinyConfig(), 75, 1), {RandomIds(TinyConfig(), 5, 1)}))) << "to the last position";
}

TEST_F(RankerTest, EndingItEarlyOrFailingFreesTheCache) {
  const std::vector<int32_t> context = RandomIds(TinyConfig(), 40, 86);
  const std::vector<std::vector<int32_t>> candidates(3, RandomIds(TinyConfig(), 30, 87));
  ASSERT_TRUE(Succeeds(ranker_.Start(context, candidates)));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Succeeds(ranker_.Step()));
  ranker_.End();
  EXPECT_TRUE(ranker_.done());
  EXPECT_EQ(model_.decoder.slots().used(), 0u);
  using Fault = FaultyDecoder::Fault;
  for (Fault fault : {Fault::kError, Fault::kNaN, Fault::kInfinity}) {
    for (size_t bad_step : {1, 2}) {
      FaultyDecoder faulty(model_.decoder, fault, bad_step);
      Ranker ranker(faulty);
      EXPECT_TRUE(FailsWith(Run(ranker, context, candidates), fault == Fault::kError ? Code::kOutOfMemory : Code::kBadShard, ""));
      EXPECT_EQ(model_.decoder.slots().used(), 0u);
      EXPECT_TRUE(Succeeds(Run(ranker, context, candidates)));
    }
  }
}

}  // namespace
}  // namespace variorum
