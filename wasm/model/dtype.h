// Element types of stored tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace variorum {

enum class DType { kF64, kF32, kF16, kBF16, kI8, kU8 };

size_t SizeOf(DType dtype);  // bytes per element
inline bool IsFloat(DType dtype) { return dtype != DType::kI8 && dtype != DType::kU8; }

// Number of elements of a shape; SIZE_MAX if that overflows.
size_t ElementCount(const std::vector<uint32_t>& shape);
bool AllFinite(const float* values, size_t count);
// Floats from `count` stored elements of a float type; those of F64 are rounded to the nearest, beyond the largest to infinity.
void ToFloats(DType dtype, const uint8_t* bytes, size_t count, float* out);

}  // namespace variorum
