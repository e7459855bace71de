// Which cache slot holds which position of which sequence. A slot is room for the keys and values of one token in all
// layers; where that room is (memory of the CPU, of a GPU) is the decoder's business.
//
// Variants share the slots of their common prefix, so N variants of one prompt take prompt + N × tail slots, and forking a
// sequence copies slot numbers, never keys or values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace variorum {

class SlotPool {
 public:
  // A slot with one reference. Grows the pool if none is free: slot numbers are dense from 0, and start there again once
  // all are released, so that a run is not asked for the memory of a larger one before it.
  int32_t Acquire();
  void Retain(int32_t slot) { ++references_[slot]; }
  void Release(int32_t slot);

  size_t used() const { return references_.size() - free_.size(); }
  // The most that were in use at once since ResetPeak.
  size_t peak() const { return peak_; }
  void ResetPeak() { peak_ = used(); }
  size_t capacity() const { return references_.size(); }  // highest slot given out, plus 1

 private:
  std::vector<int32_t> references_;
  std::vector<int32_t> free_;
  size_t peak_ = 0;
};

class Sequence {
 public:
  explicit Sequence(SlotPool& pool) : pool_(&pool) {}
  ~Sequence() { Clear(); }
  Sequence(Sequence&& other) noexcept : pool_(other.pool_) { slots_.swap(other.slots_); }
  Sequence& operator=(Sequence&& other) noexcept {
    std::swap(pool_, other.pool_);
    slots_.swap(other.slots_);
    return *this;
  }
  Sequence(const Sequence&) = delete;  // Fork() makes the cost visible

  // A sequence that shares this one's first `length` positions, or all. Costs one integer per position.
  Sequence Fork(int32_t length) const;
  Sequence Fork() const { return Fork(length()); }
  // Adds a position and returns it.
  int32_t Append();
  void Clear();

  int32_t length() const { return int32_t(slots_.size()); }
  const int32_t* slots() const { return slots_.data(); }

 private:
  SlotPool* pool_;
  std::vector<int32_t> slots_;
};

}  // namespace variorum
