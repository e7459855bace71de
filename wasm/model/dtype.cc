#include "dtype.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../kernels/quantize.h"

namespace variorum {

size_t SizeOf(DType dtype) {
  switch (dtype) {
    case DType::kF64: return 8;
    case DType::kF32: return 4;
    case DType::kF16:
    case DType::kBF16: return 2;
    case DType::kI8:
    case DType::kU8: return 1;
  }
  return 0;
}

size_t ElementCount(const std::vector<uint32_t>& shape) {
  uint64_t count = 1;
  for (uint32_t extent : shape) {
    count *= extent;
    if (count > SIZE_MAX / 8) return SIZE_MAX;
  }
  return size_t(count);
}

bool AllFinite(const float* values, size_t count) {
  return std::all_of(values, values + count, [](float value) { return std::isfinite(value); });
}

void ToFloats(DType dtype, const uint8_t* bytes, size_t count, float* out) {
  if (dtype == DType::kF32) {
    std::memcpy(out, bytes, count * sizeof(float));
    return;
  }
  if (dtype == DType::kF64) {
    for (size_t i = 0; i < count; ++i) {
      double value;
      std::memcpy(&value, bytes + 8 * i, 8);
      out[i] = float(value);
    }
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    uint16_t half;
    std::memcpy(&half, bytes + 2 * i, 2);
    out[i] = dtype == DType::kF16 ? HalfToFloat(half) : BFloat16ToFloat(half);
  }
}

}  // namespace variorum
