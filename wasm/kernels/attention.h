// Causal attention of one query over the keys and values of its sequence.
#pragma once

#include <cstddef>
#include <cstdint>

namespace variorum {

// Where one layer's keys and values stand. Slots live in blocks of kSlotsPerBlock that never move; in a block, a head's keys of
// all its slots lie together, D floats each, so that a head reads memory in order.
struct KvLayer {
  static constexpr size_t kSlotsPerBlock = 32;
  float* const* blocks;  // [slot / kSlotsPerBlock]
  size_t offset;         // of this layer's keys in a block, in floats
  size_t C;              // the width: heads × D
  size_t D;              // numbers per head

  float* key(int32_t slot, size_t head) const {
    return blocks[size_t(slot) / kSlotsPerBlock] + offset + (head * kSlotsPerBlock + size_t(slot) % kSlotsPerBlock) * D;
  }
  float* value(int32_t slot, size_t head) const { return key(slot, head) + kSlotsPerBlock * C; }
};

// Scratch that Attend needs for `count` positions, in floats.
constexpr size_t AttentionScratch(size_t count) { return (count + 3) & ~size_t{3}; }

// out[D] = softmax(scale · q·Kᵀ) V of one head. `slots[i]` holds position i of the sequence, i < count.
// scores: scratch of AttentionScratch(count) floats.
//
// All sums run over absolute positions in a fixed order, whatever slots hold them, so that a variant that shares its
// prompt's slots gives the same bits as a fresh run.
void Attend(const float* q, const KvLayer& kv, const int32_t* slots, size_t count, size_t head, float scale, float* scores, float* out);

// The definition in double precision: the oracle of the tests.
void AttendReference(const float* q, const KvLayer& kv, const int32_t* slots, size_t count, size_t head, float scale, float* out);

}  // namespace variorum
