// One step of the model: rows of token ids in, logits out. This is the seam where backends differ: everything above it
// (generate/) knows only this class, and everything below it is one backend's own (cpu_decoder.h; a WebGPU one beside it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "../status.h"
#include "config.h"
#include "sequence.h"

namespace variorum {

// One token of one sequence. Prefill is many rows of one sequence, decoding is one row of each of several: the same code.
struct Row {
  int32_t token;
  int32_t position;      // absolute, from 0
  const int32_t* slots;  // slots of positions 0…position; the last is where this row's keys and values go
  bool wants_logits;
};

class Decoder {
 public:
  // Rows that one step takes at the most; longer prefills are split, which changes no bit of the result.
  static constexpr size_t kMaxRows = 32;

  virtual ~Decoder() = default;

  virtual const Config& config() const = 0;
  // The slots of all sequences that this decoder computes.
  virtual SlotPool& slots() = 0;

  // Computes rows (at most kMaxRows). A row may attend to rows before it in the same step.
  // logits: [rows that want them, V], in order; null if none does.
  virtual Status Step(std::span<const Row> rows, float* logits) = 0;

  // Counts since the decoder was made: linear layers run (4 L + 1 in a step that gives logits) and rows computed.
  virtual size_t linear_calls() const = 0;
  virtual size_t rows_computed() const = 0;
  // Bytes of keys and values: of one slot, and of all that are in use.
  virtual size_t kv_bytes_per_slot() const = 0;
  size_t kv_bytes() { return slots().used() * kv_bytes_per_slot(); }
};

}  // namespace variorum
