// Linear layers on XNNPACK's operators: f32, the reference, and q8.
#pragma once

#include <xnnpack.h>

#include <memory>

#include "linear.h"

namespace variorum {

// Prepares XNNPACK; call once before the first XnnpackLinear. unsupported.
Status InitializeXnnpack();

class XnnpackLinear final : public Linear {
 public:
  // The matrix as it is filled in before Pack: floats in the layout of the checkpoint, or q8 values as [out, in] with one scale
  // per output channel.
  struct Source {
    size_t in = 0, out = 0;
    Layout layout = Layout::kInOut;
    Buffer<float> f32;
    Buffer<int8_t> q8;
    Buffer<float> scales;
    Buffer<float> bias;  // empty: none
  };

  ~XnnpackLinear() override;
  Source& source() { return source_; }
  // Packs the source's weights: after that Run works. XNNPACK keeps packed weights opaque, so the source stays if `keep`, for
  // Row. `multiplies`: false for a matrix that is only read by rows. out-of-memory or unsupported.
  Status Pack(bool multiplies, bool keep);

  Status Run(const LinearInput& x, size_t rows, float* y, Epilogue epilogue, const ThreadPool& pool) override;
  void Row(size_t channel, float* out) const override;

  size_t in() const override { return source_.in; }
  size_t out() const override { return source_.out; }

 private:
  Status Multiply(const LinearInput& x, size_t rows, float* y, const ThreadPool& pool);

  Source source_;
  bool quantized_ = false;
  xnn_operator_t op_ = nullptr;
  Buffer<xnn_quantization_params> quantization_params_;  // [rows + XNNPACK's extra]
  Buffer<int8_t> quantized_input_;                       // [rows, in], without gaps
  Buffer<float> result_;                                 // [rows, out], before it is added
};

}  // namespace variorum
