// The integer kernels' own parts: the dot product, which is the same integers however it is computed, rows as they are
// quantised for it, and products of some of a matrix's tiles. What they compute is tested in linear_test.cc.

#include "kernels/integer_gemm.h"

#include <algorithm>
#include <cmath>

#include "kernels/dot.h"
#include "support.h"

namespace variorum {
namespace {

template <typename Dot>
class DotTest : public testing::Test {};

#ifdef __wasm_relaxed_simd__
using Dots = testing::Types<FusedDot, SplitDot>;
template <typename Dot>
bool IsUsed() {
  return !std::is_same_v<Dot, FusedDot> || FusedDotIsNative();
}
#else
using Dots = testing::Types<ExactDot>;
template <typename Dot>
bool IsUsed() {
  return true;
}
#endif
TYPED_TEST_SUITE(DotTest, Dots);

// Adds up `steps` dot products of 4 channels; expects what a plain loop gives.
template <typename Dot>
void ExpectExact(const std::vector<uint8_t>& weights, const std::vector<int8_t>& activations, size_t steps) {
  v128_t sums[Dot::kParts];
  for (v128_t& sum : sums) sum = wasm_i32x4_splat(0);
  int32_t expected[4] = {};
  for (size_t s = 0; s < steps; ++s) {
    v128_t parts[Dot::kParts];
    Dot::Expand(wasm_v128_load(&weights[s * 16]), parts);
    const v128_t a = Dot::Activations(wasm_v128_load32_splat(&activations[s * 4]));
    for (size_t i = 0; i < Dot::kParts; ++i) sums[i] = Dot::Add(sums[i], parts[i], a);
    for (size_t channel = 0; channel < 4; ++channel) {
      for (size_t k = 0; k < 4; ++k) expected[channel] += int32_t(weights[s * 16 + channel * 4 + k]) * activations[s * 4 + k];
    }
  }
  int32_t got[4];
  wasm_v128_store(got, Dot::Reduce(sums));
  for (size_t channel = 0; channel < 4; ++channel) ASSERT_EQ(got[channel], expected[channel]) << "channel " << channel;
}

TYPED_TEST(DotTest, GivesTheIntegersOfAPlainLoop) {
  if (!IsUsed<TypeParam>()) GTEST_SKIP() << "this CPU's engine takes SplitDot";
  Random random(1);
  for (size_t steps : {1, 2, 64, 768}) {
    std::vector<uint8_t> weights(steps * 16);
    std::vector<int8_t> activations(steps * 4);
    for (int i = 0; i < 20; ++i) {
      for (uint8_t& w : weights) w = uint8_t(random.Below(128));
      for (int8_t& a : activations) a = int8_t(random.Below(256));
      ExpectExact<TypeParam>(weights, activations, steps);
    }
    for (int activation : {-128, -127, 0, 127}) {  // the extremes, where sums of two products are largest
      for (int weight : {0, 1, 127}) {
        ExpectExact<TypeParam>(std::vector<uint8_t>(steps * 16, uint8_t(weight)), std::vector<int8_t>(steps * 4, int8_t(activation)),
                               steps);
      }
    }
  }
}

TEST(QuantizedRows, HoldTheRowItsScaleAndItsSums) {
  Random random(2);
  QuantizedRows rows;
  for (size_t width : {100, 1, 3, 4, 31, 32, 33, 48, 64, 200}) {  // up and down: what a wider row left must not be seen
    ASSERT_TRUE(Succeeds(rows.Resize(5, width)));
    EXPECT_EQ(rows.width(), width);
    EXPECT_EQ(rows.stride(), (width + kGroup - 1) / kGroup * kGroup);
    for (size_t r : {3, 0, 4, 1, 2}) {
      const std::vector<float> x = random.Normals(width, float(r + 1));
      rows.Set(r, x.data());
      std::vector<int8_t> q(width);
      EXPECT_EQ(rows.scale(r), QuantizeRow(x.data(), width, q.data()));
      int32_t sum = 0;
      for (size_t g = 0; g < rows.stride() / kGroup; ++g) {
        int32_t group = 0;
        for (size_t i = g * kGroup; i < (g + 1) * kGroup; ++i) {
          ASSERT_EQ(rows.row(r)[i], i < width ? q[i] : 0) << "width " << width << " i " << i;
          group += rows.row(r)[i];
        }
        EXPECT_EQ(rows.group_sums(r)[g], group);
        sum += group;
      }
      EXPECT_EQ(rows.sum(r), sum);
    }
  }
}

TEST(QuantizedRows, SumsOfTheLargestNumbersDoNotOverflow) {
  for (float value : {1.0f, -1.0f}) {
    QuantizedRows rows;
    ASSERT_TRUE(Succeeds(rows.Resize(1, 4096)));
    const std::vector<float> x(4096, value);
    rows.Set(0, x.data());
    EXPECT_EQ(rows.sum(0), int(value) * 127 * 4096);
    for (size_t g = 0; g < 4096 / kGroup; ++g) EXPECT_EQ(rows.group_sums(0)[g], int(value) * 127 * int(kGroup));
  }
}

TEST(Multiply, ComputesTheTilesItIsAskedForAndNoOthers) {
  Random random(3);
  const size_t K = 70, N = 43, R = 7;
  for (Scheme scheme : {Scheme::kQ8, Scheme::kQ4}) {
    std::vector<int8_t> values(K * N);
    for (int8_t& value : values) value = int8_t(int(random.Below(16)) + kLeastQ4);
    PackedWeights weights;
    ASSERT_TRUE(Succeeds(weights.Create(scheme, K, N)));
    weights.Put({values.data(), N, 1}, 0, K, 0, N);
    const std::vector<uint16_t> halves(3 * N, FloatToHalf(0.5f));
    if (scheme == Scheme::kQ4) weights.PutScales(halves.data(), N, 0, 3, 0, N);
    else std::fill_n(weights.scales(), N, 0.5f);
    QuantizedRows x;
    ASSERT_TRUE(Succeeds(x.Resize(R, K)));
    for (size_t r = 0; r < R; ++r) x.Set(r, random.Normals(K).data());

    std::vector<float> whole(R * N, NAN);
    Multiply({&x, R, &weights, nullptr, whole.data(), Epilogue::Store()}, 0, weights.tiles());
    for (auto [t0, t1] : {std::pair{size_t{0}, size_t{1}}, {size_t{2}, size_t{4}}, {size_t{5}, size_t{6}}, {size_t{3}, size_t{3}}}) {
      std::vector<float> some(R * N, 123.0f), expected(R * N, 123.0f);
      for (size_t r = 0; r < R; ++r) {
        for (size_t n = t0 * 8; n < std::min(N, t1 * 8); ++n) expected[r * N + n] = whole[r * N + n];
      }
      Multiply({&x, R, &weights, nullptr, some.data(), Epilogue::Store()}, t0, t1);
      EXPECT_TRUE(SameBits(some, expected)) << "tiles " << t0 << "…" << t1;
    }
  }
}

}  // namespace
}  // namespace variorum
