// y = x W + b on XNNPACK, in the weight schemes f32 (the reference) and q8 (7-bit weights, 8-bit activations).
#pragma once

#include <xnnpack.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../buffer.h"
#include "../status.h"
#include "../thread_pool.h"
#include "quantize.h"

namespace variorum {

// Prepares XNNPACK; call once before the first Linear.
Status InitializeKernels();

// A weight matrix as it came from a checkpoint. Pointers are read during construction only.
struct LinearSource {
  size_t in = 0, out = 0;
  Layout layout = Layout::kInOut;
  const float* f32 = nullptr;     // either this,
  const int8_t* q8 = nullptr;     // or these two: values in −63…63 and one scale per output channel
  const float* scales = nullptr;  // [out]
  const float* bias = nullptr;    // [out], or null for none
};

// One linear layer with its weights packed for XNNPACK.
//
// Reproducible: row i of the result depends on row i of x alone, bit for bit, whatever the number of rows and threads.
class Linear {
 public:
  // out-of-memory or unsupported.
  static Status Create(const LinearSource& source, std::unique_ptr<Linear>* linear);
  ~Linear();
  Linear(const Linear&) = delete;
  Linear& operator=(const Linear&) = delete;

  // y[rows, out] = x[rows, in] W + b. x must come from a Buffer (XNNPACK reads past its end).
  Status Run(size_t rows, const float* x, float* y, const ThreadPool& pool);

  size_t in() const { return in_; }
  size_t out() const { return out_; }

 private:
  Linear() = default;

  size_t in_ = 0, out_ = 0;
  bool quantized_ = false;
  xnn_operator_t op_ = nullptr;
  Buffer<int8_t> quantized_input_;                        // [rows, in]
  Buffer<xnn_quantization_params> quantization_params_;   // [rows]
};

// The definition, in double precision: the oracle of the tests.
void LinearReference(const LinearSource& source, size_t rows, const float* x, float* y);

}  // namespace variorum
