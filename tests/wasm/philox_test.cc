// The counter-based generator against its authors' known answers.

#include "generate/philox.h"

#include <bit>
#include <set>

#include "support.h"

namespace variorum {
namespace {

TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  // kat_vectors of Random123, philox4x32-10.
  EXPECT_EQ(Philox({0, 0, 0, 0}, {0, 0}), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(UniformAt, TakesTheUpperBitsOfTheFirstTwoWords) {
  const uint64_t bits = uint64_t{0x6627e8d5} << 32 | 0xe169c58d;
  EXPECT_EQ(UniformAt(0, 0, 0), double(bits >> 11) / 9007199254740992.0);
}

TEST(UniformAt, StaysBelowOneAndFillsTheInterval) {
  double sum = 0, least = 1, most = 0;
  const int draws = 100'000;
  for (int i = 0; i < draws; ++i) {
    const double u = UniformAt(7, 3, uint32_t(i));
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    least = std::min(least, u);
    most = std::max(most, u);
  }
  EXPECT_NEAR(sum / draws, 0.5, 0.003);
  EXPECT_LT(least, 1e-4);
  EXPECT_GT(most, 1 - 1e-4);
  EXPECT_LT(double(uint64_t{UINT64_MAX} >> 11) * 0x1p-53, 1.0) << "the largest that can be drawn";
}

TEST(UniformAt, EverySeedStreamAndPositionDrawsItsOwn) {
  std::set<double> seen;
  for (uint32_t seed = 0; seed < 10; ++seed) {
    for (uint32_t stream = 0; stream < 10; ++stream) {
      for (uint32_t position = 0; position < 100; ++position) seen.insert(UniformAt(seed, stream, position));
    }
  }
  EXPECT_EQ(seen.size(), 10'000u);
  EXPECT_NE(UniformAt(1, 2, 0), UniformAt(2, 1, 0));
  EXPECT_EQ(UniformAt(1, 2, 3), UniformAt(1, 2, 3));
}

}  // namespace
}  // namespace variorum
