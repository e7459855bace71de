// Tensors as files hold them: floats of a checkpoint, and the quantised form that the sharder writes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/packed_weights.h"
#include "model/dtype.h"
#include "model/matrix_shape.h"

namespace variorum {

struct StoredTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<uint32_t> shape;
  std::vector<uint8_t> bytes;

  std::vector<float> Floats() const;  // not for I8 and U8
  void Set(std::span<const float> values);  // makes it F32
};

// Ends the program, because the tests' own data is at fault: then nothing else can be tested.
[[noreturn]] void Stop(const std::string& why);
void StopUnless(const Status& status);

// A matrix and its scales in scheme q8 or q4.
struct QuantizedTensor {
  StoredTensor values, scales;
  MatrixShape shape;  // of the matrix itself: q4 stores two of its rows in one

  // The weights that they stand for: [rows, columns].
  std::vector<float> Floats() const;
};
QuantizedTensor Quantized(const StoredTensor& matrix, Scheme scheme, Layout layout);

}  // namespace variorum
