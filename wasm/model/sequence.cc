#include "sequence.h"

#include <algorithm>

namespace variorum {

int32_t SlotPool::Acquire() {
  int32_t slot = int32_t(references_.size());
  if (free_.empty()) {
    references_.push_back(1);
  } else {
    slot = free_.back();
    free_.pop_back();
    references_[slot] = 1;
  }
  peak_ = std::max(peak_, used());
  return slot;
}

void SlotPool::Release(int32_t slot) {
  if (--references_[slot] == 0) free_.push_back(slot);
  if (used() == 0) {
    references_.clear();
    free_.clear();
  }
}

Sequence Sequence::Fork(int32_t length) const {
  Sequence child(*pool_);
  child.slots_.assign(slots_.begin(), slots_.begin() + length);
  for (int32_t slot : child.slots_) pool_->Retain(slot);
  return child;
}

int32_t Sequence::Append() {
  slots_.push_back(pool_->Acquire());
  return length() - 1;
}

void Sequence::Clear() {
  for (int32_t slot : slots_) pool_->Release(slot);
  slots_.clear();
}

}  // namespace variorum
