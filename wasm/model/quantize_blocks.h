// Quantises a stored matrix of floats, some output channels at a time, for whoever packs it (MatrixLoader) or writes it into a
// file (MatrixQuantizer).
#pragma once

#include <functional>

#include "../kernels/packed_weights.h"
#include "../status.h"
#include "../thread_pool.h"
#include "dtype.h"
#include "matrix_shape.h"

namespace variorum {

struct QuantizedBlock {
  size_t n, channels;            // the first output channel, and how many of kBlock there are
  const int8_t* values;          // [inputs, kBlock]
  const float* scales;           // q8: [kBlock]
  const uint16_t* group_scales;  // q4: binary16 [groups, kBlock]
};

// Calls `take` for every block of the matrix, from several threads at once. bad-shard (the message lacks its subject, the
// tensor) if a number is not finite; out-of-memory.
Status QuantizeBlocks(DType dtype, const uint8_t* bytes, MatrixShape shape, Scheme scheme, const ThreadPool& pool,
                      const std::function<void(const QuantizedBlock&)>& take);

}  // namespace variorum
