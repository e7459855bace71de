// Quantised weights of one matrix as the integer kernels read them: packed once, piece by piece, straight from a checkpoint's
// bytes, and the only copy in memory (rows of a token embedding are read from here too).
//
// Output channels stand in tiles of kTile, input channels (K) in steps of 4, padded to whole groups of kGroup. A tile is one
// run of bytes, which a kernel reads from front to back:
//
//   q8   for each step of 4 inputs: 8 channels × 4 weights, each w + 64
//   q4   for each group of 32 inputs: two halves of 4 channels, each 4 vectors (the low nibbles hold an even step, the high ones
//        the odd step after it) of w + 8; then the 8 channels' binary16 scales
#pragma once

#include <cstddef>
#include <cstdint>

#include "../buffer.h"
#include "../status.h"
#include "quantize.h"

namespace variorum {

enum class Scheme { kF32, kQ8, kQ4 };

// Where a quantised value stands in a caller's array: values[k · k_stride + n · n_stride].
struct Strided {
  const int8_t* values;
  size_t k_stride, n_stride;
};

class PackedWeights {
 public:
  static constexpr size_t kTile = 8;
  static constexpr size_t kStep = 4;  // inputs that one dot product takes
  static constexpr int kOffsetQ8 = 64, kOffsetQ4 = 8;

  // Room for K inputs and N output channels in scheme q8 or q4. out-of-memory.
  Status Create(Scheme scheme, size_t K, size_t N);

  // Packs values of inputs k0…k1 and channels n0…n1 (source.values is that of k0, n0). k0 is a multiple of kGroup and k1 one or
  // the end; n0 is a multiple of kTile and n1 one or the end.
  void Put(Strided source, size_t k0, size_t k1, size_t n0, size_t n1);
  // q4: scales [groups g0…g1, channels n0…n1], binary16, rows `stride` apart.
  void PutScales(const uint16_t* source, size_t stride, size_t g0, size_t g1, size_t n0, size_t n1);
  // q8: one scale per channel.
  float* scales() { return scales_.data(); }
  const float* scales() const { return scales_.data(); }

  // Weights of output channel n, as floats: out[K]. Of q8 only, which is what embeddings are.
  void Row(size_t n, float* out) const;

  Scheme scheme() const { return scheme_; }
  size_t inputs() const { return K_; }
  size_t channels() const { return N_; }
  size_t padded_inputs() const { return (K_ + kGroup - 1) / kGroup * kGroup; }
  size_t tiles() const { return (N_ + kTile - 1) / kTile; }
  size_t tile_bytes() const { return tile_bytes_; }
  const uint8_t* tile(size_t t) const { return data_.data() + t * tile_bytes_; }

  // Bytes beyond a tile that kernels may read, and do not use.
  static constexpr size_t kReadAhead = 4096 + 128;
  static constexpr size_t kGroupBytesQ4 = kTile * kGroup / 2 + kTile * sizeof(uint16_t);

 private:
  uint8_t* Step(size_t tile, size_t k) { return data_.data() + tile * tile_bytes_ + k * kTile; }

  Scheme scheme_ = Scheme::kQ8;
  size_t K_ = 0, N_ = 0, tile_bytes_ = 0;
  Buffer<uint8_t> data_;
  Buffer<float> scales_;  // q8: [N], padded to whole tiles
};

}  // namespace variorum
