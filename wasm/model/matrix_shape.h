#pragma once

#include <cstddef>

#include "../kernels/quantize.h"

namespace variorum {

// A matrix as Hugging Face stores it.
struct MatrixShape {
  size_t rows, columns;
  Layout layout;

  size_t inputs() const { return layout == Layout::kInOut ? rows : columns; }
  size_t outputs() const { return layout == Layout::kInOut ? columns : rows; }
  size_t groups() const { return (inputs() + kGroup - 1) / kGroup; }
};

}  // namespace variorum
