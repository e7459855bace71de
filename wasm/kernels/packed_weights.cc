#include "packed_weights.h"

#include <wasm_simd128.h>

#include <algorithm>
#include <cstring>

namespace variorum {
namespace {

// A tile's weights of 4 inputs, plus `offset`: out[channel * 4 + input]. What lies beyond the source is left alone.
void Gather(Strided source, size_t inputs, size_t channels, int offset, uint8_t* out) {
  const v128_t offsets = wasm_i8x16_splat(int8_t(offset));
  const bool whole = inputs == PackedWeights::kStep && channels == PackedWeights::kTile;
  if (whole && source.n_stride == 1) {  // rows of channels: interleave four
    v128_t rows[PackedWeights::kStep];
    for (size_t k = 0; k < PackedWeights::kStep; ++k) rows[k] = wasm_v128_load64_zero(source.values + k * source.k_stride);
    const v128_t even = wasm_i8x16_shuffle(rows[0], rows[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const v128_t odd = wasm_i8x16_shuffle(rows[2], rows[3], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    wasm_v128_store(out, wasm_i8x16_add(wasm_i16x8_shuffle(even, odd, 0, 8, 1, 9, 2, 10, 3, 11), offsets));
    wasm_v128_store(out + 16, wasm_i8x16_add(wasm_i16x8_shuffle(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), offsets));
  } else if (whole && source.k_stride == 1) {  // rows of inputs: four bytes of each channel
    for (size_t n = 0; n < PackedWeights::kTile; ++n) {
      std::memcpy(out + n * PackedWeights::kStep, source.values + n * source.n_stride, PackedWeights::kStep);
    }
    for (size_t i = 0; i < 32; i += 16) wasm_v128_store(out + i, wasm_i8x16_add(wasm_v128_load(out + i), offsets));
  } else {
    for (size_t n = 0; n < channels; ++n) {
      for (size_t k = 0; k < inputs; ++k) {
        out[n * PackedWeights::kStep + k] = uint8_t(source.values[k * source.k_stride + n * source.n_stride] + offset);
      }
    }
  }
}

}  // namespace

Status PackedWeights::Create(Scheme scheme, size_t K, size_t N) {
  scheme_ = scheme;
  K_ = K;
  N_ = N;
  tile_bytes_ = scheme == Scheme::kQ8 ? padded_inputs() * kTile : padded_inputs() / kGroup * kGroupBytesQ4;
  VARIORUM_TRY(data_.Resize(tiles() * tile_bytes_ + kReadAhead));
  return scheme == Scheme::kQ8 ? scales_.Resize(tiles() * kTile) : Status{};
}

void PackedWeights::Put(Strided source, size_t k0, size_t k1, size_t n0, size_t n1) {
  const int offset = scheme_ == Scheme::kQ8 ? kOffsetQ8 : kOffsetQ4;
  for (size_t n = n0; n < n1; n += kTile) {
    const size_t channels = std::min(kTile, n1 - n);
    uint8_t* tile = data_.data() + n / kTile * tile_bytes_;
    for (size_t k = k0; k < k1; k += kGroup) {
      for (size_t j = 0; j < kGroup; j += 2 * kStep) {
        // Two steps at a time, because a byte of q4 holds one weight of each. Inputs beyond the end meet activations of 0.
        uint8_t steps[2][kTile * kStep] = {};
        for (size_t s = 0; s < 2; ++s) {
          const size_t first = k + j + s * kStep;
          if (first >= k1) break;
          const int8_t* values = source.values + (first - k0) * source.k_stride + (n - n0) * source.n_stride;
          Gather({values, source.k_stride, source.n_stride}, std::min(kStep, k1 - first), channels, offset, steps[s]);
        }
        if (scheme_ == Scheme::kQ8) {
          std::memcpy(tile + (k + j) * kTile, steps, sizeof steps);
        } else {
          for (size_t half = 0; half < 2; ++half) {
            uint8_t* out = tile + k / kGroup * kGroupBytesQ4 + half * 64 + j / (2 * kStep) * 16;
            for (size_t i = 0; i < 16; ++i) out[i] = uint8_t(steps[0][half * 16 + i] | steps[1][half * 16 + i] << 4);
          }
        }
      }
    }
  }
}

void PackedWeights::PutScales(const uint16_t* source, size_t stride, size_t g0, size_t g1, size_t n0, size_t n1) {
  for (size_t n = n0; n < n1; ++n) {
    uint8_t* tile = data_.data() + n / kTile * tile_bytes_;
    for (size_t g = g0; g < g1; ++g) {
      uint8_t* scales = tile + g * kGroupBytesQ4 + kTile * kGroup / 2;
      std::memcpy(scales + n % kTile * sizeof(uint16_t), source + (g - g0) * stride + (n - n0), sizeof(uint16_t));
    }
  }
}

void PackedWeights::Row(size_t n, float* out) const {
  const uint8_t* weights = tile(n / kTile) + n % kTile * kStep;
  for (size_t k = 0; k < K_; ++k) {
    const size_t at = k / kStep * kTile * kStep + k % kStep;
    out[k] = float(weights[at] - kOffsetQ8) * scales_[n];
  }
}

}  // namespace variorum
