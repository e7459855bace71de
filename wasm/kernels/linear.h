// y = x W + b: the seam between the decoder and what computes its linear layers. Quantised weights run on kernels of our own
// (packed_linear.h), float ones on XNNPACK's (xnnpack_linear.h), which also runs q8 as the other kernels' comparison and oracle.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../buffer.h"
#include "../status.h"
#include "../thread_pool.h"
#include "integer_gemm.h"

namespace variorum {

enum class Kernels { kOwn, kXnnpack };

// Rows of floats on their way into linear layers. Whoever writes a row calls Seal when it is complete; a quantised layer reads
// what Seal made of it, while the row is still in the cache.
class LinearInput {
 public:
  // `quantize`: for layers with quantised weights.
  explicit LinearInput(bool quantize) : quantize_(quantize) {}

  // Room for `rows` of `width` numbers, uninitialised. out-of-memory.
  Status Resize(size_t rows, size_t width) {
    width_ = width;
    VARIORUM_TRY(floats_.Resize(rows * width));
    return quantize_ ? quantized_.Resize(rows, width) : Status{};
  }
  float* row(size_t r) { return floats_.data() + r * width_; }
  const float* row(size_t r) const { return floats_.data() + r * width_; }
  void Seal(size_t r) {
    if (quantize_) quantized_.Set(r, row(r));
  }
  const QuantizedRows& quantized() const { return quantized_; }

 private:
  const bool quantize_;
  size_t width_ = 0;
  Buffer<float> floats_;  // a Buffer, because XNNPACK reads past its end
  QuantizedRows quantized_;
};

// One linear layer with its weights packed.
//
// Reproducible: row i of the result depends on row i of x alone, bit for bit, whatever the number of rows and threads.
class Linear {
 public:
  virtual ~Linear() = default;

  // y[rows, out] ← x[rows, in] W + b, in the way that `epilogue` says. out-of-memory or unsupported.
  virtual Status Run(const LinearInput& x, size_t rows, float* y, Epilogue epilogue, const ThreadPool& pool) = 0;
  // Weights of one output channel: out[in]. Only of matrices that are embeddings too.
  virtual void Row(size_t channel, float* out) const = 0;

  virtual size_t in() const = 0;
  virtual size_t out() const = 0;
};

}  // namespace variorum
