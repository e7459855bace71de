// One matrix of a checkpoint on its way into a linear layer: takes its rows piece by piece, as stored or to be quantised here,
// and packs them as they come, so that no second copy of the weights is ever made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../kernels/linear.h"
#include "../kernels/packed_linear.h"
#include "../kernels/xnnpack_linear.h"
#include "../thread_pool.h"
#include "dtype.h"
#include "matrix_shape.h"

namespace variorum {

class MatrixLoader {
 public:
  // What the layer is for: products, or only to be read row by row, or both.
  struct Use {
    bool multiplies, read_by_rows;
  };
  // q4 matrices must be kInOut: Hugging Face's linear layers.
  MatrixLoader(MatrixShape shape, Scheme scheme, Kernels kernels, Use use, const ThreadPool& pool)
      : shape_(shape), scheme_(scheme), kernels_(kernels), use_(use), pool_(pool) {}

  Scheme scheme() const { return scheme_; }
  const MatrixShape& shape() const { return shape_; }
  // Rows of the stored tensor of type `dtype`, each `RowBytes` long. q4 stores the inputs 2 i and 2 i + 1 in byte row i.
  size_t StoredRows(DType dtype) const { return dtype == DType::kU8 ? (shape_.rows + 1) / 2 : shape_.rows; }
  size_t RowBytes(DType dtype) const { return shape_.columns * SizeOf(dtype); }
  // Pieces are of a multiple of this many stored rows, or end at the end. A matrix that has to be quantised along its rows is
  // needed whole, since a scale depends on all of its channel.
  size_t RowStep(DType dtype) const;

  // Makes room. out-of-memory.
  Status Begin();
  // Takes stored rows [row0, row1). bad-shard: values that are not of the scheme, or not finite.
  Status TakeRows(DType dtype, const uint8_t* bytes, size_t row0, size_t row1);
  // Takes the scales of quantised values: q8 floats [outputs]; q4 binary16 [groups, outputs]. bad-shard.
  Status TakeScales(DType dtype, const uint8_t* bytes);
  Buffer<float>& bias() { return packed_ ? packed_->bias() : xnnpack_->source().bias; }

  // All parts are in: the layer, ready to run. out-of-memory or unsupported.
  Status Finish(std::unique_ptr<Linear>* linear);

 private:
  Status TakeStored(DType dtype, const uint8_t* bytes, size_t row0, size_t row1);
  Status Quantize(DType dtype, const uint8_t* bytes, size_t row0, size_t row1);
  // Puts quantised values of inputs k0…k1 and channels n0…n1 where they belong.
  void Put(Strided source, size_t k0, size_t k1, size_t n0, size_t n1);
  void PutOnAllThreads(Strided source, size_t k0, size_t k1, size_t n0, size_t n1);

  const MatrixShape shape_;
  const Scheme scheme_;
  const Kernels kernels_;
  const Use use_;
  const ThreadPool& pool_;
  std::unique_ptr<PackedLinear> packed_;    // either this one
  std::unique_ptr<XnnpackLinear> xnnpack_;  // or that one
};

}  // namespace variorum
