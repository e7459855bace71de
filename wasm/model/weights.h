// GPT-2's weights: what tensors a checkpoint must have, how they come in one by one in any order, and how they end up
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

namespace variorum {

enum class Scheme { kF32, kQ8 };
enum class DType { kF32, kF16, kBF16, kI8 };

size_t SizeOf(DType dtype);  // bytes per element

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

// The token embedding [V, C], apart from the head even when tied, because XNNPACK keeps packed weights opaque.
struct Embedding {
  Buffer<float> f32;
  Buffer<int8_t> q8;
  Buffer<float> scales;  // [V]

  void Row(size_t token, size_t C, float* out) const;
};

// Names are Hugging Face's without the prefix "transformer.". In scheme q8 every matrix X ("….weight") is either given as
// float and quantised here, or as I8 with its scales in a tensor "X_scale".
class Weights {
 public:
  Weights(const Config& config, Scheme scheme);

  // Whether the model has use for a tensor of this name; checkpoints hold others, such as the mask buffers of attention.
  bool Needs(const std::string& name) const { return Find(name) != nullptr; }
  // Memory for the bytes of tensor `name`, to be filled and then taken by Commit. `size` bytes.
  // bad-shard if the model does not need it, or its shape or type is not what the configuration says.
  Status Stage(const std::string& name, DType dtype, const std::vector<uint32_t>& shape, uint8_t** bytes, size_t* size);
  // Converts, quantises and packs the staged tensor.
  Status Commit();
  // bad-shard if a tensor is missing. The weights may be used after this.
  Status Finish();

  Embedding wte;
  Buffer<float> wpe;  // [T, C]
  std::vector<BlockWeights> blocks;
  LayerNormWeights ln_f;
  std::unique_ptr<Linear> lm_head;  // C → V

 private:
  struct Matrix;  // a linear layer whose parts are still coming in
  struct Tensor {
    std::string name;
    std::vector<uint32_t> shape;
    Buffer<float>* floats = nullptr;  // its place, if it is a vector, a table of floats or a matrix's scales
    Matrix* matrix = nullptr;         // what it is a part of, if any
    bool is_matrix = false;           // the matrix itself, and not its scales or bias
    bool required = true;
    bool arrived = false;
  };
  struct Matrix {
    size_t rows = 0, columns = 0;
    Layout layout = Layout::kInOut;
    std::unique_ptr<Linear>* linear = nullptr;
    Embedding* embedding = nullptr;  // keeps the raw matrix, if it is also read row by row
    Buffer<float> f32, scales, bias;
    Buffer<int8_t> q8;
    Tensor *weight_part = nullptr, *scale_part = nullptr, *bias_part = nullptr;
  };

  Tensor* Find(const std::string& name) const;
  void AddFloats(const std::string& name, std::vector<uint32_t> shape, Buffer<float>* place);
  void AddLayerNorm(const std::string& name, LayerNormWeights* place);
  void AddMatrix(const std::string& name, uint32_t rows, uint32_t columns, Layout layout, const std::string& bias_name,
                 std::unique_ptr<Linear>* linear, Embedding* embedding = nullptr);
  Status QuantizeIfAsked(Matrix& matrix);
  Status PackIfComplete(Matrix& matrix);

  Config config_;
  Scheme scheme_;
  std::vector<std::unique_ptr<Tensor>> tensors_;
  std::vector<std::unique_ptr<Matrix>> matrices_;

  Buffer<uint8_t> staging_;
  DType staged_dtype_ = DType::kF32;
  Tensor* staged_ = nullptr;
};

// Number of elements of a shape; SIZE_MAX if that overflows.
size_t ElementCount(const std::vector<uint32_t>& shape);
bool AllFinite(const float* values, size_t count);
// Floats from `count` stored elements of a float type.
void ToFloats(DType dtype, const uint8_t* bytes, size_t count, float* out);

}  // namespace variorum
