// Weights of 7 and 4 bits: scales that can be stored, values in their range, and an error no larger than need be.

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/packed_weights.h"
#include "kernels/quantize.h"
#include "support.h"

namespace variorum {
namespace {

// One block of output channels, quantised.
struct Block {
  Block(Scheme scheme, std::vector<float> weights) : scheme(scheme), K(weights.size() / kBlock), weights(std::move(weights)) {
    values.assign(K * kBlock + 16, 99);
    scales.assign((scheme == Scheme::kQ8 ? 1 : (K + kGroup - 1) / kGroup) * kBlock, -1);
    if (scheme == Scheme::kQ8) {
      QuantizeQ8(this->weights.data(), K, values.data(), scales.data());
    } else {
      std::vector<uint16_t> halves(scales.size());
      QuantizeQ4(this->weights.data(), K, values.data(), halves.data());
      std::transform(halves.begin(), halves.end(), scales.begin(), HalfToFloat);
    }
    for (size_t i = K * kBlock; i < values.size(); ++i) EXPECT_EQ(values[i], 99) << "wrote past the end";
  }

  int least() const { return scheme == Scheme::kQ8 ? -kLargestQ8 : kLeastQ4; }
  int most() const { return scheme == Scheme::kQ8 ? kLargestQ8 : kLargestQ4; }
  size_t group() const { return scheme == Scheme::kQ8 ? K : kGroup; }  // weights of a channel that share a scale
  float weight(size_t k, size_t n) const { return weights[k * kBlock + n]; }
  int value(size_t k, size_t n) const { return values[k * kBlock + n]; }
  float scale(size_t k, size_t n) const { return scales[k / group() * kBlock + n]; }

  // The scale that holds the largest of the weights which share one, as it is stored: bfloat16 is coarse, so q8 starts a little
  // above it. And the squared error with a scale.
  float MaximumScale(size_t k0, size_t n) const {
    float largest = 0;
    for (size_t k = k0; k < std::min(K, k0 + group()); ++k) largest = std::max(largest, std::fabs(weight(k, n)));
    const float exact = largest / float(most());
    return scheme == Scheme::kQ4 ? HalfToFloat(FloatToHalf(exact)) : BFloat16ToFloat(FloatToBFloat16(exact * 1.004f));
  }
  double Error(size_t k0, size_t n, float scale) const {
    double error = 0;
    for (size_t k = k0; k < std::min(K, k0 + group()); ++k) {
      const double rounded = scale == 0 ? 0 : std::clamp(std::nearbyint(weight(k, n) / scale), float(least()), float(most()));
      error += (weight(k, n) - rounded * scale) * (weight(k, n) - rounded * scale);
    }
    return error;
  }

  Scheme scheme;
  size_t K;
  std::vector<float> weights;  // [K, kBlock]
  std::vector<int8_t> values;
  std::vector<float> scales;  // [1 or groups, kBlock]
};

class QuantizeWeights : public testing::TestWithParam<Scheme> {};

INSTANTIATE_TEST_SUITE_P(Schemes, QuantizeWeights, testing::Values(Scheme::kQ8, Scheme::kQ4),
                         [](const auto& info) { return info.param == Scheme::kQ8 ? "Q8" : "Q4"; });

TEST_P(QuantizeWeights, RoundsToTheNearestWithinItsRange) {
  Random random(1);
  for (size_t K : {1, 2, 7, 31, 32, 33, 64, 100}) {
    const Block block(GetParam(), random.Normals(K * kBlock, 0.2f));
    for (size_t k = 0; k < K; ++k) {
      for (size_t n = 0; n < kBlock; ++n) {
        const float scale = block.scale(k, n);
        const float exact = std::clamp(block.weight(k, n) / scale, float(block.least()), float(block.most()));
        ASSERT_GE(block.value(k, n), block.least());
        ASSERT_LE(block.value(k, n), block.most());
        ASSERT_LE(std::fabs(float(block.value(k, n)) - exact), 0.5001f) << "K " << K;
      }
    }
  }
}

TEST_P(QuantizeWeights, ScalesCanBeStoredAsTheyAre) {
  Random random(2);
  for (float deviation : {1e-4f, 0.02f, 1.0f, 300.0f}) {
    for (float scale : Block(GetParam(), random.Normals(70 * kBlock, deviation)).scales) {
      const float stored = GetParam() == Scheme::kQ8 ? BFloat16ToFloat(FloatToBFloat16(scale)) : HalfToFloat(FloatToHalf(scale));
      EXPECT_EQ(stored, scale);
      EXPECT_GT(scale, 0.0f);
    }
  }
}

TEST_P(QuantizeWeights, TheErrorIsNotLargerThanWithTheScaleOfTheMaximum) {
  Random random(3);
  double total = 0, of_maximum = 0;
  for (size_t K : {5, 32, 96, 400}) {
    for (int heavy_tails = 0; heavy_tails < 2; ++heavy_tails) {
      std::vector<float> weights = random.Normals(K * kBlock, 0.1f);
      if (heavy_tails) {
        for (float& w : weights) w = w * w * w * 100;
      }
      const Block block(GetParam(), weights);
      for (size_t n = 0; n < kBlock; ++n) {
        for (size_t k = 0; k < K; k += block.group()) {
          const double error = block.Error(k, n, block.scale(k, n)), maximum = block.Error(k, n, block.MaximumScale(k, n));
          EXPECT_LE(error, maximum * 1.0001) << "K " << K << " channel " << n;
          total += error;
          of_maximum += maximum;
        }
      }
    }
  }
  EXPECT_LT(total, of_maximum) << "the search for a scale is of no use";
}

TEST_P(QuantizeWeights, ZerosStayZerosAndHaveScaleZero) {
  Random random(4);
  const size_t K = 40;
  std::vector<float> weights = random.Normals(K * kBlock);
  for (size_t k = 0; k < K; ++k) weights[k * kBlock + 6] = k % 2 == 0 ? 0.0f : -0.0f;  // a channel
  for (size_t n = 0; n < kBlock; ++n) weights[3 * kBlock + n] = 0;                     // an input
  const Block block(GetParam(), weights);
  for (size_t k = 0; k < K; ++k) {
    EXPECT_EQ(block.value(k, 6), 0);
    EXPECT_EQ(block.scale(k, 6), 0.0f);
  }
  for (size_t n = 0; n < kBlock; ++n) EXPECT_EQ(block.value(3, n), 0);
}

TEST_P(QuantizeWeights, AChannelDoesNotDependOnItsNeighbours) {
  Random random(5);
  const size_t K = 50;
  const std::vector<float> weights = random.Normals(K * kBlock);
  std::vector<float> rotated(weights.size());
  for (size_t k = 0; k < K; ++k) {
    for (size_t n = 0; n < kBlock; ++n) rotated[k * kBlock + (n + 5) % kBlock] = weights[k * kBlock + n];
  }
  const Block a(GetParam(), weights), b(GetParam(), rotated);
  for (size_t k = 0; k < K; ++k) {
    for (size_t n = 0; n < kBlock; ++n) {
      ASSERT_EQ(a.value(k, n), b.value(k, (n + 5) % kBlock));
      ASSERT_EQ(a.scale(k, n), b.scale(k, (n + 5) % kBlock));
    }
  }
}

TEST_P(QuantizeWeights, KnowsVerySmallAndVeryLargeWeights) {
  const float largest = std::numeric_limits<float>::max(), tiniest = std::numeric_limits<float>::denorm_min();
  for (float magnitude : {tiniest, 1e-38f, 1e-20f, 1e-7f, 1e4f, 1e6f, 1e20f, largest}) {
    const size_t K = 3;
    std::vector<float> weights(K * kBlock, magnitude);
    for (size_t n = 0; n < kBlock; ++n) weights[kBlock + n] = -magnitude;
    const Block block(GetParam(), weights);
    for (size_t n = 0; n < kBlock; ++n) {
      EXPECT_TRUE(std::isfinite(block.scale(0, n))) << magnitude;
      for (size_t k = 0; k < K; ++k) {
        EXPECT_GE(block.value(k, n), block.least()) << magnitude;
        EXPECT_LE(block.value(k, n), block.most()) << magnitude;
        // What is too small for a stored scale becomes zero; nothing else does.
        if (magnitude >= 1e-6f) EXPECT_EQ(block.value(k, n) > 0, k != 1) << magnitude;
      }
    }
  }
}

}  // namespace
}  // namespace variorum
