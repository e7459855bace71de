// SlotPool and Sequence: who holds which cache slot.

#include "model/sequence.h"

#include <algorithm>
#include <set>

#include "support.h"

namespace variorum {
namespace {

std::vector<int32_t> Slots(const Sequence& sequence) { return {sequence.slots(), sequence.slots() + sequence.length()}; }

TEST(SlotPool, GivesOutDenseNumbersAndReusesFreedOnes) {
  SlotPool pool;
  EXPECT_EQ(pool.used(), 0u);
  for (int32_t i = 0; i < 5; ++i) EXPECT_EQ(pool.Acquire(), i);
  EXPECT_EQ(pool.used(), 5u);
  pool.Release(1);
  pool.Release(3);
  EXPECT_EQ(pool.used(), 3u);
  const std::set<int32_t> again = {pool.Acquire(), pool.Acquire()};
  EXPECT_EQ(again, (std::set<int32_t>{1, 3}));
  EXPECT_EQ(pool.Acquire(), 5);
  EXPECT_EQ(pool.capacity(), 6u);
}

TEST(SlotPool, ASlotIsFreeWhenItsLastReferenceIs) {
  SlotPool pool;
  const int32_t slot = pool.Acquire();
  pool.Retain(slot);
  pool.Retain(slot);
  pool.Release(slot);
  pool.Release(slot);
  EXPECT_EQ(pool.used(), 1u);
  EXPECT_NE(pool.Acquire(), slot);
  pool.Release(slot);
  EXPECT_EQ(pool.Acquire(), slot);
  pool.Release(slot);  // a reused slot starts from one reference
  EXPECT_EQ(pool.used(), 1u);
}

TEST(SlotPool, StartsFromZeroOnceAllSlotsAreReleased) {
  SlotPool pool;
  for (int i = 0; i < 10; ++i) pool.Acquire();
  for (int32_t slot = 0; slot < 10; ++slot) pool.Release(slot);
  EXPECT_EQ(pool.capacity(), 0u);
  EXPECT_EQ(pool.Acquire(), 0);
  EXPECT_EQ(pool.Acquire(), 1);
  EXPECT_EQ(pool.capacity(), 2u);
}

TEST(SlotPool, RemembersTheMostThatWereInUse) {
  SlotPool pool;
  EXPECT_EQ(pool.peak(), 0u);
  for (int i = 0; i < 4; ++i) pool.Acquire();
  for (int32_t slot = 0; slot < 3; ++slot) pool.Release(slot);
  EXPECT_EQ(pool.peak(), 4u);
  pool.ResetPeak();
  EXPECT_EQ(pool.peak(), 1u) << "what is still held counts";
  pool.Acquire();
  EXPECT_EQ(pool.peak(), 2u) << "a reused slot counts as a new one";
}

TEST(Sequence, AppendsPositionsFromZero) {
  SlotPool pool;
  Sequence sequence(pool);
  EXPECT_EQ(sequence.length(), 0);
  for (int32_t position = 0; position < 40; ++position) EXPECT_EQ(sequence.Append(), position);
  EXPECT_EQ(sequence.length(), 40);
  EXPECT_EQ(pool.used(), 40u);
  const std::vector<int32_t> slots = Slots(sequence);
  EXPECT_EQ(std::set(slots.begin(), slots.end()).size(), 40u) << "two positions in one slot";
}

TEST(Sequence, AForkSharesWhatWasAndOwnsWhatComes) {
  SlotPool pool;
  Sequence prompt(pool);
  for (int i = 0; i < 10; ++i) prompt.Append();
  std::vector<Sequence> variants;
  for (int v = 0; v < 3; ++v) {
    variants.push_back(prompt.Fork());
    EXPECT_EQ(Slots(variants[size_t(v)]), Slots(prompt));
  }
  EXPECT_EQ(pool.used(), 10u) << "a fork takes no slots";
  for (int step = 0; step < 4; ++step) {
    for (Sequence& variant : variants) variant.Append();
  }
  EXPECT_EQ(pool.used(), 10u + 3 * 4);
  std::set<int32_t> tails;
  for (const Sequence& variant : variants) tails.insert(variant.slots() + 10, variant.slots() + 14);
  EXPECT_EQ(tails.size(), 12u);
  EXPECT_EQ(prompt.length(), 10);
}

TEST(Sequence, SharedSlotsLiveAsLongAsAnyoneHoldsThem) {
  SlotPool pool;
  Sequence prompt(pool);
  for (int i = 0; i < 5; ++i) prompt.Append();
  Sequence a = prompt.Fork();
  {
    Sequence b = a.Fork();
    b.Append();
    EXPECT_EQ(pool.used(), 6u);
  }
  EXPECT_EQ(pool.used(), 5u) << "the destructor frees what it alone held";
  prompt.Clear();
  EXPECT_EQ(prompt.length(), 0);
  EXPECT_EQ(pool.used(), 5u);
  a.Clear();
  EXPECT_EQ(pool.used(), 0u);
  a.Clear();  // nothing to free twice
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(a.Append(), 0) << "a cleared sequence starts anew";
}

TEST(Sequence, MovesWithoutTouchingReferences) {
  SlotPool pool;
  Sequence a(pool);
  a.Append();
  a.Append();
  const std::vector<int32_t> slots = Slots(a);
  Sequence b = std::move(a);
  EXPECT_EQ(Slots(b), slots);
  EXPECT_EQ(pool.used(), 2u);
  {
    Sequence c(pool);
    c.Append();
    c = std::move(b);
    EXPECT_EQ(Slots(c), slots);
  }
  b.Clear();  // NOLINT(bugprone-use-after-move): what is left may be used
  EXPECT_EQ(pool.used(), 0u);
}

TEST(Sequence, ManyForksAndReleasesLoseNothing) {
  // A model of the pool: each sequence's slots, as they must stay.
  SlotPool pool;
  Random random(1);
  std::vector<Sequence> sequences;
  std::vector<std::vector<int32_t>> expected;
  for (int i = 0; i < 3000; ++i) {
    const size_t choice = random.Below(4);
    if (sequences.empty() || (choice == 0 && sequences.size() < 20)) {
      sequences.emplace_back(pool);
      expected.emplace_back();
    } else {
      const size_t at = random.Below(sequences.size());
      if (choice == 1 && sequences.size() < 20) {
        sequences.push_back(sequences[at].Fork());
        expected.emplace_back(expected[at]);
      } else if (choice == 2 && sequences.size() > 5) {
        sequences.erase(sequences.begin() + long(at));
        expected.erase(expected.begin() + long(at));
      } else {
        sequences[at].Append();
        expected[at].push_back(sequences[at].slots()[sequences[at].length() - 1]);
      }
    }
    std::set<int32_t> used;
    for (size_t s = 0; s < sequences.size(); ++s) {
      ASSERT_EQ(Slots(sequences[s]), expected[s]);
      used.insert(expected[s].begin(), expected[s].end());
    }
    ASSERT_EQ(pool.used(), used.size());
  }
  sequences.clear();
  EXPECT_EQ(pool.used(), 0u);
}

}  // namespace
}  // namespace variorum
