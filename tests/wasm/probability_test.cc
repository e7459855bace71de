// Logits as probabilities: their normaliser, the best tokens, and draws.

#include "generate/probability.h"

#include <cmath>

#include "support.h"

namespace variorum {
namespace {

double Definition(const std::vector<float>& logits) {
  long double largest = -INFINITY, sum = 0;
  for (float logit : logits) largest = std::max<long double>(largest, logit);
  for (float logit : logits) sum += std::exp(static_cast<long double>(logit) - largest);
  return double(largest + std::log(sum));
}

TEST(LogSumExp, IsWithinAMillionthOfItsDefinition) {
  Random random(1);
  for (size_t V : {1, 2, 3, 4, 5, 7, 8, 61, 97, 1000, 50257}) {
    for (float deviation : {0.0f, 0.1f, 3.0f, 30.0f}) {
      const std::vector<float> logits = random.Normals(V, deviation, -80);
      EXPECT_NEAR(LogSumExp(logits), Definition(logits), 1e-6) << "V " << V << " deviation " << deviation;
    }
  }
}

TEST(LogSumExp, DoesNotOverflow) {
  EXPECT_NEAR(LogSumExp(std::vector<float>{1000, 1000}), 1000 + std::log(2.0), 1e-6);
  EXPECT_NEAR(LogSumExp(std::vector<float>{-1e30f, -1e30f, -1e30f, -1e30f}), -1e30, 1e24);
  EXPECT_NEAR(LogSumExp(std::vector<float>{3, -INFINITY, -INFINITY, -INFINITY, -INFINITY}), 3, 1e-6);
}

TEST(LogSumExp, OfWhatIsNoNumberIsNoNumber) {
  for (size_t V : {1, 3, 4, 9}) {
    for (size_t at = 0; at < V; ++at) {
      std::vector<float> logits(V, 1.0f);
      logits[at] = NAN;
      EXPECT_TRUE(std::isnan(LogSumExp(logits))) << at << " of " << V;
      logits[at] = INFINITY;
      EXPECT_FALSE(std::isfinite(LogSumExp(logits))) << at << " of " << V;
    }
  }
}

TEST(ArgMax, TakesTheLowestIdOfTheBest) {
  EXPECT_EQ(ArgMax(std::vector<float>{1}), 0);
  EXPECT_EQ(ArgMax(std::vector<float>{1, 3, 2, 3}), 1);
  EXPECT_EQ(ArgMax(std::vector<float>{-5, -5, -5}), 0);
  EXPECT_EQ(ArgMax(std::vector<float>{-INFINITY, -INFINITY, -1e30f}), 2);
  EXPECT_EQ(ArgMax(std::vector<float>{0.0f, -0.0f}), 0);
}

TEST(TopAlternatives, AreTheBestOnesTiesInOrderOfId) {
  const std::vector<float> logits = {1, 5, 3, 5, -2, 3};
  Scratch scratch;
  ASSERT_TRUE(scratch.Resize(logits.size()).ok());
  const double total = LogSumExp(logits);
  const std::vector<Alternative> best = TopAlternatives(logits, total, 4, scratch);
  ASSERT_EQ(best.size(), 4u);
  const int32_t expected[] = {1, 3, 2, 5};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(best[i].token, expected[i]);
    EXPECT_EQ(best[i].logprob, logits[size_t(expected[i])] - total);
  }
  EXPECT_EQ(TopAlternatives(logits, total, 100, scratch).size(), 6u);
  EXPECT_TRUE(TopAlternatives(logits, total, 0, scratch).empty());
  double sum = 0;
  for (const Alternative& alternative : TopAlternatives(logits, total, 6, scratch)) sum += std::exp(alternative.logprob);
  EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(SampleAt, IsTheInverseOfTheDistributionInOrderOfId) {
  // Probabilities 1/8, 1/2, 1/8, 1/4.
  const std::vector<float> scores = {0, std::log(4.0f), 0, std::log(2.0f)};
  const std::pair<double, int32_t> expected[] = {{0, 0},      {0.1249, 0}, {0.1251, 1}, {0.6249, 1},
                                                 {0.6251, 2}, {0.7499, 2}, {0.7501, 3}, {1 - 0x1p-53, 3}};
  for (const auto& [uniform, id] : expected) EXPECT_EQ(SampleAt(scores, uniform), id) << uniform;
}

TEST(SampleAt, DoesNotMindAShiftOfAllScores) {
  Random random(2);
  std::vector<float> scores(50), shifted(50);
  for (size_t i = 0; i < 50; ++i) {
    scores[i] = float(int(random.Below(64))) / 8;  // so that shifting is exact
    shifted[i] = scores[i] - 1024;
  }
  for (int i = 0; i < 1000; ++i) {
    const double uniform = random.Uniform();
    ASSERT_EQ(SampleAt(scores, uniform), SampleAt(shifted, uniform));
  }
}

TEST(SampleAt, NeverTakesATokenThatIsRuledOut) {
  const float out = -INFINITY;
  const std::vector<float> scores = {out, -90, out, 2, -90, out, out};
  for (int i = 0; i <= 1000; ++i) {
    const double uniform = i == 1000 ? 1 - 0x1p-53 : i / 1000.0;
    const int32_t id = SampleAt(scores, uniform);
    EXPECT_TRUE(id == 1 || id == 3 || id == 4) << id;
  }
  const std::vector<float> only = {out, out, -1e30f, out};
  for (double uniform : {0.0, 0.5, 1 - 0x1p-53}) EXPECT_EQ(SampleAt(only, uniform), 2);
}

TEST(SampleAt, MatchesARunningSumOfTheWholeVocabulary) {
  Random random(4);
  for (int i = 0; i < 300; ++i) {
    std::vector<float> scores = random.Normals(1 + random.Below(2000), 3);
    for (float& score : scores) score = random.Below(3) == 0 ? -INFINITY : score;
    scores[random.Below(scores.size())] = 1;
    const double uniform = random.Uniform();
    double total = 0, cumulative = 0;
    for (float score : scores) total += std::exp(double(score));
    size_t expected = 0;
    while (cumulative + std::exp(double(scores[expected])) <= uniform * total) cumulative += std::exp(double(scores[expected++]));
    ASSERT_EQ(SampleAt(scores, uniform), int32_t(expected)) << "of " << scores.size();
  }
}

TEST(SoftMax, IsTheDefinition) {
  Random random(5);
  for (size_t V : {1, 3, 4, 7, 64, 1000}) {
    std::vector<float> scores = random.Normals(V, 4, 100), probabilities(V);
    if (V > 3) scores[V / 2] = -INFINITY;
    SoftMax(scores, probabilities);
    const double total = Definition(scores);
    double entropy = 0;
    for (size_t id = 0; id < V; ++id) {
      const double expected = std::exp(scores[id] - total);
      EXPECT_NEAR(probabilities[id], expected, 1e-6 * expected + 1e-30) << id << " of " << V;
      if (expected > 0) entropy -= expected * (scores[id] - total);
    }
    EXPECT_NEAR(Entropy(scores, probabilities, total), entropy, 1e-5 * (1 + entropy)) << V;
  }
}

TEST(SampleAt, DrawsInProportion) {
  // Chi-square with 15 degrees of freedom stays below 37.7 in 999 of 1000 cases; these draws are always the same.
  Random random(3);
  const size_t V = 16, draws = 40'000;
  const std::vector<float> scores = random.Normals(V, 1.2f);
  const double total = Definition(scores);
  std::vector<int> counts(V);
  for (uint32_t i = 0; i < draws; ++i) ++counts[size_t(SampleAt(scores, UniformAt(11, i % 5, i / 5)))];
  double chi_square = 0;
  for (size_t v = 0; v < V; ++v) {
    const double expected = double(draws) * std::exp(scores[v] - total);
    ASSERT_GT(expected, 5);
    chi_square += (counts[v] - expected) * (counts[v] - expected) / expected;
  }
  EXPECT_LT(chi_square, 37.7);
  EXPECT_GT(chi_square, 3.5) << "too even to be random";
}

}  // namespace
}  // namespace variorum
