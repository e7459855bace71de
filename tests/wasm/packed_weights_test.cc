// Packed weights: where every value goes, and that pieces in any order and from any array give the same as the whole.

#include "kernels/packed_weights.h"

#include <algorithm>

#include "support.h"

namespace variorum {
namespace {

constexpr size_t kTile = PackedWeights::kTile;

// Random quantised values [K, N] and scales of a scheme.
struct Values {
  Values(Scheme scheme, size_t K, size_t N, uint32_t seed) : scheme(scheme), K(K), N(N), groups((K + kGroup - 1) / kGroup), values(K * N) {
    Random random(seed);
    const int least = scheme == Scheme::kQ8 ? -kLargestQ8 : kLeastQ4, most = scheme == Scheme::kQ8 ? kLargestQ8 : kLargestQ4;
    for (int8_t& value : values) value = int8_t(least + int(random.Below(size_t(most - least) + 1)));
    scales.resize(groups * N);
    for (uint16_t& scale : scales) scale = FloatToHalf(random.Uniform(0.01f, 2));
  }

  int at(size_t k, size_t n) const { return values[k * N + n]; }
  PackedWeights Whole() const {
    PackedWeights packed;
    EXPECT_TRUE(Succeeds(packed.Create(scheme, K, N)));
    packed.Put({values.data(), N, 1}, 0, K, 0, N);
    if (scheme == Scheme::kQ4) packed.PutScales(scales.data(), N, 0, groups, 0, N);
    return packed;
  }

  Scheme scheme;
  size_t K, N, groups;
  std::vector<int8_t> values;
  std::vector<uint16_t> scales;  // q4: [groups, N]
};

// What stands for input k of channel n, plus its offset: the format as packed_weights.h describes it.
int PackedValue(const PackedWeights& packed, size_t k, size_t n) {
  const uint8_t* tile = packed.tile(n / kTile);
  const size_t channel = n % kTile;
  if (packed.scheme() == Scheme::kQ8) return tile[k / 4 * 32 + channel * 4 + k % 4];
  const uint8_t* half = tile + k / kGroup * PackedWeights::kGroupBytesQ4 + channel / 4 * 64;
  const size_t step = k % kGroup / 4;
  return half[step / 2 * 16 + channel % 4 * 4 + k % 4] >> 4 * (step % 2) & 15;
}

uint16_t PackedScale(const PackedWeights& packed, size_t group, size_t n) {
  const uint8_t* scales = packed.tile(n / kTile) + group * PackedWeights::kGroupBytesQ4 + kTile * kGroup / 2;
  return uint16_t(scales[n % kTile * 2] | scales[n % kTile * 2 + 1] << 8);
}

class PackedWeightsTest : public testing::TestWithParam<Scheme> {
 protected:
  int offset() const { return GetParam() == Scheme::kQ8 ? PackedWeights::kOffsetQ8 : PackedWeights::kOffsetQ4; }

  void ExpectHolds(const PackedWeights& packed, const Values& values) const {
    for (size_t n = 0; n < values.N; ++n) {
      for (size_t k = 0; k < values.K; ++k) ASSERT_EQ(PackedValue(packed, k, n) - offset(), values.at(k, n)) << "k " << k << " n " << n;
      for (size_t g = 0; GetParam() == Scheme::kQ4 && g < values.groups; ++g) {
        ASSERT_EQ(PackedScale(packed, g, n), values.scales[g * values.N + n]) << "group " << g << " n " << n;
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Schemes, PackedWeightsTest, testing::Values(Scheme::kQ8, Scheme::kQ4),
                         [](const auto& info) { return info.param == Scheme::kQ8 ? "Q8" : "Q4"; });

TEST_P(PackedWeightsTest, HoldsEveryValueWhereTheFormatSays) {
  for (size_t K : {1, 3, 4, 5, 8, 31, 32, 33, 64, 100}) {
    for (size_t N : {1, 4, 7, 8, 9, 16, 21}) {
      const Values values(GetParam(), K, N, uint32_t(K * 100 + N));
      const PackedWeights packed = values.Whole();
      EXPECT_EQ(packed.scheme(), GetParam());
      EXPECT_EQ(packed.inputs(), K);
      EXPECT_EQ(packed.channels(), N);
      EXPECT_EQ(packed.tiles(), (N + 7) / 8);
      EXPECT_EQ(packed.padded_inputs() % kGroup, 0u);
      ExpectHolds(packed, values);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(PackedWeightsTest, WhatIsBeyondTheMatrixStaysWithinSevenBits) {
  // The kernels multiply it by zeros or throw the results away, but the relaxed dot product is exact for 0…127 only.
  const Values values(GetParam(), 37, 11, 1);
  const PackedWeights packed = values.Whole();
  for (size_t n = 0; n < packed.tiles() * kTile; ++n) {
    for (size_t k = 0; k < packed.padded_inputs(); ++k) ASSERT_LE(PackedValue(packed, k, n), 127);
  }
}

TEST_P(PackedWeightsTest, PiecesInAnyOrderEqualTheWhole) {
  struct Piece {
    size_t k0, k1, n0, n1;
  };
  for (auto [K, N] : {std::pair{150, 45}, {64, 16}, {33, 9}, {5, 3}}) {
    const Values values(GetParam(), size_t(K), size_t(N), 2);
    std::vector<Piece> pieces;
    for (size_t k = 0; k < values.K; k += 2 * kGroup) {
      for (size_t n = 0; n < values.N; n += 3 * kTile) {
        pieces.push_back({k, std::min(values.K, k + 2 * kGroup), n, std::min(values.N, n + 3 * kTile)});
      }
    }
    Random(3).Shuffle(pieces);
    PackedWeights packed;
    ASSERT_TRUE(Succeeds(packed.Create(GetParam(), values.K, values.N)));
    for (const Piece& p : pieces) packed.Put({&values.values[p.k0 * values.N + p.n0], values.N, 1}, p.k0, p.k1, p.n0, p.n1);
    if (GetParam() == Scheme::kQ4) {
      for (const Piece& p : pieces) {
        const size_t g0 = p.k0 / kGroup, g1 = (p.k1 + kGroup - 1) / kGroup;
        packed.PutScales(&values.scales[g0 * values.N + p.n0], values.N, g0, g1, p.n0, p.n1);
      }
    }
    ExpectHolds(packed, values);
  }
}

TEST_P(PackedWeightsTest, AnArrayMayHaveAnyStrides) {
  const Values values(GetParam(), 77, 27, 4);
  for (auto [k_stride, n_stride] : {std::pair{size_t{27}, size_t{1}},
                                    {size_t{64}, size_t{1}},
                                    {size_t{1}, size_t{77}},
                                    {size_t{1}, size_t{80}},
                                    {size_t{55}, size_t{2}},
                                    {size_t{3}, size_t{240}}}) {
    std::vector<int8_t> array(77 * k_stride + 27 * n_stride + 16, 99);
    for (size_t k = 0; k < 77; ++k) {
      for (size_t n = 0; n < 27; ++n) array[k * k_stride + n * n_stride] = int8_t(values.at(k, n));
    }
    PackedWeights packed;
    ASSERT_TRUE(Succeeds(packed.Create(GetParam(), 77, 27)));
    packed.Put({array.data(), k_stride, n_stride}, 0, 77, 0, 27);
    if (GetParam() == Scheme::kQ4) packed.PutScales(values.scales.data(), 27, 0, values.groups, 0, 27);
    ExpectHolds(packed, values);
  }
}

TEST_P(PackedWeightsTest, ReportsThatMemoryRanOut) {
  PackedWeights packed;
  EXPECT_TRUE(FailsWith(packed.Create(GetParam(), 60'000, 60'000), Code::kOutOfMemory, "Not enough memory"));
}

TEST(PackedWeights, ARowIsItsChannelDequantised) {
  const Values values(Scheme::kQ8, 37, 19, 5);
  PackedWeights packed = values.Whole();
  for (size_t n = 0; n < 19; ++n) packed.scales()[n] = 0.25f * float(n);
  for (size_t n = 0; n < 19; ++n) {
    std::vector<float> row(37 + 4, 123.0f);
    packed.Row(n, row.data());
    for (size_t k = 0; k < 37; ++k) EXPECT_EQ(row[k], float(values.at(k, n)) * 0.25f * float(n));
    for (size_t k = 37; k < row.size(); ++k) EXPECT_EQ(row[k], 123.0f) << "wrote past the end";
  }
}

}  // namespace
}  // namespace variorum
