#include "matrix_quantizer.h"

#include <algorithm>
#include <cstring>

namespace variorum {

Status MatrixQuantizer::Stage(DType dtype, size_t rows, size_t columns, uint8_t** bytes) {
  dtype_ = dtype;
  rows_ = rows;
  columns_ = columns;
  const size_t count = ElementCount({uint32_t(rows), uint32_t(columns)});
  if (count == SIZE_MAX) return {Code::kOutOfMemory, "A matrix of the checkpoint is larger than memory can be."};
  VARIORUM_TRY(staging_.Resize(count * SizeOf(dtype)));
  *bytes = staging_.data();
  return {};
}

Status MatrixQuantizer::Convert() {
  VARIORUM_TRY(floats_.Resize(rows_ * columns_));
  ToFloats(dtype_, staging_.data(), rows_ * columns_, floats_.data());
  if (AllFinite(floats_.data(), rows_ * columns_)) return {};
  return {Code::kBadShard, "holds numbers that are not finite: the checkpoint is damaged."};
}

Status MatrixQuantizer::Run(Scheme scheme, Layout layout) {
  const MatrixShape shape{rows_, columns_, layout};
  const bool q8 = scheme == Scheme::kQ8;
  value_bytes_ = q8 ? rows_ * columns_ : (rows_ + 1) / 2 * columns_;
  scale_count_ = q8 ? shape.outputs() : shape.groups() * shape.outputs();
  VARIORUM_TRY(values_.Resize(value_bytes_));
  VARIORUM_TRY(scales_.Resize(scale_count_));
  const ThreadPool pool(1);
  return QuantizeBlocks(dtype_, staging_.data(), shape, scheme, pool,
                        [&](const QuantizedBlock& block) { q8 ? StoreQ8(block, shape) : StoreQ4(block, shape); });
}

void MatrixQuantizer::StoreQ8(const QuantizedBlock& block, const MatrixShape& shape) {
  const bool in_out = shape.layout == Layout::kInOut;
  for (size_t k = 0; k < shape.inputs(); ++k) {
    const int8_t* values = block.values + k * kBlock;
    for (size_t i = 0; i < block.channels; ++i) {
      values_[in_out ? k * columns_ + block.n + i : (block.n + i) * columns_ + k] = uint8_t(values[i]);
    }
  }
  for (size_t i = 0; i < block.channels; ++i) scales_[block.n + i] = FloatToBFloat16(block.scales[i]);
}

void MatrixQuantizer::StoreQ4(const QuantizedBlock& block, const MatrixShape& shape) {
  const auto nibble = [&](size_t k, size_t i) { return k < shape.inputs() ? block.values[k * kBlock + i] - kLeastQ4 : 0; };
  for (size_t k = 0; k < shape.inputs(); k += 2) {
    uint8_t* out = values_.data() + k / 2 * columns_ + block.n;
    for (size_t i = 0; i < block.channels; ++i) out[i] = uint8_t(nibble(k, i) | nibble(k + 1, i) << 4);
  }
  for (size_t g = 0; g < shape.groups(); ++g) {
    std::copy_n(block.group_scales + g * kBlock, block.channels, scales_.data() + g * columns_ + block.n);
  }
}

}  // namespace variorum
