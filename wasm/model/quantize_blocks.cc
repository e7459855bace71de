#include "quantize_blocks.h"

#include <algorithm>
#include <atomic>

#include "../buffer.h"

namespace variorum {
namespace {

// Room for one block, and what becomes of it.
struct Scratch {
  Buffer<float> weights, line;
  Buffer<int8_t> values;
  Buffer<uint16_t> group_scales;

  bool Reserve(const MatrixShape& shape) {
    const size_t K = shape.inputs();
    return weights.Resize(K * kBlock).ok() && line.Resize(K).ok() && values.Resize(K * kBlock).ok() &&
           group_scales.Resize(shape.groups() * kBlock).ok();
  }
};

// weights[inputs, kBlock] ← channels n … n + channels − 1 of the matrix; zeros for those that do not exist.
void Gather(DType dtype, const uint8_t* bytes, const MatrixShape& shape, size_t n, size_t channels, Scratch& scratch) {
  const size_t K = shape.inputs();
  float* weights = scratch.weights.data();
  if (channels < kBlock) std::fill_n(weights, K * kBlock, 0.0f);
  if (shape.layout == Layout::kInOut) {
    for (size_t k = 0; k < K; ++k) ToFloats(dtype, bytes + (k * shape.columns + n) * SizeOf(dtype), channels, weights + k * kBlock);
    return;
  }
  for (size_t i = 0; i < channels; ++i) {
    ToFloats(dtype, bytes + (n + i) * K * SizeOf(dtype), K, scratch.line.data());
    for (size_t k = 0; k < K; ++k) weights[k * kBlock + i] = scratch.line[k];
  }
}

}  // namespace

Status QuantizeBlocks(DType dtype, const uint8_t* bytes, MatrixShape shape, Scheme scheme, const ThreadPool& pool,
                      const std::function<void(const QuantizedBlock&)>& take) {
  const size_t K = shape.inputs(), N = shape.outputs();
  std::atomic<bool> finite{true}, room{true};
  // Some 32 operations a weight: a dozen scales are tried.
  pool.ParallelRanges((N + kBlock - 1) / kBlock, K * kBlock * 32, [&](size_t begin, size_t end) {
    Scratch scratch;
    if (!scratch.Reserve(shape)) {
      room = false;
      return;
    }
    for (size_t n = begin * kBlock; n < std::min(end * kBlock, N); n += kBlock) {
      QuantizedBlock block{n, std::min(kBlock, N - n), scratch.values.data(), nullptr, nullptr};
      Gather(dtype, bytes, shape, n, block.channels, scratch);
      if (!AllFinite(scratch.weights.data(), K * kBlock)) {
        finite = false;
        return;
      }
      float scales[kBlock];
      if (scheme == Scheme::kQ8) {
        QuantizeQ8(scratch.weights.data(), K, scratch.values.data(), scales);
        block.scales = scales;
      } else {
        QuantizeQ4(scratch.weights.data(), K, scratch.values.data(), scratch.group_scales.data());
        block.group_scales = scratch.group_scales.data();
      }
      take(block);
    }
  });
  if (!room) return {Code::kOutOfMemory, "Not enough memory to quantise a matrix: close other tabs or load a smaller model."};
  return finite ? Status{} : Status(Code::kBadShard, "holds numbers that are not finite: the checkpoint is damaged.");
}

}  // namespace variorum
