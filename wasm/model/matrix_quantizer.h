// Quantises matrices for a file, in the form that Weights takes them (see weights.h), for the sharder.
#pragma once

#include "../buffer.h"
#include "quantize_blocks.h"

namespace variorum {

class MatrixQuantizer {
 public:
  // Memory for a matrix's bytes, to be filled before Run. out-of-memory.
  Status Stage(DType dtype, size_t rows, size_t columns, uint8_t** bytes);
  size_t staged_bytes() const { return rows_ * columns_ * SizeOf(dtype_); }

  // What was staged, as floats, in floats(). bad-shard; out-of-memory.
  Status Convert();
  const Buffer<float>& floats() const { return floats_; }
  // Quantises what was staged. bad-shard; out-of-memory.
  Status Run(Scheme scheme, Layout layout);

  // q8: I8 [rows, columns]; q4 (kInOut only): U8 [⌈rows / 2⌉, columns].
  const Buffer<uint8_t>& values() const { return values_; }
  size_t value_bytes() const { return value_bytes_; }
  // q8: bfloat16 [outputs]; q4: binary16 [groups, outputs].
  const Buffer<uint16_t>& scales() const { return scales_; }
  size_t scale_count() const { return scale_count_; }

 private:
  void StoreQ8(const QuantizedBlock& block, const MatrixShape& shape);
  void StoreQ4(const QuantizedBlock& block, const MatrixShape& shape);

  DType dtype_ = DType::kF32;
  size_t rows_ = 0, columns_ = 0, value_bytes_ = 0, scale_count_ = 0;
  Buffer<uint8_t> staging_, values_;
  Buffer<uint16_t> scales_;
  Buffer<float> floats_;
};

}  // namespace variorum
