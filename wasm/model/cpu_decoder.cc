#include "cpu_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../kernels/activation.h"
#include "../kernels/layer_norm.h"

namespace variorum {

CpuDecoder::CpuDecoder(const Config& config, Weights& weights, ThreadPool& pool)
    : config_(config), weights_(weights), pool_(pool) {}

Status CpuDecoder::Step(std::span<const Row> rows, float* logits) {
  const size_t R = rows.size(), C = config_.n_embd;
  if (R == 0 || R > kMaxRows) return {Code::kBadOption, "A step takes 1 to " + std::to_string(kMaxRows) + " rows."};
  VARIORUM_TRY(Reserve(R));
  pool_.ParallelFor(R, 2 * C, [&](size_t r) {
    float* x = x_.data() + r * C;
    weights_.wte.Row(rows[r].token, C, x);
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
    if (!rows[r].wants_logits) continue;
    LayerNorm(x_.data() + r * C, weights_.ln_f.gain.data(), weights_.ln_f.bias.data(), config_.layer_norm_epsilon, C,
              h_.data() + wanted++ * C);
  }
  return wanted > 0 ? RunLinear(*weights_.lm_head, wanted, h_.data(), logits) : Status{};
}

Status CpuDecoder::Attention(size_t layer, std::span<const Row> rows) {
  const size_t R = rows.size(), C = config_.n_embd, H = config_.n_head, D = config_.head_size();
  BlockWeights& block = weights_.blocks[layer];
  Normalize(block.ln_1, R);
  VARIORUM_TRY(RunLinear(*block.c_attn, R, h_.data(), qkv_.data()));

  const KvLayer kv{kv_block_data_.data(), layer * 2 * KvLayer::kSlotsPerBlock * C, C};
  size_t longest = 0;
  for (size_t r = 0; r < R; ++r) {
    const int32_t slot = rows[r].slots[rows[r].position];
    const float* qkv = qkv_.data() + r * 3 * C;
    std::memcpy(kv.key(slot), qkv + C, C * sizeof(float));
    std::memcpy(kv.value(slot), qkv + 2 * C, C * sizeof(float));
    longest = std::max(longest, size_t(rows[r].position) + 1);
  }

  float scale = config_.scale_attn_weights ? 1.0f / std::sqrt(float(D)) : 1.0f;
  if (config_.scale_attn_by_inverse_layer_idx) scale /= float(layer + 1);
  const size_t stride = (longest + 7) & ~size_t{3};
  VARIORUM_TRY(scores_.Resize(R * H * stride));
  pool_.ParallelFor(R * H, longest * D, [&](size_t i) {
    const size_t r = i / H, channel = i % H * D;
    Attend(qkv_.data() + r * 3 * C + channel, kv, rows[r].slots, size_t(rows[r].position) + 1, channel, D, scale,
           scores_.data() + i * stride, attended_.data() + r * C + channel);
  });

  VARIORUM_TRY(RunLinear(*block.c_proj, R, attended_.data(), h_.data()));
  AddToResidual(R);
  return {};
}

Status CpuDecoder::Mlp(size_t layer, size_t R) {
  const size_t F = config_.inner();
  BlockWeights& block = weights_.blocks[layer];
  Normalize(block.ln_2, R);
  VARIORUM_TRY(RunLinear(*block.mlp_fc, R, h_.data(), inner_.data()));
  pool_.ParallelFor(R, 8 * F, [&](size_t r) { Activate(config_.activation, inner_.data() + r * F, F); });
  VARIORUM_TRY(RunLinear(*block.mlp_proj, R, inner_.data(), h_.data()));
  AddToResidual(R);
  return {};
}

void CpuDecoder::Normalize(const LayerNormWeights& ln, size_t R) {
  const size_t C = config_.n_embd;
  pool_.ParallelFor(R, 4 * C, [&](size_t r) {
    LayerNorm(x_.data() + r * C, ln.gain.data(), ln.bias.data(), config_.layer_norm_epsilon, C, h_.data() + r * C);
  });
}

void CpuDecoder::AddToResidual(size_t R) {
  const size_t n = R * size_t(config_.n_embd);
  for (size_t i = 0; i < n; ++i) x_[i] += h_[i];
}

Status CpuDecoder::RunLinear(Linear& linear, size_t rows, const float* x, float* y) {
  ++linear_calls_;
  return linear.Run(rows, x, y, pool_);
}

Status CpuDecoder::Reserve(size_t R) {
  const size_t C = config_.n_embd;
  VARIORUM_TRY(x_.Resize(R * C));
  VARIORUM_TRY(h_.Resize(R * C));
  VARIORUM_TRY(qkv_.Resize(R * 3 * C));
  VARIORUM_TRY(attended_.Resize(R * C));
  VARIORUM_TRY(inner_.Resize(R * size_t(config_.inner())));
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
