// Half floats, and activations of 8 bits.

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

TEST(BFloat16, RoundsToTheNearestAndTiesToEven) {
  // Every positive finite number of this type, its successor, and what lies between them; signs change nothing.
  for (uint32_t bits = 0; bits < 0x7f80; ++bits) {
    const uint32_t up = bits + 1, even = bits % 2 == 0 ? bits : up;
    for (auto [between, expected] : {std::pair{0u, bits}, {1u, bits}, {0x7fffu, bits}, {0x8000u, even}, {0x8001u, up}, {0xffffu, up}}) {
      const uint32_t value = bits << 16 | between;
      ASSERT_EQ(FloatToBFloat16(std::bit_cast<float>(value)), expected) << std::hex << value;
      ASSERT_EQ(FloatToBFloat16(std::bit_cast<float>(value | 0x80000000)), expected | 0x8000) << std::hex << value;
    }
  }
  EXPECT_EQ(FloatToBFloat16(std::numeric_limits<float>::max()), 0x7f80) << "beyond the largest bfloat16 stands infinity";
  EXPECT_EQ(FloatToBFloat16(INFINITY), 0x7f80);
}

TEST(FloatToHalf, GivesBackEveryHalf) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = HalfToFloat(uint16_t(bits));
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(HalfToFloat(FloatToHalf(value)))) << bits;
    } else {
      ASSERT_EQ(FloatToHalf(value), bits);
    }
  }
}

TEST(FloatToHalf, RoundsToTheNearestAndTiesToEven) {
  // Between every two neighbours, subnormals and the step beyond the largest included: 0x7c00 is infinity, where 65536 would stand.
  for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const float low = HalfToFloat(uint16_t(bits)), high = bits + 1 == 0x7c00 ? 65536.0f : HalfToFloat(uint16_t(bits + 1));
    const float middle = (low + high) / 2;  // exact
    const uint32_t up = bits + 1, even = bits % 2 == 0 ? bits : up;
    for (auto [value, expected] : {std::pair{std::nextafter(low, high), bits},
                                   {std::nextafter(middle, low), bits},
                                   {middle, even},
                                   {std::nextafter(middle, high), up},
                                   {std::nextafter(high, low), up}}) {
      ASSERT_EQ(FloatToHalf(value), expected) << value;
      ASSERT_EQ(FloatToHalf(-value), expected | 0x8000) << value;
    }
  }
}

TEST(FloatToHalf, KnowsWhatIsBeyondItsRange) {
  for (float value : {65520.0f, 65536.0f, 1e30f, std::numeric_limits<float>::max(), INFINITY}) {
    EXPECT_EQ(FloatToHalf(value), 0x7c00) << value;
    EXPECT_EQ(FloatToHalf(-value), 0xfc00) << value;
  }
  EXPECT_EQ(FloatToHalf(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(FloatToHalf(-1e-30f), 0x8000);
  EXPECT_TRUE(std::isnan(HalfToFloat(FloatToHalf(NAN))));
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
  for (float bad : {NAN, INFINITY, -INFINITY}) {
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
