// LayerNorm against its definition.

#include "kernels/layer_norm.h"

#include <cmath>

#include "support.h"

namespace variorum {
namespace {

using Floats = std::vector<float>;

void ExpectDefinition(const Floats& x, const Floats& gain, const Floats& bias, float epsilon) {
  const size_t C = x.size();
  std::vector<float> y(C + 4, 123.0f), expected(C);
  LayerNorm(x.data(), gain.data(), bias.data(), epsilon, C, y.data());
  LayerNormReference(x.data(), gain.data(), bias.data(), epsilon, C, expected.data());
  for (size_t i = 0; i < C; ++i) {
    const double tolerance = 2e-6 * (1 + std::fabs(expected[i]) + std::fabs(gain[i]) * std::sqrt(float(C)));
    EXPECT_NEAR(y[i], expected[i], tolerance) << "C " << C << " i " << i;
  }
  for (size_t i = C; i < y.size(); ++i) EXPECT_EQ(y[i], 123.0f) << "wrote past the end, C " << C;
}

TEST(LayerNorm, MatchesItsDefinitionForAnyWidth) {
  Random random(1);
  for (size_t C : {1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 48, 63, 100, 257, 768, 1023}) {
    ExpectDefinition(random.Normals(C), random.Normals(C, 0.5f, 1), random.Normals(C), 1e-5f);
  }
}

TEST(LayerNorm, KeepsItsPrecisionFarFromZero) {
  // The textbook E[x²] − E[x]² would lose everything here.
  Random random(2);
  std::vector<float> x = random.Normals(99, 0.25f, 0);
  for (float& v : x) v = 4096 + std::round(v * 64) / 64;  // exact in a float
  std::vector<float> y(99), expected(99);
  const std::vector<float> gain(99, 1.0f), bias(99, 0.0f);
  LayerNorm(x.data(), gain.data(), bias.data(), 1e-5f, 99, y.data());
  LayerNormReference(x.data(), gain.data(), bias.data(), 1e-5f, 99, expected.data());
  for (size_t i = 0; i < 99; ++i) EXPECT_NEAR(y[i], expected[i], 5e-3);
}

TEST(LayerNorm, OfAConstantRowIsTheBias) {
  Random random(3);
  for (size_t C : {1, 7, 64}) {
    const std::vector<float> x(C, 3.0f), gain = random.Normals(C), bias = random.Normals(C);
    std::vector<float> y(C);
    LayerNorm(x.data(), gain.data(), bias.data(), 1e-5f, C, y.data());
    EXPECT_TRUE(SameBits(y, bias));
  }
}

TEST(LayerNorm, UsesItsEpsilon) {
  const std::vector<float> x = {-1e-3f, 1e-3f, -1e-3f, 1e-3f, 1e-3f, -1e-3f}, gain(6, 1.0f), bias(6, 0.0f);
  for (float epsilon : {1e-12f, 1e-6f, 1e-5f, 1.0f}) ExpectDefinition(x, gain, bias, epsilon);
}

TEST(LayerNorm, WorksInPlace) {
  Random random(4);
  for (size_t C : {5, 32, 77}) {
    std::vector<float> x = random.Normals(C), y(C);
    const std::vector<float> gain = random.Normals(C), bias = random.Normals(C);
    LayerNorm(x.data(), gain.data(), bias.data(), 1e-5f, C, y.data());
    LayerNorm(x.data(), gain.data(), bias.data(), 1e-5f, C, x.data());
    EXPECT_TRUE(SameBits(x, y));
  }
}

TEST(LayerNorm, SpreadsANaNOverTheRow) {
  const std::vector<float> gain(9, 1.0f), bias(9, 0.0f);
  for (size_t at = 0; at < 9; ++at) {
    std::vector<float> x(9, 1.0f), y(9);
    x[at] = NAN;
    LayerNorm(x.data(), gain.data(), bias.data(), 1e-5f, 9, y.data());
    for (float v : y) EXPECT_TRUE(std::isnan(v));
  }
}

}  // namespace
}  // namespace variorum
