#include "weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace variorum {
namespace {

std::string ShapeText(const std::vector<uint32_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace

size_t SizeOf(DType dtype) {
  switch (dtype) {
    case DType::kF32: return 4;
    case DType::kF16:
    case DType::kBF16: return 2;
    case DType::kI8: return 1;
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
  for (size_t i = 0; i < count; ++i) {
    uint16_t half;
    std::memcpy(&half, bytes + 2 * i, 2);
    out[i] = dtype == DType::kF16 ? HalfToFloat(half) : BFloat16ToFloat(half);
  }
}

void Embedding::Row(size_t token, size_t C, float* out) const {
  if (!f32.empty()) {
    std::memcpy(out, f32.data() + token * C, C * sizeof(float));
    return;
  }
  const int8_t* row = q8.data() + token * C;
  for (size_t i = 0; i < C; ++i) out[i] = float(row[i]) * scales[token];
}

Weights::Weights(const Config& config, Scheme scheme) : blocks(config.n_layer), config_(config), scheme_(scheme) {
  const uint32_t V = config.vocab_size, T = config.n_positions, C = config.n_embd, F = config.inner();
  // An untied embedding is only read row by row: it has no linear layer.
  AddMatrix("wte.weight", V, C, Layout::kOutIn, "", config.tie_word_embeddings ? &lm_head : nullptr, &wte);
  AddFloats("wpe.weight", {T, C}, &wpe);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const std::string h = "h." + std::to_string(i) + ".";
    AddLayerNorm(h + "ln_1", &blocks[i].ln_1);
    AddMatrix(h + "attn.c_attn.weight", C, 3 * C, Layout::kInOut, h + "attn.c_attn.bias", &blocks[i].c_attn);
    AddMatrix(h + "attn.c_proj.weight", C, C, Layout::kInOut, h + "attn.c_proj.bias", &blocks[i].c_proj);
    AddLayerNorm(h + "ln_2", &blocks[i].ln_2);
    AddMatrix(h + "mlp.c_fc.weight", C, F, Layout::kInOut, h + "mlp.c_fc.bias", &blocks[i].mlp_fc);
    AddMatrix(h + "mlp.c_proj.weight", F, C, Layout::kInOut, h + "mlp.c_proj.bias", &blocks[i].mlp_proj);
  }
  AddLayerNorm("ln_f", &ln_f);
  if (!config.tie_word_embeddings) AddMatrix("lm_head.weight", V, C, Layout::kOutIn, "", &lm_head);
}

void Weights::AddFloats(const std::string& name, std::vector<uint32_t> shape, Buffer<float>* place) {
  auto tensor = std::make_unique<Tensor>();
  tensor->name = name;
  tensor->shape = std::move(shape);
  tensor->floats = place;
  tensors_.push_back(std::move(tensor));
}

void Weights::AddLayerNorm(const std::string& name, LayerNormWeights* place) {
  const uint32_t C = config_.n_embd;
  AddFloats(name + ".weight", {C}, &place->gain);
  AddFloats(name + ".bias", {C}, &place->bias);
}

void Weights::AddMatrix(const std::string& name, uint32_t rows, uint32_t columns, Layout layout,
                        const std::string& bias_name, std::unique_ptr<Linear>* linear, Embedding* embedding) {
  auto matrix = std::make_unique<Matrix>();
  matrix->rows = rows;
  matrix->columns = columns;
  matrix->layout = layout;
  matrix->linear = linear;
  matrix->embedding = embedding;
  const uint32_t out = layout == Layout::kInOut ? columns : rows;

  auto weight = std::make_unique<Tensor>();
  weight->name = name;
  weight->shape = {rows, columns};
  weight->matrix = matrix.get();
  weight->is_matrix = true;
  matrix->weight_part = weight.get();
  tensors_.push_back(std::move(weight));
  if (scheme_ == Scheme::kQ8) {
    AddFloats(name + "_scale", {out}, &matrix->scales);
    tensors_.back()->matrix = matrix.get();
    tensors_.back()->required = false;  // until the matrix itself turns out to be quantised
    matrix->scale_part = tensors_.back().get();
  }
  if (!bias_name.empty()) {
    AddFloats(bias_name, {out}, &matrix->bias);
    tensors_.back()->matrix = matrix.get();
    matrix->bias_part = tensors_.back().get();
  }
  matrices_.push_back(std::move(matrix));
}

Weights::Tensor* Weights::Find(const std::string& name) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(), [&](const auto& t) { return t->name == name; });
  return found == tensors_.end() ? nullptr : found->get();
}

Status Weights::Stage(const std::string& name, DType dtype, const std::vector<uint32_t>& shape, uint8_t** bytes,
                      size_t* size) {
  *bytes = nullptr;
  *size = 0;
  staged_ = nullptr;
  Tensor* found = Find(name);
  if (found == nullptr) return {Code::kBadShard, "The model has no tensor " + name + "."};
  Tensor& tensor = *found;
  if (tensor.arrived) return {Code::kBadShard, "Tensor " + name + " occurs twice: the model's files do not belong together."};
  if (shape != tensor.shape) {
    return {Code::kBadShard, "Tensor " + name + " has shape " + ShapeText(shape) + ", but config.json asks for " +
                                 ShapeText(tensor.shape) + ": the weights belong to another model."};
  }
  if (dtype == DType::kI8 && (!tensor.is_matrix || scheme_ != Scheme::kQ8)) {
    return {Code::kBadShard, "Tensor " + name + " is I8 where floats are needed: the file is not of the scheme it says."};
  }
  const size_t staged_bytes = ElementCount(shape) * SizeOf(dtype);
  VARIORUM_TRY(staging_.Resize(staged_bytes));
  staged_ = &tensor;
  staged_dtype_ = dtype;
  *bytes = staging_.data();
  *size = staged_bytes;
  return {};
}

Status Weights::Commit() {
  if (staged_ == nullptr) return {};
  Tensor& tensor = *staged_;
  staged_ = nullptr;
  const size_t count = ElementCount(tensor.shape);
  const auto not_finite = [&] {
    return Status(Code::kBadShard, "Tensor " + tensor.name + " holds numbers that are not finite: the checkpoint is damaged.");
  };
  if (tensor.is_matrix) {
    Matrix& matrix = *tensor.matrix;
    if (staged_dtype_ == DType::kI8) {
      VARIORUM_TRY(matrix.q8.Resize(count));
      std::memcpy(matrix.q8.data(), staging_.data(), count);
      const auto [least, most] = std::minmax_element(matrix.q8.data(), matrix.q8.data() + count);
      if (*least < -63 || *most > 63) {
        return {Code::kBadShard, "Tensor " + tensor.name + " has values beyond −63…63: it is not of scheme q8."};
      }
      matrix.scale_part->required = true;
    } else {
      VARIORUM_TRY(matrix.f32.Resize(count));
      ToFloats(staged_dtype_, staging_.data(), count, matrix.f32.data());
      if (!AllFinite(matrix.f32.data(), count)) return not_finite();
      if (matrix.scale_part != nullptr && matrix.scale_part->arrived) {
        return {Code::kBadShard, "Tensor " + tensor.name + " has scales, but is not quantised: the model's files do not belong together."};
      }
      VARIORUM_TRY(QuantizeIfAsked(matrix));
    }
  } else {
    VARIORUM_TRY(tensor.floats->Resize(count));
    ToFloats(staged_dtype_, staging_.data(), count, tensor.floats->data());
    if (!AllFinite(tensor.floats->data(), count)) return not_finite();
  }
  tensor.arrived = true;
  return tensor.matrix != nullptr ? PackIfComplete(*tensor.matrix) : Status{};
}

Status Weights::QuantizeIfAsked(Matrix& matrix) {
  if (scheme_ == Scheme::kF32) return {};
  VARIORUM_TRY(matrix.q8.Resize(matrix.rows * matrix.columns));
  VARIORUM_TRY(matrix.scales.Resize(matrix.layout == Layout::kInOut ? matrix.columns : matrix.rows));
  QuantizeWeights(matrix.f32.data(), matrix.rows, matrix.columns, matrix.layout, matrix.q8.data(), matrix.scales.data());
  matrix.f32.Free();
  matrix.scale_part->arrived = true;
  return {};
}

Status Weights::PackIfComplete(Matrix& matrix) {
  if (!matrix.weight_part->arrived || (matrix.bias_part != nullptr && !matrix.bias_part->arrived) ||
      (!matrix.q8.empty() && !matrix.scale_part->arrived)) {
    return {};
  }
  if (matrix.linear != nullptr) {
    LinearSource source;
    source.in = matrix.layout == Layout::kInOut ? matrix.rows : matrix.columns;
    source.out = matrix.layout == Layout::kInOut ? matrix.columns : matrix.rows;
    source.layout = matrix.layout;
    source.f32 = matrix.f32.data();
    source.q8 = matrix.q8.data();
    source.scales = matrix.scales.data();
    source.bias = matrix.bias.data();
    VARIORUM_TRY(Linear::Create(source, matrix.linear));
  }
  if (matrix.embedding != nullptr) {
    matrix.embedding->f32 = std::move(matrix.f32);
    matrix.embedding->q8 = std::move(matrix.q8);
    matrix.embedding->scales = std::move(matrix.scales);
  }
  matrix.f32.Free();
  matrix.q8.Free();
  matrix.scales.Free();
  matrix.bias.Free();
  return {};
}

Status Weights::Finish() {
  std::string missing;
  int count = 0;
  for (const auto& tensor : tensors_) {
    if (!tensor->required || tensor->arrived) continue;
    if (count++ == 0) missing = tensor->name;
  }
  if (count > 0) {
    return {Code::kBadShard, "Tensor " + missing + (count > 1 ? " and " + std::to_string(count - 1) + " more are" : " is") +
                                 " missing: the model's files are incomplete."};
  }
  staging_.Free();
  return {};
}

}  // namespace variorum
