#include "matrix_loader.h"

#include <wasm_simd128.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "quantize_blocks.h"

namespace variorum {

size_t MatrixLoader::RowStep(DType dtype) const {
  if (scheme_ == Scheme::kF32) return 1;
  if (shape_.layout == Layout::kOutIn) return kBlock;
  if (IsFloat(dtype)) return shape_.rows;
  return dtype == DType::kU8 ? kGroup / 2 : kGroup;
}

Status MatrixLoader::Begin() {
  const size_t K = shape_.inputs(), N = shape_.outputs();
  if (scheme_ != Scheme::kF32 && kernels_ == Kernels::kOwn) {
    packed_ = std::make_unique<PackedLinear>();
    return packed_->Create(scheme_, K, N);
  }
  xnnpack_ = std::make_unique<XnnpackLinear>();
  XnnpackLinear::Source& source = xnnpack_->source();
  source.in = K;
  source.out = N;
  source.layout = shape_.layout;
  if (scheme_ == Scheme::kF32) return source.f32.Resize(K * N);
  VARIORUM_TRY(source.q8.Resize(K * N));
  return source.scales.Resize(N);
}

Status MatrixLoader::TakeRows(DType dtype, const uint8_t* bytes, size_t row0, size_t row1) {
  if (!IsFloat(dtype)) return TakeStored(dtype, bytes, row0, row1);
  if (scheme_ != Scheme::kF32) return Quantize(dtype, bytes, row0, row1);
  const size_t count = (row1 - row0) * shape_.columns;
  float* place = xnnpack_->source().f32.data() + row0 * shape_.columns;
  ToFloats(dtype, bytes, count, place);
  return AllFinite(place, count) ? Status{} : Status(Code::kBadShard, "holds numbers that are not finite: the checkpoint is damaged.");
}

namespace {

// Whether all values are of scheme q8: within −63…63.
bool AllQ8(const int8_t* values, size_t count) {
  v128_t least = wasm_i8x16_splat(0), most = wasm_i8x16_splat(0);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const v128_t v = wasm_v128_load(values + i);
    least = wasm_i8x16_min(least, v);
    most = wasm_i8x16_max(most, v);
  }
  const v128_t beyond =
      wasm_v128_or(wasm_i8x16_lt(least, wasm_i8x16_splat(-kLargestQ8)), wasm_i8x16_gt(most, wasm_i8x16_splat(kLargestQ8)));
  return !wasm_v128_any_true(beyond) && std::all_of(values + i, values + count, [](int8_t value) { return std::abs(value) <= kLargestQ8; });
}

}  // namespace

Status MatrixLoader::TakeStored(DType dtype, const uint8_t* bytes, size_t row0, size_t row1) {
  const size_t columns = shape_.columns;
  if (dtype == DType::kI8) {
    const auto* values = reinterpret_cast<const int8_t*>(bytes);
    if (!AllQ8(values, (row1 - row0) * columns)) {
      return {Code::kBadShard, "has values beyond −63…63: it is not of scheme q8."};
    }
    if (shape_.layout == Layout::kInOut) {
      PutOnAllThreads({values, columns, 1}, row0, row1, 0, columns);
    } else {
      PutOnAllThreads({values, 1, columns}, 0, columns, row0, row1);
    }
    return {};
  }
  // Nibbles: two inputs of the same channel in a byte.
  std::vector<int8_t> values(2 * (row1 - row0) * columns);
  for (size_t r = 0; r < row1 - row0; ++r) {
    int8_t* even = values.data() + 2 * r * columns;
    for (size_t n = 0; n < columns; ++n) {
      even[n] = int8_t((bytes[r * columns + n] & 15) + kLeastQ4);
      even[columns + n] = int8_t((bytes[r * columns + n] >> 4) + kLeastQ4);
    }
  }
  PutOnAllThreads({values.data(), columns, 1}, 2 * row0, std::min(2 * row1, shape_.rows), 0, columns);
  return {};
}

Status MatrixLoader::Quantize(DType dtype, const uint8_t* bytes, size_t row0, size_t row1) {
  // Rows are output channels in one layout; in the other all of them are here.
  const MatrixShape piece{row1 - row0, shape_.columns, shape_.layout};
  const size_t n0 = shape_.layout == Layout::kOutIn ? row0 : 0;
  return QuantizeBlocks(dtype, bytes, piece, scheme_, pool_, [&](const QuantizedBlock& block) {
    const size_t n = n0 + block.n, n_end = n + block.channels;
    if (scheme_ == Scheme::kQ8) {
      std::copy_n(block.scales, block.channels, (packed_ ? packed_->weights().scales() : xnnpack_->source().scales.data()) + n);
    } else {
      packed_->weights().PutScales(block.group_scales, kBlock, 0, shape_.groups(), n, n_end);
    }
    Put({block.values, kBlock, 1}, 0, shape_.inputs(), n, n_end);
  });
}

void MatrixLoader::PutOnAllThreads(Strided source, size_t k0, size_t k1, size_t n0, size_t n1) {
  constexpr size_t kTile = PackedWeights::kTile;
  // Some two operations a weight. Whole tiles do not share what is written.
  pool_.ParallelRanges((n1 - n0 + kTile - 1) / kTile, 2 * (k1 - k0) * kTile, [&](size_t begin, size_t end) {
    Put({source.values + begin * kTile * source.n_stride, source.k_stride, source.n_stride}, k0, k1, n0 + begin * kTile,
        std::min(n1, n0 + end * kTile));
  });
}

void MatrixLoader::Put(Strided source, size_t k0, size_t k1, size_t n0, size_t n1) {
  if (packed_) return packed_->weights().Put(source, k0, k1, n0, n1);
  for (size_t n = n0; n < n1; ++n) {
    int8_t* row = xnnpack_->source().q8.data() + n * shape_.inputs();
    for (size_t k = k0; k < k1; ++k) row[k] = source.values[(k - k0) * source.k_stride + (n - n0) * source.n_stride];
  }
}

Status MatrixLoader::TakeScales(DType dtype, const uint8_t* bytes) {
  const size_t N = shape_.outputs();
  if (scheme_ == Scheme::kQ8) {
    float* scales = packed_ ? packed_->weights().scales() : xnnpack_->source().scales.data();
    ToFloats(dtype, bytes, N, scales);
    const bool good = std::all_of(scales, scales + N, [](float scale) { return std::isfinite(scale) && scale >= 0; });
    return good ? Status{} : Status(Code::kBadShard, "holds scales that are negative or not finite: the file is damaged.");
  }
  const auto* halves = reinterpret_cast<const uint16_t*>(bytes);
  const size_t count = shape_.groups() * N;
  if (std::any_of(halves, halves + count, [](uint16_t half) { return half >= 0x7c00; })) {
    return {Code::kBadShard, "holds scales that are negative or not finite: the file is damaged."};
  }
  packed_->weights().PutScales(halves, N, 0, shape_.groups(), 0, N);
  return {};
}

Status MatrixLoader::Finish(std::unique_ptr<Linear>* linear) {
  if (packed_) {
    *linear = std::move(packed_);
    return {};
  }
  VARIORUM_TRY(xnnpack_->Pack(use_.multiplies, use_.read_by_rows));
  *linear = std::move(xnnpack_);
  return {};
}

}  // namespace variorum
