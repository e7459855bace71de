// Causal attention of one query over the keys and values of its sequence.
#pragma once

#include <cstddef>
#include <cstdint>

namespace variorum {

// Where one layer's keys and values stand: those of cache slot s are C floats long, at key(s) and value(s). Slots live in
// blocks of kSlotsPerBlock that never move.
struct KvLayer {
  static constexpr size_t kSlotsPerBlock = 32;
  float* const* blocks;  // [slot / kSlotsPerBlock]
  size_t offset;         // of this layer's keys in a block, in floats
  size_t C;

  float* key(int32_t slot) const {
    return blocks[size_t(slot) / kSlotsPerBlock] + offset + (size_t(slot) % kSlotsPerBlock) * C;
  }
  float* value(int32_t slot) const { return key(slot) + kSlotsPerBlock * C; }
};

// out[D] = softmax(scale · q·Kᵀ) V for the head that starts at channel `channel` (= head index × D) of each slot's row.
// `slots[i]` holds position i of the sequence, i < count. `scores` is scratch for count rounded up to 4, plus 4, floats.
//
// All sums run over absolute positions in a fixed order, whatever slots hold them, so that a variant that shares its
// prompt's slots gives the same bits as a fresh run.
void Attend(const float* q, const KvLayer& kv, const int32_t* slots, size_t count, size_t channel, size_t D, float scale,
            float* scores, float* out);

// The definition in double precision: the oracle of the tests.
void AttendReference(const float* q, const KvLayer& kv, const int32_t* slots, size_t count, size_t channel, size_t D,
                     float scale, float* out);

}  // namespace variorum
