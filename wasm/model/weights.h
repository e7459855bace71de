// GPT-2's weights: what tensors a checkpoint must have, how they come in piece by piece and in any order, and how they end up
// packed for the decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../buffer.h"
#include "../kernels/linear.h"
#include "../status.h"
#include "config.h"
#include "matrix_loader.h"

namespace variorum {

struct LayerNormWeights {
  Buffer<float> gain, bias;  // [C]
};

struct BlockWeights {
  LayerNormWeights ln_1, ln_2;
  std::unique_ptr<Linear> c_attn;    // C → 3 C
  std::unique_ptr<Linear> c_proj;    // C → C
  std::unique_ptr<Linear> mlp_fc;    // C → F
  std::unique_ptr<Linear> mlp_proj;  // F → C
};

// A place for the next bytes of the tensor that is being taken in; null when it is complete, or not needed.
struct Place {
  uint8_t* bytes = nullptr;
  size_t size = 0;
};

// Names are Hugging Face's without the prefix "transformer.". In a quantised scheme every matrix X ("….weight") is either given
// as float and quantised here, or as stored by the sharder with its scales in a tensor "X_scale":
//
//   q8   X  I8 in −63…63, of the matrix's own shape          X_scale  floats [outputs]
//   q4   X  U8 [⌈in / 2⌉, out], two inputs of a channel in   X_scale  F16 [⌈in / 32⌉, out]
//           a byte, the lower one in the low nibble, each + 8
//
// In scheme q4 the token embedding and the head are q8.
class Weights {
 public:
  // `pool` must outlive the weights.
  Weights(const Config& config, Scheme scheme, Kernels kernels, const ThreadPool& pool);

  // Whether the model has use for a tensor of this name; checkpoints hold others, such as the mask buffers of attention.
  bool Needs(const std::string& name) const { return Find(name) != nullptr; }
  // Begins a tensor: where its first bytes go. They are to be filled and then taken by Commit.
  // bad-shard if the model does not need it, or its shape or type is not what the configuration says; out-of-memory.
  Status Stage(const std::string& name, DType dtype, const std::vector<uint32_t>& shape, Place* place);
  // Takes what was staged: converts, quantises and packs it. `next` is where the tensor goes on. bad-shard; out-of-memory.
  Status Commit(Place* next);
  // bad-shard if a tensor is missing or incomplete. The weights may be used after this.
  Status Finish();

  // Whether linear layers read quantised activations.
  bool quantized() const { return scheme_ != Scheme::kF32; }

  const Linear* wte = nullptr;  // [V, C], read by rows: the head, if tied, or `embedding`
  std::unique_ptr<Linear> embedding;
  Buffer<float> wpe;  // [T, C]
  std::vector<BlockWeights> blocks;
  LayerNormWeights ln_f;
  std::unique_ptr<Linear> lm_head;  // C → V

 private:
  struct Matrix;
  struct Tensor {
    enum class Part { kTable, kValues, kScales, kBias } part = Part::kTable;
    std::string name;
    std::vector<uint32_t> shape;
    Buffer<float>* table = nullptr;  // where a table or vector of floats goes
    Matrix* matrix = nullptr;        // what the others are a part of
    bool required = true;
    bool arrived = false;
  };
  // A matrix whose parts are still coming in.
  struct Matrix {
    std::unique_ptr<MatrixLoader> loader;
    std::unique_ptr<Linear>* linear;  // where it goes
    bool begun = false;
    Tensor *values = nullptr, *scales = nullptr, *bias = nullptr;
  };

  Tensor* Find(const std::string& name) const;
  Tensor& Add(Tensor::Part part, const std::string& name, std::vector<uint32_t> shape, Buffer<float>* table, Matrix* matrix);
  void AddLayerNorm(const std::string& name, LayerNormWeights* place);
  void AddMatrix(const std::string& name, uint32_t rows, uint32_t columns, Layout layout, const std::string& bias_name,
                 std::unique_ptr<Linear>* linear, MatrixLoader::Use use);
  Status CheckStored(const Tensor& tensor, DType dtype, const std::vector<uint32_t>& shape) const;
  Status BeginTensor();
  Status NextPlace(Place* place);
  Status TakePiece();
  Status EndTensor();

  const Config config_;
  const Scheme scheme_;
  const Kernels kernels_;
  const ThreadPool& pool_;
  std::vector<std::unique_ptr<Tensor>> tensors_;
  std::vector<std::unique_ptr<Matrix>> matrices_;

  // The tensor that is coming in: all of it, in rows, and the piece that is staged.
  struct Incoming {
    Tensor* tensor = nullptr;
    DType dtype = DType::kF32;
    size_t rows = 0, row_bytes = 0, step = 1;
    size_t begin = 0, end = 0;  // rows of the piece
  } incoming_;
  Buffer<uint8_t> staging_;
};

}  // namespace variorum
