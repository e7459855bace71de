#include "stored_tensor.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "model/matrix_quantizer.h"

namespace variorum {

void Stop(const std::string& why) {
  std::printf("The tests' own data: %s\n", why.c_str());
  std::fflush(stdout);
  std::abort();
}

void StopUnless(const Status& status) {
  if (!status.ok()) Stop(status.message);
}

std::vector<float> StoredTensor::Floats() const {
  std::vector<float> values(ElementCount(shape));
  ToFloats(dtype, bytes.data(), values.size(), values.data());
  return values;
}

void StoredTensor::Set(std::span<const float> values) {
  dtype = DType::kF32;
  bytes.resize(values.size_bytes());
  std::memcpy(bytes.data(), values.data(), bytes.size());
}

QuantizedTensor Quantized(const StoredTensor& matrix, Scheme scheme, Layout layout) {
  const uint32_t rows = matrix.shape[0], columns = matrix.shape[1];
  MatrixQuantizer quantizer;
  uint8_t* staged = nullptr;
  StopUnless(quantizer.Stage(matrix.dtype, rows, columns, &staged));
  if (quantizer.staged_bytes() != matrix.bytes.size()) Stop(matrix.name + " is staged with another size");
  std::memcpy(staged, matrix.bytes.data(), matrix.bytes.size());
  StopUnless(quantizer.Run(scheme, layout));

  const uint8_t* values = quantizer.values().data();
  const auto* scales = reinterpret_cast<const uint8_t*>(quantizer.scales().data());
  const uint32_t scale_count = uint32_t(quantizer.scale_count());
  QuantizedTensor result{{matrix.name, DType::kI8, {rows, columns}, {values, values + quantizer.value_bytes()}},
                         {matrix.name + "_scale", DType::kBF16, {scale_count}, {scales, scales + 2 * scale_count}},
                         {rows, columns, layout}};
  if (scheme == Scheme::kQ4) {
    result.values.dtype = DType::kU8;
    result.values.shape = {(rows + 1) / 2, columns};
    result.scales.dtype = DType::kF16;
    result.scales.shape = {scale_count / columns, columns};
  }
  return result;
}

std::vector<float> QuantizedTensor::Floats() const {
  const size_t columns = shape.columns;
  const std::vector<float> factors = scales.Floats();
  std::vector<float> floats(shape.rows * columns);
  for (size_t row = 0; row < shape.rows; ++row) {
    for (size_t column = 0; column < columns; ++column) {
      float& out = floats[row * columns + column];
      if (values.dtype == DType::kU8) {  // two inputs of a channel in a byte, the lower one in the low nibble
        const int nibble = values.bytes[row / 2 * columns + column] >> 4 * (row % 2) & 15;
        out = float(nibble - 8) * factors[row / 32 * columns + column];
      } else {
        out = float(int8_t(values.bytes[row * columns + column])) * factors[shape.layout == Layout::kOutIn ? row : column];
      }
    }
  }
  return floats;
}

}  // namespace variorum
