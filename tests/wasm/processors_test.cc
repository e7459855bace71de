// Logits processors one by one, and which of them a run uses.

#include "generate/processors/processor.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "generate/options.h"
#include "generate/probability.h"
#include "generate/processors/cutoff.h"
#include "generate/processors/forced_tokens.h"
#include "generate/processors/min_length.h"
#include "generate/processors/no_repeat_ngram.h"
#include "generate/processors/repetition_penalty.h"
#include "generate/processors/sequence_bias.h"
#include "generate/processors/suppress_tokens.h"
#include "generate/processors/temperature.h"
#include "generate/processors/top_k.h"
#include "generate/processors/top_p.h"
#include "generate/processors/typical_p.h"
#include "generate/selection.h"
#include "support.h"

namespace variorum {
namespace {

constexpr float kOut = -INFINITY;

std::vector<float> Apply(const Processor& processor, std::vector<float> scores, const std::vector<int32_t>& ids = {}) {
  Scratch scratch;
  EXPECT_TRUE(Succeeds(scratch.Resize(scores.size())));
  processor.Apply(ids, scores, scratch);
  return scores;
}

std::vector<float> ApplyAll(const GenerateOptions& options, std::vector<float> scores) {
  for (const auto& processor : MakeProcessors(options, 1)) scores = Apply(*processor, std::move(scores));
  return scores;
}

std::set<size_t> Kept(const Processor& processor, const std::vector<float>& scores) {
  const std::vector<float> result = Apply(processor, scores);
  std::set<size_t> kept;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (result[i] == kOut) continue;
    EXPECT_EQ(result[i], scores[i]) << "a score that stays must not change";
    kept.insert(i);
  }
  return kept;
}

TEST(Temperature, DividesScores) {
  EXPECT_EQ(Apply(Temperature(0.5f), {1, -3, 0}), (std::vector<float>{2, -6, 0}));
  EXPECT_EQ(Apply(Temperature(2), {1, kOut}), (std::vector<float>{0.5f, kOut}));
}

TEST(TopK, KeepsTheKBest) {
  const std::vector<float> scores = {3, -1, 4, 1, -5, 9, 2, 6};
  EXPECT_EQ(Kept(TopK(1), scores), (std::set<size_t>{5}));
  EXPECT_EQ(Kept(TopK(3), scores), (std::set<size_t>{2, 5, 7}));
  EXPECT_EQ(Kept(TopK(7), scores), (std::set<size_t>{0, 1, 2, 3, 5, 6, 7}));
}

TEST(TopK, OfTheWholeVocabularyOrMoreChangesNothing) {
  const std::vector<float> scores = {3, -1, 4};
  for (size_t k : {size_t{3}, size_t{4}, size_t{1000}}) EXPECT_EQ(Apply(TopK(k), scores), scores);
}

TEST(TopK, KeepsWhatEqualsTheLastOfThem) {
  EXPECT_EQ(Kept(TopK(1), {2, 2, 2, 2}), (std::set<size_t>{0, 1, 2, 3}));
  EXPECT_EQ(Kept(TopK(3), {2, 2, 2, 2}), (std::set<size_t>{0, 1, 2, 3}));
  EXPECT_EQ(Kept(TopK(3), {1, 5, 2, 1, 2, 2}), (std::set<size_t>{1, 2, 4, 5}));
  EXPECT_EQ(Kept(TopK(2), {kOut, 1, kOut, kOut}), (std::set<size_t>{1}));
}

TEST(TopK, MatchesAFullSortOnRandomScores) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    std::vector<float> scores(1 + random.Below(60));
    for (float& score : scores) score = float(int(random.Below(12)));  // many ties
    const size_t k = 1 + random.Below(scores.size());
    std::vector<float> ranked = scores;
    std::sort(ranked.begin(), ranked.end(), std::greater<>());
    std::set<size_t> expected;
    for (size_t j = 0; j < scores.size(); ++j) {
      if (scores[j] >= ranked[k - 1]) expected.insert(j);
    }
    ASSERT_EQ(Kept(TopK(k), scores), expected);
  }
}

TEST(TopP, KeepsTheNucleus) {
  // Probabilities 1/16, 1/2, 1/8, 1/4, 1/16.
  const std::vector<float> scores = {std::log(1.0f), std::log(8.0f), std::log(2.0f), std::log(4.0f), std::log(1.0f)};
  EXPECT_EQ(Kept(TopP(1e-9, 1), scores), (std::set<size_t>{1})) << "one at least";
  EXPECT_EQ(Kept(TopP(0.49, 1), scores), (std::set<size_t>{1}));
  EXPECT_EQ(Kept(TopP(0.51, 1), scores), (std::set<size_t>{1, 3}));
  EXPECT_EQ(Kept(TopP(0.74, 1), scores), (std::set<size_t>{1, 3}));
  EXPECT_EQ(Kept(TopP(0.76, 1), scores), (std::set<size_t>{1, 2, 3}));
  EXPECT_EQ(Kept(TopP(0.99, 1), scores), (std::set<size_t>{0, 1, 2, 3, 4}));
}

TEST(TopP, OfEqualScoresKeepsThoseThatHuggingFaceKeeps) {
  // Those with the higher ids: its sort is ascending and stable, and it cuts at the low end.
  EXPECT_EQ(Kept(TopP(0.3, 1), {1, 1, 1, 1}), (std::set<size_t>{2, 3}));
  EXPECT_EQ(Kept(TopP(0.2, 1), {1, 1, 1, 1}), (std::set<size_t>{3}));
}

TEST(TopP, KeepsAsManyAsItMust) {
  const std::vector<float> scores = {std::log(1.0f), std::log(90.0f), std::log(2.0f), kOut};
  EXPECT_EQ(Kept(TopP(0.5, 2), scores), (std::set<size_t>{1, 2}));
  EXPECT_EQ(Kept(TopP(0.5, 3), scores), (std::set<size_t>{0, 1, 2}));
  EXPECT_EQ(Kept(TopP(0.5, 9), scores), (std::set<size_t>{0, 1, 2}));
}

TEST(TopP, LooksOnlyAtWhatIsLeft) {
  // After a top-k: the nucleus of the remaining distribution, here 2/3 and 1/3.
  const std::vector<float> scores = {kOut, std::log(2.0f), kOut, std::log(1.0f)};
  EXPECT_EQ(Kept(TopP(0.6, 1), scores), (std::set<size_t>{1}));
  EXPECT_EQ(Kept(TopP(0.7, 1), scores), (std::set<size_t>{1, 3}));
}

TEST(TopP, MatchesTheDefinitionOnRandomScores) {
  Random random(2);
  for (int i = 0; i < 200; ++i) {
    // Some with more tokens, and larger nuclei, than are ranked at first.
    const std::vector<float> scores = random.Normals(2 + random.Below(i < 150 ? 80 : 4000), i < 180 ? 2 : 0.5f, -50);
    const double p = 0.05 + 0.9 * random.Uniform(), total = LogSumExp(scores);
    std::vector<size_t> order(scores.size());
    for (size_t j = 0; j < order.size(); ++j) order[j] = j;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
    std::set<size_t> expected;
    double above = 0;
    for (size_t j = 0; j < order.size() && above < p; ++j) {
      expected.insert(order[j]);
      above += std::exp(scores[order[j]] - total);
    }
    ASSERT_EQ(Kept(TopP(p, 1), scores), expected) << "p " << p;
  }
}

TEST(TypicalP, KeepsWhatIsNearestToTheEntropy) {
  // Probabilities 1/2, 1/4, 1/8, 1/8: the surprises are 1, 2, 3, 3 bits, and their mean is 1.75.
  const std::vector<float> scores = {std::log(4.0f), std::log(2.0f), 0, 0};
  EXPECT_EQ(Kept(TypicalP(0.2, 1), scores), (std::set<size_t>{1}));
  EXPECT_EQ(Kept(TypicalP(0.3, 1), scores), (std::set<size_t>{0, 1}));
  EXPECT_EQ(Kept(TypicalP(0.8, 1), scores), (std::set<size_t>{0, 1, 2, 3})) << "what is as near as the last stays";
  EXPECT_EQ(Kept(TypicalP(0.2, 2), scores), (std::set<size_t>{0, 1}));
  EXPECT_EQ(Kept(TypicalP(0.2, 3), scores), (std::set<size_t>{0, 1, 2}));
}

TEST(Cutoffs, CompareWithALimitAndKeepTheBest) {
  // Probabilities 1/2, 1/4, 1/8, 1/8; the entropy is 1.75 bits, exp(−entropy) = 2^−1.75 = 0.297.
  const std::vector<float> scores = {std::log(4.0f), std::log(2.0f), 0, 0};
  EXPECT_EQ(Kept(MinP(0.5, 1), scores), (std::set<size_t>{0, 1})) << "half of the best is not less than half";
  EXPECT_EQ(Kept(MinP(0.51, 1), scores), (std::set<size_t>{0}));
  EXPECT_EQ(Kept(MinP(1, 2), scores), (std::set<size_t>{0, 1}));
  EXPECT_EQ(Kept(EpsilonCutoff(0.24, 1), scores), (std::set<size_t>{0, 1}));
  EXPECT_EQ(Kept(EpsilonCutoff(0.9, 1), scores), (std::set<size_t>{0}));
  EXPECT_EQ(Kept(EpsilonCutoff(0.9, 3), scores), (std::set<size_t>{0, 1, 2, 3})) << "what equals the third stays";
  EXPECT_EQ(Kept(EtaCutoff(0.16, 1), scores), (std::set<size_t>{0, 1, 2, 3})) << "0.4 · 0.297 < 1/8";
  EXPECT_EQ(Kept(EtaCutoff(0.25, 1), scores), (std::set<size_t>{0, 1})) << "0.5 · 0.297 > 1/8";
}

TEST(SequenceBias, AddsToTheTokenThatCompletesASequence) {
  const SequenceBias processor({{{1}, 9}, {{1}, 2}, {{0, 1}, 4}, {{3, 0, 1}, 8}, {{2, 1}, 16}, {{0, 2}, 32}});
  EXPECT_EQ(Apply(processor, {0, 0, 0, 0}, {3, 3, 0}), (std::vector<float>{0, 2 + 4 + 8, 32, 0}));
  EXPECT_EQ(Apply(processor, {0, 0, 0, 0}, {2}), (std::vector<float>{0, 2, 0, 0})) << "as Hugging Face: one id is too few for a pair";
  EXPECT_EQ(Apply(processor, {0, 0, 0, 0}, {1, 2}), (std::vector<float>{0, 2 + 16, 0, 0}));
}

TEST(NoBadWords, RulesOutWhatWouldCompleteOne) {
  const NoBadWords processor({{1}, {0, 2}, {3}, {3, 3}}, {3});
  EXPECT_EQ(Apply(processor, {5, 5, 5, 5}, {0, 3}), (std::vector<float>{5, kOut, 5, kOut})) << "an end is not bad by itself";
  EXPECT_EQ(Apply(processor, {5, 5, 5, 5}, {3, 0}), (std::vector<float>{5, kOut, kOut, 5}));
}

TEST(RepetitionPenalty, AppliesOncePerToken) {
  EXPECT_EQ(Apply(RepetitionPenalty(2), {4, -4, 4, -4}, {0, 1, 0, 1, 0}), (std::vector<float>{2, -8, 4, -4}));
  EXPECT_EQ(Apply(RepetitionPenalty(2), {4, kOut}, {1}), (std::vector<float>{4, kOut}));
}

TEST(NoRepeatNGram, RulesOutTheTokenThatWouldRepeatN) {
  const std::vector<float> scores(4, 1);
  EXPECT_EQ(Kept(NoRepeatNGram(1), scores), (std::set<size_t>{0, 1, 2, 3})) << "nothing is written yet";
  EXPECT_EQ(Apply(NoRepeatNGram(1), scores, {2, 0}), (std::vector<float>{kOut, 1, kOut, 1}));
  EXPECT_EQ(Apply(NoRepeatNGram(2), scores, {2, 0, 2, 3, 2}), (std::vector<float>{kOut, 1, 1, kOut}));
  EXPECT_EQ(Apply(NoRepeatNGram(3), scores, {1, 2, 0, 1, 2}), (std::vector<float>{kOut, 1, 1, 1}));
  EXPECT_EQ(Apply(NoRepeatNGram(3), scores, {1, 2}), scores);
}

TEST(Processors, ThatForceAndSuppressLookAtTheLength) {
  const std::vector<float> scores = {1, 2, 3};
  EXPECT_EQ(Apply(MinLength(3, {0, 2, 99}), scores, {1, 1}), (std::vector<float>{kOut, 2, kOut}));
  EXPECT_EQ(Apply(MinLength(3, {0, 2, 99}), scores, {1, 1, 1}), scores);
  EXPECT_EQ(Apply(ForcedTokens(2, {0, 2}), scores, {1, 1}), (std::vector<float>{0, kOut, 0}));
  EXPECT_EQ(Apply(ForcedTokens(2, {0, 2}), scores, {1}), scores);
  EXPECT_EQ(Apply(SuppressTokens({1}), scores, {1}), (std::vector<float>{1, kOut, 3}));
  EXPECT_EQ(Apply(SuppressTokens({1}, 2), scores, {1}), scores);
  EXPECT_EQ(Apply(SuppressTokens({1}, 2), scores, {1, 1}), (std::vector<float>{1, kOut, 3}));
}

TEST(KthHighest, MatchesASortForEveryK) {
  Random random(3);
  for (int i = 0; i < 300; ++i) {
    std::vector<float> scores(1 + random.Below(i < 250 ? 50 : 3000));
    for (float& score : scores) score = random.Below(5) == 0 ? kOut : float(int(random.Below(400)));
    std::vector<float> ranked = scores, scratch(scores.size());
    std::sort(ranked.begin(), ranked.end(), std::greater<>());
    const size_t k = 1 + random.Below(scores.size());
    ASSERT_EQ(KthHighest(scores, k, scratch), ranked[k - 1]) << "k " << k << " of " << scores.size();
  }
}

TEST(Processors, AreThoseThatTheOptionsAskFor) {
  GenerateOptions options;
  options.temperature = 1;
  options.top_k = 0;
  options.top_p = 1;
  EXPECT_TRUE(MakeProcessors(options, 1).empty());
  options.temperature = 0.7;
  EXPECT_EQ(MakeProcessors(options, 1).size(), 1u);
  options.top_k = 40;
  options.top_p = 0.9;
  EXPECT_EQ(MakeProcessors(options, 1).size(), 3u);
  options.do_sample = false;
  EXPECT_TRUE(MakeProcessors(options, 1).empty()) << "a greedy run takes the best score, which they leave the best";
}

TEST(Processors, BeamsKeepATokenThatGoesOnBesideThoseThatEnd) {
  GenerateOptions options;
  options.top_k = 1;
  const std::vector<float> scores = {4, 3, 2, 1, 0};
  const auto left = [&] {
    const std::vector<float> processed = ApplyAll(options, scores);
    return 5 - std::count(processed.begin(), processed.end(), kOut);
  };
  EXPECT_EQ(left(), 1);
  options.num_beams = 2;
  EXPECT_EQ(left(), 2);
  options.eos_token_ids = {0};
  EXPECT_EQ(left(), 2);
  options.eos_token_ids = {0, 1, 2};
  EXPECT_EQ(left(), 4);
}

TEST(Processors, BeginSuppressionWaitsForAForcedFirstToken) {
  GenerateOptions options;
  options.do_sample = false;
  options.begin_suppress_tokens = {0};
  options.forced_bos_token_ids = {0};
  const std::vector<float> scores = {2, 1};
  const auto apply = [&](size_t prompt, const std::vector<int32_t>& ids) {
    std::vector<float> processed = scores;
    for (const auto& processor : MakeProcessors(options, prompt)) processed = Apply(*processor, processed, ids);
    return processed;
  };
  EXPECT_EQ(apply(1, {1}), (std::vector<float>{0, kOut}));
  EXPECT_EQ(apply(1, {1, 0}), (std::vector<float>{kOut, 1}));
  EXPECT_EQ(apply(2, {1, 1}), (std::vector<float>{kOut, 1})) << "a longer prompt has its first token";
}

TEST(Processors, ApplyTemperatureThenTopKThenTopP) {
  GenerateOptions options;
  options.temperature = 0.5;
  options.top_k = 3;
  options.top_p = 0.8;
  // At temperature 1/2 the weights 4, 2, 2, 1 become 16, 4, 4, 1; of the best three, 24 in all, two make up 0.8.
  std::vector<float> scores = {std::log(2.0f), std::log(4.0f), std::log(1.0f), std::log(2.0f)};
  scores = ApplyAll(options, scores);
  EXPECT_NEAR(scores[1], std::log(16.0f), 1e-6);
  EXPECT_EQ(scores[2], kOut);
  EXPECT_EQ(std::count(scores.begin(), scores.end(), kOut), 2);
}

TEST(Processors, AnyTemperatureThatOptionsAllowLeavesScoresThatCanBeDrawnFrom) {
  for (double temperature : {1e-300, 1e-46, 1e-40, 1e-20, 1e20, 1e300}) {
    GenerateOptions options;
    options.temperature = temperature;
    ASSERT_TRUE(Succeeds(Validate(options, 4)));
    options.top_k = 0;
    const std::vector<float> scores = ApplyAll(options, {-100, -99, -120, kOut});
    for (double uniform : {0.0, 0.3, 0.999}) {
      const int32_t id = SampleAt(scores, uniform);
      if (temperature < 1) EXPECT_EQ(id, 1) << "next to no temperature takes the best, at " << temperature;
      if (temperature > 1) EXPECT_EQ(id, int(uniform * 3)) << "the highest takes any, at " << temperature;
    }
  }
}

}  // namespace
}  // namespace variorum
