// Keys and values that outlive their run, so that going on from a text costs one step and not a prefill. What is kept is a
// matter of speed only: a sequence that is gone is computed again, to the same bits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "../model/sequence.h"

namespace variorum {

class KeptSequences {
 public:
  explicit KeptSequences(SlotPool& pool) : pool_(pool) {}

  // Keeps `sequence`, which holds the keys and values of `tokens` (one each, from position 0). Takes the place of those that
  // it begins with.
  void Add(std::span<const int32_t> tokens, Sequence sequence);
  // A sequence that shares the longest beginning of `tokens` that is kept: its length says how much. Costs one integer per
  // position.
  Sequence Longest(std::span<const int32_t> tokens) const;
  // Drops the oldest until the pool has at most `slots` in use, or none is left.
  void Shrink(size_t slots);
  void Clear() { entries_.clear(); }

 private:
  struct Entry {
    std::vector<int32_t> tokens;
    Sequence sequence;
  };
  SlotPool& pool_;
  std::vector<Entry> entries_;  // oldest first
};

}  // namespace variorum
