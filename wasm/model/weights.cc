#include "weights.h"

#include <algorithm>
#include <cstring>

namespace variorum {
namespace {

constexpr size_t kPieceBytes = 256 << 10;  // about what stays in a second-level cache until it is packed

std::string ShapeText(const std::vector<uint32_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace

Weights::Weights(const Config& config, Scheme scheme, Kernels kernels, const ThreadPool& pool)
    : blocks(config.n_layer), config_(config), scheme_(scheme), kernels_(kernels), pool_(pool) {
  const uint32_t V = config.vocab_size, T = config.n_positions, C = config.n_embd, F = config.inner();
  const bool tied = config.tie_word_embeddings;
  constexpr MatrixLoader::Use kMultiplied{.multiplies = true, .read_by_rows = false};
  AddMatrix("wte.weight", V, C, Layout::kOutIn, "", tied ? &lm_head : &embedding, {.multiplies = tied, .read_by_rows = true});
  Add(Tensor::Part::kTable, "wpe.weight", {T, C}, &wpe, nullptr);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const std::string h = "h." + std::to_string(i) + ".";
    AddLayerNorm(h + "ln_1", &blocks[i].ln_1);
    AddMatrix(h + "attn.c_attn.weight", C, 3 * C, Layout::kInOut, h + "attn.c_attn.bias", &blocks[i].c_attn, kMultiplied);
    AddMatrix(h + "attn.c_proj.weight", C, C, Layout::kInOut, h + "attn.c_proj.bias", &blocks[i].c_proj, kMultiplied);
    AddLayerNorm(h + "ln_2", &blocks[i].ln_2);
    AddMatrix(h + "mlp.c_fc.weight", C, F, Layout::kInOut, h + "mlp.c_fc.bias", &blocks[i].mlp_fc, kMultiplied);
    AddMatrix(h + "mlp.c_proj.weight", F, C, Layout::kInOut, h + "mlp.c_proj.bias", &blocks[i].mlp_proj, kMultiplied);
  }
  AddLayerNorm("ln_f", &ln_f);
  if (!tied) AddMatrix("lm_head.weight", V, C, Layout::kOutIn, "", &lm_head, kMultiplied);
}

Weights::Tensor& Weights::Add(Tensor::Part part, const std::string& name, std::vector<uint32_t> shape, Buffer<float>* table,
                              Matrix* matrix) {
  auto tensor = std::make_unique<Tensor>();
  tensor->part = part;
  tensor->name = name;
  tensor->shape = std::move(shape);
  tensor->table = table;
  tensor->matrix = matrix;
  tensors_.push_back(std::move(tensor));
  return *tensors_.back();
}

void Weights::AddLayerNorm(const std::string& name, LayerNormWeights* place) {
  const uint32_t C = config_.n_embd;
  Add(Tensor::Part::kTable, name + ".weight", {C}, &place->gain, nullptr);
  Add(Tensor::Part::kTable, name + ".bias", {C}, &place->bias, nullptr);
}

void Weights::AddMatrix(const std::string& name, uint32_t rows, uint32_t columns, Layout layout, const std::string& bias_name,
                        std::unique_ptr<Linear>* linear, MatrixLoader::Use use) {
  const Scheme scheme = scheme_ == Scheme::kQ4 && layout == Layout::kOutIn ? Scheme::kQ8 : scheme_;
  auto matrix = std::make_unique<Matrix>();
  matrix->loader = std::make_unique<MatrixLoader>(MatrixShape{rows, columns, layout}, scheme, kernels_, use, pool_);
  matrix->linear = linear;
  const uint32_t out = uint32_t(matrix->loader->shape().outputs());
  matrix->values = &Add(Tensor::Part::kValues, name, {rows, columns}, nullptr, matrix.get());
  if (scheme != Scheme::kF32) {
    std::vector<uint32_t> shape{out};
    if (scheme == Scheme::kQ4) shape = {uint32_t(matrix->loader->shape().groups()), out};
    matrix->scales = &Add(Tensor::Part::kScales, name + "_scale", std::move(shape), nullptr, matrix.get());
    matrix->scales->required = false;  // until the matrix itself turns out to be quantised
  }
  if (!bias_name.empty()) matrix->bias = &Add(Tensor::Part::kBias, bias_name, {out}, nullptr, matrix.get());
  matrices_.push_back(std::move(matrix));
}

Weights::Tensor* Weights::Find(const std::string& name) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(), [&](const auto& t) { return t->name == name; });
  return found == tensors_.end() ? nullptr : found->get();
}

Status Weights::CheckStored(const Tensor& tensor, DType dtype, const std::vector<uint32_t>& shape) const {
  const bool values = tensor.part == Tensor::Part::kValues;
  const Scheme scheme = tensor.matrix != nullptr ? tensor.matrix->loader->scheme() : Scheme::kF32;
  const bool fits = IsFloat(dtype)
                        ? !(tensor.part == Tensor::Part::kScales && scheme == Scheme::kQ4 && dtype != DType::kF16)
                        : values && ((dtype == DType::kI8 && scheme == Scheme::kQ8) || (dtype == DType::kU8 && scheme == Scheme::kQ4));
  if (!fits) {
    return {Code::kBadShard,
            "Tensor " + tensor.name + " is of a type that does not go with its scheme: the file is not of the scheme it says."};
  }
  std::vector<uint32_t> expected = tensor.shape;
  if (dtype == DType::kU8) expected[0] = uint32_t(tensor.matrix->loader->StoredRows(dtype));
  if (shape != expected) {
    return {Code::kBadShard, "Tensor " + tensor.name + " has shape " + ShapeText(shape) + ", but config.json asks for " +
                                 ShapeText(expected) + ": the weights belong to another model."};
  }
  return {};
}

Status Weights::Stage(const std::string& name, DType dtype, const std::vector<uint32_t>& shape, Place* place) {
  *place = {};
  incoming_ = {};
  Tensor* tensor = Find(name);
  if (tensor == nullptr) return {Code::kBadShard, "The model has no tensor " + name + "."};
  if (tensor->arrived) return {Code::kBadShard, "Tensor " + name + " occurs twice: the model's files do not belong together."};
  VARIORUM_TRY(CheckStored(*tensor, dtype, shape));
  incoming_.tensor = tensor;
  incoming_.dtype = dtype;
  if (Status status = BeginTensor(); !status.ok()) {
    incoming_ = {};
    return status;
  }
  return NextPlace(place);
}

Status Weights::BeginTensor() {
  Tensor& tensor = *incoming_.tensor;
  if (tensor.part == Tensor::Part::kTable) {
    VARIORUM_TRY(tensor.table->Resize(ElementCount(tensor.shape)));
    incoming_.rows = tensor.shape[0];
    incoming_.row_bytes = ElementCount(tensor.shape) / tensor.shape[0] * SizeOf(incoming_.dtype);
    return {};
  }
  Matrix& matrix = *tensor.matrix;
  if (!matrix.begun) {
    VARIORUM_TRY(matrix.loader->Begin());
    matrix.begun = true;
  }
  if (tensor.part == Tensor::Part::kValues) {
    if (IsFloat(incoming_.dtype) && matrix.scales != nullptr && matrix.scales->arrived) {
      return {Code::kBadShard, "Tensor " + tensor.name + " has scales, but is not quantised: the model's files do not belong together."};
    }
    incoming_.rows = matrix.loader->StoredRows(incoming_.dtype);
    incoming_.row_bytes = matrix.loader->RowBytes(incoming_.dtype);
    incoming_.step = matrix.loader->RowStep(incoming_.dtype);
    return {};
  }
  if (tensor.part == Tensor::Part::kBias) VARIORUM_TRY(matrix.loader->bias().Resize(tensor.shape[0]));
  incoming_.rows = 1;
  incoming_.row_bytes = ElementCount(tensor.shape) * SizeOf(incoming_.dtype);
  return {};
}

Status Weights::NextPlace(Place* place) {
  const size_t step = std::max(incoming_.step, kPieceBytes / incoming_.row_bytes / incoming_.step * incoming_.step);
  incoming_.begin = incoming_.end;
  incoming_.end = std::min(incoming_.rows, incoming_.begin + step);
  const size_t size = (incoming_.end - incoming_.begin) * incoming_.row_bytes;
  VARIORUM_TRY(staging_.Resize(size));
  *place = {staging_.data(), size};
  return {};
}

Status Weights::Commit(Place* next) {
  *next = {};
  if (incoming_.tensor == nullptr) return {};
  Status status = TakePiece();
  if (status.ok() && incoming_.end < incoming_.rows) return NextPlace(next);
  if (status.ok()) status = EndTensor();
  if (!status.ok()) {  // say of which tensor
    if (status.code == Code::kBadShard) status.message = "Tensor " + incoming_.tensor->name + " " + status.message;
  }
  incoming_ = {};
  return status;
}

Status Weights::TakePiece() {
  const Incoming& in = incoming_;
  Tensor& tensor = *in.tensor;
  if (tensor.part == Tensor::Part::kValues) return tensor.matrix->loader->TakeRows(in.dtype, staging_.data(), in.begin, in.end);
  if (tensor.part == Tensor::Part::kScales) return tensor.matrix->loader->TakeScales(in.dtype, staging_.data());
  const size_t row = in.row_bytes / SizeOf(in.dtype), count = (in.end - in.begin) * row;
  float* place = (tensor.part == Tensor::Part::kBias ? tensor.matrix->loader->bias().data() : tensor.table->data()) + in.begin * row;
  ToFloats(in.dtype, staging_.data(), count, place);
  return AllFinite(place, count) ? Status{} : Status(Code::kBadShard, "holds numbers that are not finite: the checkpoint is damaged.");
}

Status Weights::EndTensor() {
  Tensor& tensor = *incoming_.tensor;
  tensor.arrived = true;
  if (tensor.part == Tensor::Part::kTable) return {};
  Matrix& matrix = *tensor.matrix;
  if (tensor.part == Tensor::Part::kValues && matrix.scales != nullptr) {
    (IsFloat(incoming_.dtype) ? matrix.scales->arrived : matrix.scales->required) = true;
  }
  const auto here = [](const Tensor* part) { return part == nullptr || part->arrived; };
  if (!here(matrix.values) || !here(matrix.scales) || !here(matrix.bias)) return {};
  return matrix.loader->Finish(matrix.linear);
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
  wte = config_.tie_word_embeddings ? lm_head.get() : embedding.get();
  return {};
}

}  // namespace variorum
