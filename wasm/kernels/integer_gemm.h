// Products of quantised activations and packed weights: the kernels that take nearly all of the engine's time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../buffer.h"
#include "activation.h"
#include "packed_weights.h"

namespace variorum {

// Rows of activations, 8 bits each, with what the kernels need to know of them.
class QuantizedRows {
 public:
  // Room for `rows` of `width` numbers. out-of-memory.
  Status Resize(size_t rows, size_t width);
  // Takes x[width] as row r. Rows may be taken by several threads at once.
  void Set(size_t r, const float* x);

  size_t width() const { return width_; }
  size_t stride() const { return stride_; }  // width, in whole groups; what is beyond it is 0
  const int8_t* row(size_t r) const { return values_.data() + r * stride_; }
  float scale(size_t r) const { return scales_[r]; }
  int32_t sum(size_t r) const { return sums_[r]; }
  // Of each group of kGroup numbers: [stride / kGroup].
  const int32_t* group_sums(size_t r) const { return group_sums_.data() + r * (stride_ / kGroup); }

 private:
  size_t width_ = 0, stride_ = 0;
  Buffer<int8_t> values_;
  Buffer<float> scales_;
  Buffer<int32_t> sums_, group_sums_;
};

// What becomes of a result v = x W + b.
struct Epilogue {
  enum Kind { kStore, kActivate, kAdd } kind = kStore;
  Activation activation = Activation::kGeluTanh;

  static Epilogue Store() { return {}; }
  static Epilogue Activate(Activation activation) { return {kActivate, activation}; }  // y = activation(v)
  static Epilogue Add() { return {kAdd}; }                                             // y += v
};

struct Product {
  const QuantizedRows* x;
  size_t rows;
  const PackedWeights* weights;
  const float* bias;  // [channels], or null for none
  float* y;           // [rows, channels]
  Epilogue epilogue;
};

// Computes the channels of tiles t0…t1. A row's result depends on that row and the weights alone, bit for bit.
void Multiply(const Product& product, size_t t0, size_t t1);

}  // namespace variorum
