// Logits processors one by one, and which of them a run uses.

#include "generate/processors/processor.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "generate/options.h"
#include "generate/probability.h"
#include "generate/processors/temperature.h"
#include "generate/processors/top_k.h"
#include "generate/processors/top_p.h"
#include "support.h"

namespace variorum {
namespace {

constexpr float kOut = -INFINITY;

std::vector<float> Apply(const Processor& processor, std::vector<float> scores) {
  processor.Apply({}, scores);
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

TEST(TopK, OfEqualScoresKeepsThoseWithTheLowerIds) {
  EXPECT_EQ(Kept(TopK(1), {2, 2, 2, 2}), (std::set<size_t>{0}));
  EXPECT_EQ(Kept(TopK(3), {2, 2, 2, 2}), (std::set<size_t>{0, 1, 2}));
  EXPECT_EQ(Kept(TopK(3), {1, 5, 2, 1, 2, 2}), (std::set<size_t>{1, 2, 4}));
  EXPECT_EQ(Kept(TopK(2), {kOut, 1, kOut, kOut}), (std::set<size_t>{1}));
}

TEST(TopK, MatchesAFullSortOnRandomScores) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    std::vector<float> scores(1 + random.Below(60));
    for (float& score : scores) score = float(int(random.Below(12)));  // many ties
    const size_t k = 1 + random.Below(scores.size());
    std::vector<size_t> order(scores.size());
    for (size_t j = 0; j < order.size(); ++j) order[j] = j;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
    ASSERT_EQ(Kept(TopK(k), scores), std::set<size_t>(order.begin(), order.begin() + long(k)));
  }
}

TEST(TopP, KeepsTheNucleus) {
  // Probabilities 1/16, 1/2, 1/8, 1/4, 1/16.
  const std::vector<float> scores = {std::log(1.0f), std::log(8.0f), std::log(2.0f), std::log(4.0f), std::log(1.0f)};
  EXPECT_EQ(Kept(TopP(1e-9), scores), (std::set<size_t>{1})) << "one at least";
  EXPECT_EQ(Kept(TopP(0.49), scores), (std::set<size_t>{1}));
  EXPECT_EQ(Kept(TopP(0.51), scores), (std::set<size_t>{1, 3}));
  EXPECT_EQ(Kept(TopP(0.74), scores), (std::set<size_t>{1, 3}));
  EXPECT_EQ(Kept(TopP(0.76), scores), (std::set<size_t>{1, 2, 3}));
  EXPECT_EQ(Kept(TopP(0.99), scores), (std::set<size_t>{0, 1, 2, 3, 4}));
}

TEST(TopP, OfEqualScoresKeepsThoseThatHuggingFaceKeeps) {
  // Those with the higher ids: its sort is ascending and stable, and it cuts at the low end.
  EXPECT_EQ(Kept(TopP(0.3), {1, 1, 1, 1}), (std::set<size_t>{2, 3}));
  EXPECT_EQ(Kept(TopP(0.2), {1, 1, 1, 1}), (std::set<size_t>{3}));
}

TEST(TopP, LooksOnlyAtWhatIsLeft) {
  // After a top-k: the nucleus of the remaining distribution, here 2/3 and 1/3.
  const std::vector<float> scores = {kOut, std::log(2.0f), kOut, std::log(1.0f)};
  EXPECT_EQ(Kept(TopP(0.6), scores), (std::set<size_t>{1}));
  EXPECT_EQ(Kept(TopP(0.7), scores), (std::set<size_t>{1, 3}));
}

TEST(TopP, MatchesTheDefinitionOnRandomScores) {
  Random random(2);
  for (int i = 0; i < 200; ++i) {
    const std::vector<float> scores = random.Normals(2 + random.Below(80), 2, -50);
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
    ASSERT_EQ(Kept(TopP(p), scores), expected) << "p " << p;
  }
}

TEST(Processors, AreThoseThatTheOptionsAskFor) {
  GenerateOptions options;
  options.temperature = 1;
  options.top_k = 0;
  options.top_p = 1;
  EXPECT_TRUE(MakeProcessors(options).empty());
  options.temperature = 0.7;
  EXPECT_EQ(MakeProcessors(options).size(), 1u);
  options.top_k = 40;
  options.top_p = 0.9;
  EXPECT_EQ(MakeProcessors(options).size(), 3u);
  options.do_sample = false;
  EXPECT_TRUE(MakeProcessors(options).empty()) << "a greedy run takes the best score, which they leave the best";
}

TEST(Processors, ApplyTemperatureThenTopKThenTopP) {
  GenerateOptions options;
  options.temperature = 0.5;
  options.top_k = 3;
  options.top_p = 0.8;
  // At temperature 1/2 the weights 4, 2, 2, 1 become 16, 4, 4, 1; of the best three, 24 in all, two make up 0.8.
  std::vector<float> scores = {std::log(2.0f), std::log(4.0f), std::log(1.0f), std::log(2.0f)};
  for (const auto& processor : MakeProcessors(options)) processor->Apply({}, scores);
  EXPECT_NEAR(scores[1], std::log(16.0f), 1e-6);
  EXPECT_EQ(scores[2], kOut);
  EXPECT_EQ(std::count(scores.begin(), scores.end(), kOut), 2);
}

TEST(Processors, AnyTemperatureThatOptionsAllowLeavesScoresThatCanBeDrawnFrom) {
  for (double temperature : {1e-300, 1e-46, 1e-40, 1e-20, 1e20, 1e300}) {
    GenerateOptions options;
    options.temperature = temperature;
    ASSERT_TRUE(Succeeds(Validate(options)));
    options.top_k = 0;
    std::vector<float> scores = {-100, -99, -120, kOut};
    for (const auto& processor : MakeProcessors(options)) processor->Apply({}, scores);
    for (double uniform : {0.0, 0.3, 0.999}) {
      const int32_t id = SampleAt(scores, uniform);
      if (temperature < 1) EXPECT_EQ(id, 1) << "next to no temperature takes the best, at " << temperature;
      if (temperature > 1) EXPECT_EQ(id, int(uniform * 3)) << "the highest takes any, at " << temperature;
    }
  }
}

}  // namespace
}  // namespace variorum
