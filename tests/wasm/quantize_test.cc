// Half floats, and the q8 quantisation of weights and activations.

#include "kernels/quantize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support.h"

namespace variorum {
namespace {

TEST(HalfToFloat, KnowsEveryKindOfNumber) {
  EXPECT_EQ(HalfToFloat(0x0000), 0.0f);
  EXPECT_TRUE(std::signbit(HalfToFloat(0x8000)));
  EXPECT_EQ(HalfToFloat(0x3c00), 1.0f);
  EXPECT_EQ(HalfToFloat(0xc000), -2.0f);
  EXPECT_EQ(HalfToFloat(0x3555), 0.333251953125f);
  EXPECT_EQ(HalfToFloat(0x7bff), 65504.0f);       // largest
  EXPECT_EQ(HalfToFloat(0x0400), 0x1p-14f);       // smallest normal
  EXPECT_EQ(HalfToFloat(0x03ff), 1023 * 0x1p-24f);  // largest subnormal
  EXPECT_EQ(HalfToFloat(0x0001), 0x1p-24f);       // smallest subnormal
  EXPECT_EQ(HalfToFloat(0x8001), -0x1p-24f);
  EXPECT_EQ(HalfToFloat(0x7c00), INFINITY);
  EXPECT_EQ(HalfToFloat(0xfc00), -INFINITY);
  EXPECT_TRUE(std::isnan(HalfToFloat(0x7e00)));
  EXPECT_TRUE(std::isnan(HalfToFloat(0x7c01)));
}

TEST(HalfToFloat, MatchesTheDefinitionForEveryFiniteHalf) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const uint32_t exponent = bits >> 10 & 31, mantissa = bits & 1023;
    if (exponent == 31) continue;
    const double magnitude = exponent == 0 ? std::ldexp(double(mantissa), -24) : std::ldexp(1024.0 + mantissa, int(exponent) - 25);
    ASSERT_EQ(HalfToFloat(uint16_t(bits)), float(bits & 0x8000 ? -magnitude : magnitude)) << bits;
  }
}

TEST(BFloat16, IsTheUpperHalfOfAFloat) {
  EXPECT_EQ(BFloat16ToFloat(0x3f80), 1.0f);
  EXPECT_EQ(BFloat16ToFloat(0xc040), -3.0f);
  EXPECT_EQ(BFloat16ToFloat(0x7f80), INFINITY);
  EXPECT_TRUE(std::isnan(BFloat16ToFloat(0x7fc0)));
  EXPECT_EQ(std::bit_cast<uint32_t>(BFloat16ToFloat(0x0001)), 0x10000u);  // subnormal
}

TEST(BFloat16, RoundsUpToTheNearest) {
  const float largest = std::numeric_limits<float>::max(), tiniest = std::numeric_limits<float>::denorm_min();
  for (float value : {0.0f, 1.0f, 1.00001f, 0.1f, 3.14159f, 1e-20f, 1e30f, 0x1p-126f, 0x1.fffffep-127f, tiniest}) {
    const uint16_t up = FloatToBFloat16Up(value);
    EXPECT_GE(BFloat16ToFloat(up), value);
    if (up > 0) EXPECT_LT(BFloat16ToFloat(uint16_t(up - 1)), value) << "not the nearest above " << value;
  }
  EXPECT_EQ(FloatToBFloat16Up(0), 0);
  EXPECT_EQ(FloatToBFloat16Up(tiniest), 1);
  EXPECT_EQ(FloatToBFloat16Up(largest), 0x7f80) << "beyond the largest bfloat16 stands infinity";
  EXPECT_EQ(FloatToBFloat16Up(INFINITY), 0x7f80);
}

TEST(BFloat16, KeepsWhatIsABFloat16Already) {
  for (uint32_t bits = 0; bits <= 0x7f80; ++bits) ASSERT_EQ(FloatToBFloat16Up(BFloat16ToFloat(uint16_t(bits))), bits);
}

struct Quantized {
  std::vector<int8_t> values;
  std::vector<float> scales;
};

Quantized Quantize(const std::vector<float>& weights, size_t rows, size_t columns, Layout layout) {
  Quantized result{std::vector<int8_t>(rows * columns), std::vector<float>(layout == Layout::kOutIn ? rows : columns, -1)};
  QuantizeWeights(weights.data(), rows, columns, layout, result.values.data(), result.scales.data());
  return result;
}

TEST(QuantizeWeights, RoundsToTheNearestOfSevenBits) {
  Random random(1);
  for (auto [rows, columns] : {std::pair{1, 1}, {1, 9}, {9, 1}, {7, 5}, {16, 33}, {64, 48}}) {
    const std::vector<float> weights = random.Normals(size_t(rows * columns), 0.2f);
    for (Layout layout : {Layout::kInOut, Layout::kOutIn}) {
      const Quantized q = Quantize(weights, rows, columns, layout);
      for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
          const size_t at = size_t(r * columns + c);
          const float scale = q.scales[layout == Layout::kOutIn ? r : c];
          EXPECT_GE(q.values[at], -63);
          EXPECT_LE(q.values[at], 63);
          EXPECT_LE(std::fabs(double(q.values[at]) * scale - weights[at]), scale * 0.50001) << rows << "×" << columns;
        }
      }
    }
  }
}

TEST(QuantizeWeights, ScalesAreTheSmallestBFloat16ThatFit) {
  Random random(2);
  const size_t rows = 20, columns = 31;
  const std::vector<float> weights = random.Normals(rows * columns);
  const Quantized q = Quantize(weights, rows, columns, Layout::kOutIn);
  for (size_t r = 0; r < rows; ++r) {
    float largest = 0;
    for (size_t c = 0; c < columns; ++c) largest = std::max(largest, std::fabs(weights[r * columns + c]));
    const uint16_t stored = FloatToBFloat16Up(q.scales[r]);
    EXPECT_EQ(BFloat16ToFloat(stored), q.scales[r]) << "a scale is not a bfloat16";
    EXPECT_GE(q.scales[r] * 63, largest * 0.999999f);
    EXPECT_LT(BFloat16ToFloat(uint16_t(stored - 1)) * 63, largest);
  }
}

TEST(QuantizeWeights, LayoutsAgreeUnderTransposition) {
  Random random(3);
  const size_t in = 13, out = 22;
  const std::vector<float> in_out = random.Normals(in * out);
  std::vector<float> out_in(in * out);
  for (size_t i = 0; i < in; ++i) {
    for (size_t o = 0; o < out; ++o) out_in[o * in + i] = in_out[i * out + o];
  }
  const Quantized a = Quantize(in_out, in, out, Layout::kInOut), b = Quantize(out_in, out, in, Layout::kOutIn);
  EXPECT_TRUE(SameBits(a.scales, b.scales));
  for (size_t i = 0; i < in; ++i) {
    for (size_t o = 0; o < out; ++o) EXPECT_EQ(a.values[i * out + o], b.values[o * in + i]);
  }
}

TEST(QuantizeWeights, AChannelOfZerosHasScaleZero) {
  const Quantized q = Quantize({0, 1, -2, 0, 0.5f, 1, -0.0f, 0, 0}, 3, 3, Layout::kInOut);
  EXPECT_EQ(q.scales[0], 0.0f);
  for (size_t i : {0, 3, 6}) EXPECT_EQ(q.values[i], 0);
  EXPECT_EQ(q.values[2], -63);
}

TEST(QuantizeWeights, KnowsVerySmallAndVeryLargeWeights) {
  const float largest = std::numeric_limits<float>::max(), tiniest = std::numeric_limits<float>::denorm_min();
  const Quantized q = Quantize({largest, -largest, tiniest, -tiniest, 1e-38f, -3e-39f}, 3, 2, Layout::kOutIn);
  EXPECT_TRUE(std::isfinite(q.scales[0]));
  EXPECT_EQ(q.values[0], 63);
  EXPECT_EQ(q.values[1], -63);
  for (int8_t value : q.values) EXPECT_LE(std::abs(value), 63);
}

TEST(QuantizeRow, RoundsToTheNearestOfEightBits) {
  Random random(4);
  for (size_t n = 1; n <= 70; ++n) {
    const std::vector<float> x = random.Normals(n, random.Uniform(0.01f, 30));
    std::vector<int8_t> q(n + 4, 99);
    const float scale = QuantizeRow(x.data(), n, q.data());
    float largest = 0;
    for (float v : x) largest = std::max(largest, std::fabs(v));
    EXPECT_EQ(scale, largest / 127);
    int most = 0;
    for (size_t i = 0; i < n; ++i) {
      most = std::max(most, std::abs(int(q[i])));
      EXPECT_LE(std::fabs(q[i] * double(scale) - x[i]), scale * 0.50001) << "n " << n << " i " << i;
    }
    EXPECT_EQ(most, 127);
    for (size_t i = n; i < q.size(); ++i) EXPECT_EQ(q[i], 99) << "wrote past the end, n " << n;
  }
}

TEST(QuantizeRow, AnElementDoesNotDependOnItsPlace) {
  // Vectors and the remainder must round alike: ties to even, the same limits.
  std::vector<float> x;
  for (int i = -254; i <= 254; ++i) x.push_back(float(i) / 2);  // the largest is 127, so the scale is 1
  const size_t n = x.size();
  std::vector<int8_t> q(n), rotated_q(n);
  ASSERT_EQ(QuantizeRow(x.data(), n, q.data()), 1.0f);
  for (size_t i = 0; i < n; ++i) EXPECT_EQ(q[i], int(std::nearbyint(x[i]))) << x[i];
  for (size_t shift = 1; shift < 17; ++shift) {
    std::vector<float> rotated = x;
    std::rotate(rotated.begin(), rotated.begin() + long(shift), rotated.end());
    QuantizeRow(rotated.data(), n, rotated_q.data());
    for (size_t i = 0; i < n; ++i) ASSERT_EQ(rotated_q[i], q[(i + shift) % n]);
  }
}

TEST(QuantizeRow, StaysWithin127ForTheSmallestNumbers) {
  for (float magnitude : {1e-30f, 1e-36f, 1e-37f, 1e-38f, 1e-40f, 1e-44f}) {
    for (size_t n : {3, 16, 19}) {
      std::vector<float> x(n, magnitude);
      for (size_t i = 0; i < n; i += 2) x[i] = -magnitude;
      std::vector<int8_t> q(n);
      const float scale = QuantizeRow(x.data(), n, q.data());
      EXPECT_GE(scale, 0.0f);
      for (int8_t value : q) EXPECT_GE(value, -127) << magnitude;
    }
  }
}

TEST(QuantizeRow, OfZerosHasScaleZero) {
  for (size_t n : {1, 15, 16, 17, 40}) {
    const std::vector<float> x(n, -0.0f);
    std::vector<int8_t> q(n, 99);
    EXPECT_EQ(QuantizeRow(x.data(), n, q.data()), 0.0f);
    EXPECT_EQ(q, std::vector<int8_t>(n, 0));
  }
}

TEST(QuantizeRow, OfARowThatIsNotFiniteHasAScaleThatIsNotFinite) {
  // Else the numbers of a damaged model would look sound behind the next linear layer.
  for (float bad : {float(NAN), float(INFINITY), float(-INFINITY)}) {
    for (size_t n : {1, 3, 4, 7, 16, 23}) {
      for (size_t at = 0; at < n; ++at) {
        std::vector<float> x(n, 0.5f);
        x[at] = bad;
        std::vector<int8_t> q(n);
        EXPECT_FALSE(std::isfinite(QuantizeRow(x.data(), n, q.data()))) << bad << " at " << at << " of " << n;
      }
    }
  }
}

}  // namespace
}  // namespace variorum
