// The MLP's activation functions against their definitions, and the exp that they and attention stand on.

#include "kernels/activation.h"

#include <cmath>
#include <string>

#include "kernels/simd_math.h"
#include "support.h"

namespace variorum {
namespace {

float ExpOf(float x) { return wasm_f32x4_extract_lane(Exp(wasm_f32x4_splat(x)), 0); }

// Distance from the true value in units of the last place of a float near it.
double UlpError(float got, double expected) {
  const float rounded = float(expected);
  return std::fabs(double(got) - expected) / (std::nextafter(rounded, INFINITY) - rounded);
}

TEST(Exp, IsWithinTwoUnitsInTheLastPlace) {
  double worst = 0;
  float worst_x = 0;
  const int steps = 400'000;
  for (int i = 0; i <= steps; ++i) {
    const float x = float(-87.3 + 175.6 * i / steps);
    const double error = UlpError(ExpOf(x), std::exp(double(std::fmin(88.3f, std::fmax(-87.3f, x)))));
    if (error > worst) worst = error, worst_x = x;
  }
  EXPECT_LE(worst, 2.0) << "at " << worst_x;
  EXPECT_EQ(ExpOf(0), 1.0f);
  EXPECT_EQ(ExpOf(-0.0f), 1.0f);
}

TEST(Exp, ClampsWhatAFloatCannotHold) {
  for (float x : {-88.0f, -1e3f, -1e30f, -INFINITY}) {
    EXPECT_GT(ExpOf(x), 0.0f);
    EXPECT_LT(ExpOf(x), 1.3e-38f);
  }
  for (float x : {88.4f, 1e3f, 1e30f, INFINITY}) {
    EXPECT_GT(ExpOf(x), 2e38f);
    EXPECT_TRUE(std::isfinite(ExpOf(x)));
  }
}

TEST(Exp, OfNaNIsNaN) { EXPECT_TRUE(std::isnan(ExpOf(NAN))); }

TEST(Exp, TreatsEveryLaneAlike) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    float x[4], y[4];
    for (float& v : x) v = random.Uniform(-90, 90);
    wasm_v128_store(y, Exp(wasm_v128_load(x)));
    for (int lane = 0; lane < 4; ++lane) EXPECT_EQ(y[lane], ExpOf(x[lane]));
  }
}

class ActivationTest : public testing::TestWithParam<Activation> {};

TEST_P(ActivationTest, MatchesItsDefinitionOverAWideRange) {
  std::vector<float> x;
  for (int i = -4000; i <= 4000; ++i) x.push_back(float(i) / 200);
  for (float v : {1e-30f, 1e-10f, 1e-5f, 21.0f, 50.0f, 100.0f, 1e4f, 1e10f, 1e20f, 1e30f}) {
    x.push_back(v);
    x.push_back(-v);
  }
  std::vector<float> y = x, expected = x;
  Activate(GetParam(), y.data(), y.size());
  ActivateReference(GetParam(), expected.data(), expected.size());
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(y[i], expected[i], 1e-6 * std::fmax(1, std::fabs(expected[i]))) << "x " << x[i];
  }
}

TEST_P(ActivationTest, HandlesEveryRemainderAndStaysInside) {
  Random random(2);
  for (size_t n = 0; n <= 33; ++n) {
    std::vector<float> x = random.Normals(n, 3), y = x;
    y.insert(y.end(), 4, -123.0f);
    Activate(GetParam(), y.data(), n);
    for (size_t i = 0; i < n; ++i) {
      float alone = x[i];
      Activate(GetParam(), &alone, 1);
      EXPECT_EQ(y[i], alone) << "an element depends on its place: " << i << " of " << n;
    }
    for (size_t i = n; i < y.size(); ++i) EXPECT_EQ(y[i], -123.0f) << "wrote past the end, n " << n;
  }
}

TEST_P(ActivationTest, LetsNaNThrough) {
  for (size_t n : {1, 4, 7}) {
    std::vector<float> x(n, 1.0f);
    x[n - 1] = NAN;
    Activate(GetParam(), x.data(), n);
    EXPECT_TRUE(std::isnan(x[n - 1]));
  }
}

std::string NameOf(const testing::TestParamInfo<Activation>& info) {
  switch (info.param) {
    case Activation::kGeluTanh: return "GeluTanh";
    case Activation::kGeluErf: return "GeluErf";
    case Activation::kRelu: return "Relu";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(All, ActivationTest, testing::Values(Activation::kGeluTanh, Activation::kGeluErf, Activation::kRelu), NameOf);

TEST(Activation, TheTanhGeluKeepsItsRelativePrecisionBelowZero) {
  for (float x = -5; x < 0; x += 0.01f) {
    float y = x, expected = x;
    Activate(Activation::kGeluTanh, &y, 1);
    ActivateReference(Activation::kGeluTanh, &expected, 1);
    EXPECT_NEAR(y / expected, 1, 1e-5) << "x " << x;
  }
}

TEST(Activation, TheTwoGelusAreNotTheSame) {
  // At 1: 0.841192 (tanh), 0.841345 (erf). Confusing them passes smoke tests.
  float tanh_form = 1, erf_form = 1;
  Activate(Activation::kGeluTanh, &tanh_form, 1);
  Activate(Activation::kGeluErf, &erf_form, 1);
  EXPECT_NEAR(tanh_form, 0.841192, 1e-6);
  EXPECT_NEAR(erf_form, 0.841345, 1e-6);
}

}  // namespace
}  // namespace variorum
