// Linear layers with 7-bit (q8) or 4-bit (q4) weights and 8-bit activations, on the kernels of integer_gemm.h.
#pragma once

#include "linear.h"
#include "packed_weights.h"

namespace variorum {

class PackedLinear final : public Linear {
 public:
  Status Create(Scheme scheme, size_t in, size_t out) { return weights_.Create(scheme, in, out); }
  // To be filled before the first Run. An empty bias stands for none.
  PackedWeights& weights() { return weights_; }
  Buffer<float>& bias() { return bias_; }

  Status Run(const LinearInput& x, size_t rows, float* y, Epilogue epilogue, const ThreadPool& pool) override {
    const Product product{&x.quantized(), rows, &weights_, bias_.data(), y, epilogue};
    // 16 products an instruction, some four of which take as long as an operation of floats.
    pool.ParallelRanges(weights_.tiles(), rows * in() * PackedWeights::kTile / 4,
                        [&](size_t begin, size_t end) { Multiply(product, begin, end); });
    return {};
  }
  void Row(size_t channel, float* out) const override { weights_.Row(channel, out); }

  size_t in() const override { return weights_.inputs(); }
  size_t out() const override { return weights_.channels(); }

 private:
  PackedWeights weights_;
  Buffer<float> bias_;
};

}  // namespace variorum
