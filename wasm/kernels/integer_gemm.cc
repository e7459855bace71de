#include "integer_gemm.h"

#include <algorithm>
#include <cstring>

#include "dot.h"

namespace variorum {
namespace {

constexpr size_t kTile = PackedWeights::kTile;
constexpr size_t kHalf = kTile / 2;  // channels of one vector of sums
constexpr size_t kStep = PackedWeights::kStep;
constexpr size_t kUnrolled = 4;      // dot products of a channel in one turn of a loop, which spares the counting

// y[4] = epilogue(v[4]).
void Finish(const Epilogue& epilogue, v128_t v, float* y) {
  if (epilogue.kind == Epilogue::kAdd) v = wasm_f32x4_add(wasm_v128_load(y), v);
  wasm_v128_store(y, v);
  if (epilogue.kind == Epilogue::kActivate) Activate(epilogue.activation, y, kHalf);
}

// Puts the results of one row's half tile where they belong; at the end of the matrix, only those that exist.
void Store(const Product& p, size_t row, size_t channel, v128_t v) {
  const size_t N = p.weights->channels();
  if (channel >= N) return;
  float* y = p.y + row * N + channel;
  const size_t there = N - channel;
  if (there >= kHalf) {
    if (p.bias != nullptr) v = wasm_f32x4_add(v, wasm_v128_load(p.bias + channel));
    return Finish(p.epilogue, v, y);
  }
  float bias[kHalf] = {}, edge[kHalf] = {};
  if (p.bias != nullptr) std::memcpy(bias, p.bias + channel, there * sizeof(float));
  std::memcpy(edge, y, there * sizeof(float));
  if (p.bias != nullptr) v = wasm_f32x4_add(v, wasm_v128_load(bias));
  Finish(p.epilogue, v, edge);
  std::memcpy(y, edge, there * sizeof(float));
}

// The processor's prefetcher stops at the end of a page. With few rows the loads themselves run far enough ahead; with more, the
// arithmetic between them keeps the next page's first lines out of reach, so they are asked for a page early.
void TouchNextPage(const uint8_t* w) {
  constexpr size_t kPage = 4096, kTurn = kUnrolled * kStep * kTile;
  static_assert(kPage + kTurn <= PackedWeights::kReadAhead);
  if ((reinterpret_cast<uintptr_t>(w) & (kPage - 1)) >= kTurn) return;
  for (size_t line = 0; line < kTurn; line += 64) (void)*reinterpret_cast<const volatile uint32_t*>(w + kPage + line);
}

// One tile of q8 for rows r0 … r0 + M − 1. `U` steps at a time have sums of their own, so that few rows do not wait for the dot
// product's latency; integer sums are the same in any order.
template <typename Dot, size_t M, size_t U>
void TileQ8(const Product& p, size_t t, size_t r0) {
  constexpr size_t P = 2 * Dot::kParts;
  const size_t stride = p.x->stride();
  const int8_t* x = p.x->row(r0);
  const uint8_t* w = p.weights->tile(t);
  v128_t sums[U][M][P];
#pragma unroll
  for (size_t u = 0; u < U; ++u) {
#pragma unroll
    for (size_t m = 0; m < M; ++m) {
#pragma unroll
      for (size_t i = 0; i < P; ++i) sums[u][m][i] = wasm_i32x4_splat(0);
    }
  }
  const int8_t* rows[M];
#pragma unroll
  for (size_t m = 0; m < M; ++m) rows[m] = x + m * stride;
  for (size_t k = 0; k < stride; k += kUnrolled * kStep) {
#pragma unroll
    for (size_t j = 0; j < kUnrolled; ++j) {
      v128_t parts[P];
      Dot::Expand(wasm_v128_load(w + j * kStep * kTile), parts);
      Dot::Expand(wasm_v128_load(w + j * kStep * kTile + 16), parts + Dot::kParts);
#pragma unroll
      for (size_t m = 0; m < M; ++m) {
        const v128_t a = Dot::Activations(wasm_v128_load32_splat(rows[m] + j * kStep));
#pragma unroll
        for (size_t i = 0; i < P; ++i) sums[j % U][m][i] = Dot::Add(sums[j % U][m][i], parts[i], a);
      }
    }
    if constexpr (M > 2) TouchNextPage(w);
    w += kUnrolled * kStep * kTile;
#pragma unroll
    for (size_t m = 0; m < M; ++m) rows[m] += kUnrolled * kStep;
  }
  const v128_t scales[2] = {wasm_v128_load(p.weights->scales() + t * kTile), wasm_v128_load(p.weights->scales() + t * kTile + kHalf)};
#pragma unroll
  for (size_t m = 0; m < M; ++m) {
#pragma unroll
    for (size_t u = 1; u < U; ++u) {
#pragma unroll
      for (size_t i = 0; i < P; ++i) sums[0][m][i] = wasm_i32x4_add(sums[0][m][i], sums[u][m][i]);
    }
    // Weights stand as w + 64: Σ x w = Σ x (w + 64) − 64 Σ x.
    const v128_t correction = wasm_i32x4_splat(PackedWeights::kOffsetQ8 * p.x->sum(r0 + m));
    const v128_t scale = wasm_f32x4_splat(p.x->scale(r0 + m));
#pragma unroll
    for (size_t half = 0; half < 2; ++half) {
      const v128_t sum = wasm_i32x4_sub(Dot::Reduce(sums[0][m] + half * Dot::kParts), correction);
      // In XNNPACK's order, so that its q8 path gives the same bits.
      Store(p, r0 + m, t * kTile + half * kHalf, wasm_f32x4_mul(wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sum), scale), scales[half]));
    }
  }
}

// Four binary16 scales, none negative, as floats: the exponent is moved by a multiplication, which is exact.
v128_t LoadScales(const uint8_t* halves) {
  return wasm_f32x4_mul(wasm_i32x4_shl(wasm_u32x4_load16x4(halves), 13), wasm_f32x4_splat(0x1p112f));
}

// H halves of a tile of q4, from half h0, for rows r0 … r0 + M − 1. Sums of a group are integers; groups are added up as floats
// in their order.
template <typename Dot, size_t M, size_t H>
void HalvesQ4(const Product& p, size_t t, size_t h0, size_t r0) {
  constexpr size_t P = Dot::kParts;
  const size_t stride = p.x->stride();
  const int8_t* x = p.x->row(r0);
  const uint8_t* w = p.weights->tile(t);
  const v128_t nibble = wasm_i8x16_splat(15);
  v128_t totals[M][H];
#pragma unroll
  for (size_t m = 0; m < M; ++m) {
#pragma unroll
    for (size_t h = 0; h < H; ++h) totals[m][h] = wasm_f32x4_splat(0);
  }
  for (size_t g = 0; g < stride / kGroup; ++g, w += PackedWeights::kGroupBytesQ4) {
    v128_t sums[M][H][P];
#pragma unroll
    for (size_t m = 0; m < M; ++m) {
#pragma unroll
      for (size_t h = 0; h < H; ++h) {
#pragma unroll
        for (size_t i = 0; i < P; ++i) sums[m][h][i] = wasm_i32x4_splat(0);
      }
    }
    for (size_t j = 0; j < 4; ++j) {
      v128_t low[H][P], high[H][P];
#pragma unroll
      for (size_t h = 0; h < H; ++h) {
        const v128_t bytes = wasm_v128_load(w + (h0 + h) * 64 + j * 16);
        Dot::Expand(wasm_v128_and(bytes, nibble), low[h]);
        Dot::Expand(wasm_u8x16_shr(bytes, 4), high[h]);
      }
#pragma unroll
      for (size_t m = 0; m < M; ++m) {
        const int8_t* step = x + m * stride + g * kGroup + j * 2 * kStep;
        const v128_t even = Dot::Activations(wasm_v128_load32_splat(step));
        const v128_t odd = Dot::Activations(wasm_v128_load32_splat(step + kStep));
#pragma unroll
        for (size_t h = 0; h < H; ++h) {
#pragma unroll
          for (size_t i = 0; i < P; ++i) {
            sums[m][h][i] = Dot::Add(Dot::Add(sums[m][h][i], low[h][i], even), high[h][i], odd);
          }
        }
      }
    }
#pragma unroll
    for (size_t h = 0; h < H; ++h) {
      const v128_t scales = LoadScales(w + kTile * kGroup / 2 + (h0 + h) * kHalf * sizeof(uint16_t));
#pragma unroll
      for (size_t m = 0; m < M; ++m) {
        const v128_t correction = wasm_i32x4_splat(PackedWeights::kOffsetQ4 * p.x->group_sums(r0 + m)[g]);
        const v128_t sum = wasm_f32x4_convert_i32x4(wasm_i32x4_sub(Dot::Reduce(sums[m][h]), correction));
        totals[m][h] = wasm_f32x4_add(totals[m][h], wasm_f32x4_mul(sum, scales));
      }
    }
  }
#pragma unroll
  for (size_t m = 0; m < M; ++m) {
    const v128_t scale = wasm_f32x4_splat(p.x->scale(r0 + m));
#pragma unroll
    for (size_t h = 0; h < H; ++h) {
      Store(p, r0 + m, t * kTile + (h0 + h) * kHalf, wasm_f32x4_mul(totals[m][h], scale));
    }
  }
}

template <typename Dot, size_t M>
void TileQ4(const Product& p, size_t t, size_t r0) {
  if constexpr (M <= 2) {
    HalvesQ4<Dot, M, 2>(p, t, 0, r0);
  } else {
    HalvesQ4<Dot, M, 1>(p, t, 0, r0);
    HalvesQ4<Dot, M, 1>(p, t, 1, r0);
  }
}

template <typename Dot, size_t M>
void RowsOfTile(const Product& p, size_t t, size_t r0) {
  constexpr size_t kSums = M * 2 * Dot::kParts;
  constexpr size_t kUnroll = kSums <= 2 ? 4 : kSums <= 6 ? 2 : 1;
  if (p.weights->scheme() == Scheme::kQ8) {
    TileQ8<Dot, M, kUnroll>(p, t, r0);
  } else {
    TileQ4<Dot, M>(p, t, r0);
  }
}

// All rows of one tile, in nearly equal portions of at most Dot::kMaxRows: the tile stays in the first-level cache meanwhile.
template <typename Dot, size_t M = Dot::kMaxRows>
void Portion(const Product& p, size_t t, size_t r0, size_t rows) {
  if (rows == M) return RowsOfTile<Dot, M>(p, t, r0);
  if constexpr (M > 1) Portion<Dot, M - 1>(p, t, r0, rows);
}

template <typename Dot>
void MultiplyBy(const Product& p, size_t t0, size_t t1) {
  const size_t portions = (p.rows + Dot::kMaxRows - 1) / Dot::kMaxRows;
  for (size_t t = t0; t < t1; ++t) {
    for (size_t i = 0; i < portions; ++i) {
      const size_t r0 = p.rows * i / portions;
      Portion<Dot>(p, t, r0, p.rows * (i + 1) / portions - r0);
    }
  }
}

}  // namespace

Status QuantizedRows::Resize(size_t rows, size_t width) {
  width_ = width;
  stride_ = (width + kGroup - 1) / kGroup * kGroup;
  VARIORUM_TRY(values_.Resize(rows * stride_));
  VARIORUM_TRY(scales_.Resize(rows));
  VARIORUM_TRY(sums_.Resize(rows));
  return group_sums_.Resize(rows * (stride_ / kGroup));
}

void QuantizedRows::Set(size_t r, const float* x) {
  int8_t* values = values_.data() + r * stride_;
  scales_[r] = QuantizeRow(x, width_, values);
  std::fill(values + width_, values + stride_, int8_t{0});
  int32_t* groups = group_sums_.data() + r * (stride_ / kGroup);
  int32_t total = 0;
  for (size_t g = 0; g < stride_ / kGroup; ++g) {
    const v128_t low = wasm_v128_load(values + g * kGroup), high = wasm_v128_load(values + g * kGroup + 16);
    const v128_t sum =
        wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_add(wasm_i16x8_extadd_pairwise_i8x16(low), wasm_i16x8_extadd_pairwise_i8x16(high)));
    groups[g] = wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1) + wasm_i32x4_extract_lane(sum, 2) +
                wasm_i32x4_extract_lane(sum, 3);
    total += groups[g];
  }
  sums_[r] = total;
}

void Multiply(const Product& product, size_t t0, size_t t1) {
#ifdef __wasm_relaxed_simd__
  static const bool native = FusedDotIsNative();
  return native ? MultiplyBy<FusedDot>(product, t0, t1) : MultiplyBy<SplitDot>(product, t0, t1);
#else
  return MultiplyBy<ExactDot>(product, t0, t1);
#endif
}

}  // namespace variorum
