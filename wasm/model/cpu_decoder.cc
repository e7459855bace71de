#include "cpu_decoder.h"

#include <cmath>
#include <cstring>

#include "../kernels/layer_norm.h"

namespace variorum {

CpuDecoder::CpuDecoder(const Config& config, Weights& weights, ThreadPool& pool)
    : config_(config), weights_(weights), pool_(pool), normalized_(weights.quantized()), attended_(weights.quantized()),
      inner_(weights.quantized()), score_stride_(AttentionScratch(size_t(config.n_positions))) {}

Status CpuDecoder::Step(std::span<const Row> rows, float* logits) {
  const size_t R = rows.size(), C = config_.n_embd;
  if (R == 0 || R > kMaxRows) return {Code::kBadOption, "A step takes 1 to " + std::to_string(kMaxRows) + " rows."};
  VARIORUM_TRY(Reserve(R));
  pool_.ParallelFor(R, 2 * C, [&](size_t r) {
    float* x = x_.data() + r * C;
    weights_.wte->Row(rows[r].token, x);
    const float* position = weights_.wpe.data() + rows[r].position * C;
    for (size_t i = 0; i < C; ++i) x[i] += position[i];
  });

  for (size_t layer = 0; layer < weights_.blocks.size(); ++layer) {
    VARIORUM_TRY(Attention(layer, rows));
    VARIORUM_TRY(Mlp(layer, R));
  }
  rows_computed_ += R;

  // Only rows that want logits go through the head, which is the largest matrix.
  size_t wanted = 0;
  for (size_t r = 0; r < R; ++r) {
    if (rows[r].wants_logits) Normalize(weights_.ln_f, r, wanted++);
  }
  return wanted > 0 ? Run(*weights_.lm_head, normalized_, wanted, logits, Epilogue::Store()) : Status{};
}

Status CpuDecoder::Attention(size_t layer, std::span<const Row> rows) {
  const size_t R = rows.size(), C = config_.n_embd, H = config_.n_head, D = config_.head_size();
  BlockWeights& block = weights_.blocks[layer];
  pool_.ParallelFor(R, 6 * C, [&](size_t r) { Normalize(block.ln_1, r, r); });
  VARIORUM_TRY(Run(*block.c_attn, normalized_, R, qkv_.data(), Epilogue::Store()));

  const KvLayer kv{kv_block_data_.data(), layer * 2 * KvLayer::kSlotsPerBlock * C, C, D};
  float scale = config_.scale_attn_weights ? 1.0f / std::sqrt(float(D)) : 1.0f;
  if (config_.scale_attn_by_inverse_layer_idx) scale /= float(layer + 1);
  size_t positions = 0;
  for (const Row& row : rows) positions += size_t(row.position) + 1;
  // A head at a time, for all rows: what they share, the prompt's keys and values, is in the cache after the first.
  pool_.ParallelFor(H, positions * D, [&](size_t h) {
    for (size_t r = 0; r < R; ++r) {
      const int32_t slot = rows[r].slots[rows[r].position];
      const float* qkv = qkv_.data() + r * 3 * C + h * D;
      std::memcpy(kv.key(slot, h), qkv + C, D * sizeof(float));
      std::memcpy(kv.value(slot, h), qkv + 2 * C, D * sizeof(float));
    }
    for (size_t r = 0; r < R; ++r) {
      Attend(qkv_.data() + r * 3 * C + h * D, kv, rows[r].slots, size_t(rows[r].position) + 1, h, scale, scores_.data() + h * score_stride_,
             attended_.row(r) + h * D);
    }
  });
  pool_.ParallelFor(R, 4 * C, [&](size_t r) { attended_.Seal(r); });
  return Run(*block.c_proj, attended_, R, x_.data(), Epilogue::Add());
}

Status CpuDecoder::Mlp(size_t layer, size_t R) {
  const size_t C = config_.n_embd, F = config_.inner();
  BlockWeights& block = weights_.blocks[layer];
  pool_.ParallelFor(R, 6 * C, [&](size_t r) { Normalize(block.ln_2, r, r); });
  VARIORUM_TRY(Run(*block.mlp_fc, normalized_, R, inner_.row(0), Epilogue::Activate(config_.activation)));
  pool_.ParallelFor(R, 4 * F, [&](size_t r) { inner_.Seal(r); });
  return Run(*block.mlp_proj, inner_, R, x_.data(), Epilogue::Add());
}

void CpuDecoder::Normalize(const LayerNormWeights& ln, size_t r, size_t to) {
  const size_t C = config_.n_embd;
  LayerNorm(x_.data() + r * C, ln.gain.data(), ln.bias.data(), config_.layer_norm_epsilon, C, normalized_.row(to));
  normalized_.Seal(to);
}

Status CpuDecoder::Run(Linear& linear, const LinearInput& x, size_t rows, float* y, Epilogue epilogue) {
  ++linear_calls_;
  return linear.Run(x, rows, y, epilogue, pool_);
}

Status CpuDecoder::Reserve(size_t R) {
  const size_t C = config_.n_embd;
  VARIORUM_TRY(x_.Resize(R * C));
  VARIORUM_TRY(normalized_.Resize(R, C));
  VARIORUM_TRY(qkv_.Resize(R * 3 * C));
  VARIORUM_TRY(attended_.Resize(R, C));
  VARIORUM_TRY(inner_.Resize(R, size_t(config_.inner())));
  VARIORUM_TRY(scores_.Resize(config_.n_head * score_stride_));
  const size_t blocks_before = kv_blocks_.size();
  while (kv_blocks_.size() * KvLayer::kSlotsPerBlock < slots_.capacity()) {
    Buffer<float> block;
    if (Status status = block.Resize(size_t(config_.n_layer) * 2 * KvLayer::kSlotsPerBlock * C); !status.ok()) {
      kv_blocks_.resize(blocks_before);  // all or none: what did fit is of use to others
      kv_block_data_.resize(blocks_before);
      return status;
    }
    kv_block_data_.push_back(block.data());
    kv_blocks_.push_back(std::move(block));
  }
  return {};
}

}  // namespace variorum
