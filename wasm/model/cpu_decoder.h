// The decoder on the CPU: linear layers of our own or XNNPACK's, and our SIMD kernels, on the threads of a ThreadPool.
#pragma once

#include <memory>
#include <vector>

#include "../buffer.h"
#include "../kernels/attention.h"
#include "../thread_pool.h"
#include "decoder.h"
#include "weights.h"

namespace variorum {

class CpuDecoder final : public Decoder {
 public:
  // `weights` must be finished; both it and `pool` must outlive the decoder.
  CpuDecoder(const Config& config, Weights& weights, ThreadPool& pool);

  const Config& config() const override { return config_; }
  SlotPool& slots() override { return slots_; }
  Status Step(std::span<const Row> rows, float* logits) override;
  size_t linear_calls() const override { return linear_calls_; }
  size_t rows_computed() const override { return rows_computed_; }
  size_t kv_bytes_per_slot() const override { return size_t(config_.n_layer) * 2 * config_.n_embd * sizeof(float); }

 private:
  // Room for a step. Once there is, further steps of as many rows take memory only when the cache grows by a block. out-of-memory.
  Status Reserve(size_t rows);
  Status Attention(size_t layer, std::span<const Row> rows);
  Status Mlp(size_t layer, size_t rows);
  // normalized_[to] = LayerNorm(x_[r]).
  void Normalize(const LayerNormWeights& ln, size_t r, size_t to);
  Status Run(Linear& linear, const LinearInput& x, size_t rows, float* y, Epilogue epilogue);

  const Config config_;
  Weights& weights_;
  ThreadPool& pool_;
  SlotPool slots_;
  std::vector<Buffer<float>> kv_blocks_;  // each [L, 2, H, kSlotsPerBlock, D]
  std::vector<float*> kv_block_data_;

  // Scratch for R rows of a step.
  Buffer<float> x_;            // [R, C], the residual stream
  LinearInput normalized_;     // [R, C]
  Buffer<float> qkv_;          // [R, 3 C]
  LinearInput attended_;       // [R, C]
  LinearInput inner_;          // [R, F]
  const size_t score_stride_;  // AttentionScratch of T positions
  Buffer<float> scores_;       // [H, score_stride_]

  size_t linear_calls_ = 0;
  size_t rows_computed_ = 0;
};

}  // namespace variorum
