// KeptSequences: what is found again, what is shared, and what is dropped when.

#include "generate/kept_sequences.h"

#include "support.h"

namespace variorum {
namespace {

Sequence Make(SlotPool& pool, size_t length) {
  Sequence sequence(pool);
  for (size_t i = 0; i < length; ++i) sequence.Append();
  return sequence;
}

class KeptSequencesTest : public testing::Test {
 protected:
  void Keep(const std::vector<int32_t>& tokens) { kept_.Add(tokens, Make(pool_, tokens.size())); }
  int32_t Found(const std::vector<int32_t>& tokens) { return kept_.Longest(tokens).length(); }

  SlotPool pool_;
  KeptSequences kept_{pool_};
};

TEST_F(KeptSequencesTest, FindsTheLongestCommonBeginning) {
  Keep({1, 2, 3});
  Keep({1, 2, 4, 5, 6});
  EXPECT_EQ(Found({1, 2, 4, 5, 9}), 4);
  EXPECT_EQ(Found({1, 2, 3, 7, 8}), 3);
  EXPECT_EQ(Found({1, 2}), 2);
  EXPECT_EQ(Found({2, 1}), 0);
  EXPECT_EQ(Found({}), 0);
}

TEST_F(KeptSequencesTest, SharesSlotsAndCopiesNone) {
  Sequence sequence = Make(pool_, 5);
  const std::vector<int32_t> slots(sequence.slots(), sequence.slots() + 5);
  kept_.Add(std::vector<int32_t>{1, 2, 3, 4, 5}, std::move(sequence));
  const Sequence found = kept_.Longest(std::vector<int32_t>{1, 2, 3});
  ASSERT_EQ(found.length(), 3);
  EXPECT_TRUE(std::equal(found.slots(), found.slots() + 3, slots.begin()));
  EXPECT_EQ(pool_.used(), 5u);
  kept_.Clear();
  EXPECT_EQ(pool_.used(), 3u) << "what is in use stays";
}

TEST_F(KeptSequencesTest, ALongerOneTakesThePlaceOfItsBeginnings) {
  Keep({1, 2, 3});
  Keep({1, 2, 9});
  Keep({1, 2, 3, 4});
  EXPECT_EQ(pool_.used(), 7u);
  Keep({1, 2, 3, 4});
  EXPECT_EQ(pool_.used(), 7u);
  EXPECT_EQ(Found({1, 2, 9}), 3);
}

TEST_F(KeptSequencesTest, DropsTheOldestFirst) {
  Keep({1, 1, 1});
  Keep({2, 2, 2});
  Keep({3, 3, 3});
  kept_.Shrink(9);
  EXPECT_EQ(Found({1}), 1);
  kept_.Shrink(8);
  EXPECT_EQ(Found({1}), 0);
  EXPECT_EQ(Found({2}), 1);
  const Sequence in_use = kept_.Longest(std::vector<int32_t>{3, 3, 3});
  kept_.Shrink(0);
  EXPECT_EQ(pool_.used(), 3u);
  EXPECT_EQ(Found({3}), 0);
}

TEST_F(KeptSequencesTest, NothingComputedIsNothingToKeep) {
  Keep({});
  EXPECT_EQ(Found({1}), 0);
}

}  // namespace
}  // namespace variorum
