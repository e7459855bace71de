#include "tiny_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "support.h"

namespace variorum {
namespace {

Weights& Finished(const TinyModel& model, Weights& weights) {
  StopUnless(Validate(model.config));
  StopUnless(LoadTensors(model.tensors, &weights));
  StopUnless(weights.Finish());
  return weights;
}

bool IsMatrix(const StoredTensor& tensor) { return tensor.shape.size() == 2 && tensor.name != "wpe.weight"; }

// As the sharder does it: embeddings and heads are q8 in either scheme.
QuantizedTensor QuantizedMatrix(const StoredTensor& matrix, Scheme scheme) {
  const bool embedding = matrix.name == "wte.weight" || matrix.name == "lm_head.weight";
  return Quantized(matrix, embedding ? Scheme::kQ8 : scheme, embedding ? Layout::kOutIn : Layout::kInOut);
}

// Which threads such a model runs on: XNNPACK's layers need its own.
ThreadPool::Kind PoolKind(Scheme scheme, Kernels kernels) {
  return scheme == Scheme::kF32 || kernels == Kernels::kXnnpack ? ThreadPool::Kind::kXnnpack : ThreadPool::Kind::kTeam;
}

}  // namespace

bool TinyModel::Has(const std::string& name) const {
  for (const StoredTensor& tensor : tensors) {
    if (tensor.name == name) return true;
  }
  return false;
}

StoredTensor& TinyModel::At(const std::string& name) {
  for (StoredTensor& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  Stop("there is no tensor " + name);
}

Config TinyConfig() {
  Config config;
  config.vocab_size = 97;
  config.n_positions = 80;
  config.n_embd = 48;
  config.n_layer = 2;
  config.n_head = 2;
  return config;
}

Config UntiedConfig() {
  Config config = TinyConfig();
  config.tie_word_embeddings = false;
  return config;
}

std::vector<NamedConfig> TinyConfigs() {
  Config odd = TinyConfig();  // heads of 5
  odd.vocab_size = 61;
  odd.n_embd = 15;
  odd.n_head = 3;
  odd.n_inner = 37;
  odd.layer_norm_epsilon = 1e-3f;
  odd.activation = Activation::kRelu;
  odd.tie_word_embeddings = false;

  Config scaled = TinyConfig();
  scaled.n_embd = 20;
  scaled.n_head = 4;
  scaled.n_layer = 3;
  scaled.activation = Activation::kGeluErf;
  scaled.scale_attn_by_inverse_layer_idx = true;

  Config unscaled = TinyConfig();  // one head of 64
  unscaled.n_embd = 64;
  unscaled.n_head = 1;
  unscaled.n_layer = 1;
  unscaled.scale_attn_weights = false;

  Config narrow = TinyConfig();  // heads of one channel
  narrow.n_embd = 7;
  narrow.n_head = 7;
  narrow.n_inner = 3;
  narrow.scale_attn_weights = false;
  narrow.scale_attn_by_inverse_layer_idx = true;
  narrow.tie_word_embeddings = false;

  return {{"Tied", TinyConfig()}, {"Odd", odd}, {"Scaled", scaled}, {"Unscaled", unscaled}, {"Narrow", narrow}};
}

std::vector<NamedConfig> TinyAndWideConfigs() {
  std::vector<NamedConfig> configs = TinyConfigs();
  Config wide = TinyConfig();
  wide.n_embd = 96;
  wide.n_head = 4;
  wide.n_inner = 2000;
  wide.vocab_size = 600;
  configs.push_back({"Wide", wide});
  return configs;
}

TinyModel MakeTinyModel(const Config& config, uint32_t seed) {
  TinyModel model{config, {}};
  Random random(seed);
  const auto add = [&](const std::string& name, std::vector<uint32_t> shape, float deviation, float mean = 0) {
    StoredTensor tensor{name, DType::kF32, std::move(shape), {}};
    tensor.Set(random.Normals(ElementCount(tensor.shape), deviation, mean));
    model.tensors.push_back(std::move(tensor));
  };
  const auto add_linear = [&](const std::string& name, uint32_t in, uint32_t out) {
    add(name + ".weight", {in, out}, 1 / std::sqrt(float(in)));
    add(name + ".bias", {out}, 0.2f);
  };
  const auto add_layer_norm = [&](const std::string& name, uint32_t C) {
    add(name + ".weight", {C}, 0.2f, 1);
    add(name + ".bias", {C}, 0.2f);
  };

  const uint32_t V = uint32_t(config.vocab_size), C = uint32_t(config.n_embd), F = uint32_t(config.inner());
  add("wte.weight", {V, C}, 2 / std::sqrt(float(C)));
  add("wpe.weight", {uint32_t(config.n_positions), C}, 0.2f);
  for (int32_t layer = 0; layer < config.n_layer; ++layer) {
    const std::string h = "h." + std::to_string(layer) + ".";
    add_layer_norm(h + "ln_1", C);
    add_linear(h + "attn.c_attn", C, 3 * C);
    add_linear(h + "attn.c_proj", C, C);
    add_layer_norm(h + "ln_2", C);
    add_linear(h + "mlp.c_fc", C, F);
    add_linear(h + "mlp.c_proj", F, C);
  }
  add_layer_norm("ln_f", C);
  if (!config.tie_word_embeddings) add("lm_head.weight", {V, C}, 2 / std::sqrt(float(C)));
  return model;
}

TinyModel Quantized(const TinyModel& model, Scheme scheme) {
  TinyModel result{model.config, {}};
  for (const StoredTensor& tensor : model.tensors) {
    if (!IsMatrix(tensor)) {
      result.tensors.push_back(tensor);
      continue;
    }
    QuantizedTensor quantized = QuantizedMatrix(tensor, scheme);
    result.tensors.push_back(std::move(quantized.values));
    result.tensors.push_back(std::move(quantized.scales));
  }
  return result;
}

TinyModel Rounded(const TinyModel& model, Scheme scheme) {
  TinyModel result = model;
  for (StoredTensor& tensor : result.tensors) {
    if (IsMatrix(tensor)) tensor.Set(QuantizedMatrix(tensor, scheme).Floats());
  }
  return result;
}

Status LoadTensors(const std::vector<StoredTensor>& tensors, Weights* weights) {
  for (const StoredTensor& tensor : tensors) {
    Place place;
    VARIORUM_TRY(weights->Stage(tensor.name, tensor.dtype, tensor.shape, &place));
    size_t taken = 0;
    while (place.bytes != nullptr) {
      if (place.size == 0 || place.size > tensor.bytes.size() - taken) Stop(tensor.name + " is staged with another size");
      std::memcpy(place.bytes, tensor.bytes.data() + taken, place.size);
      taken += place.size;
      VARIORUM_TRY(weights->Commit(&place));
    }
    if (taken != tensor.bytes.size()) Stop(tensor.name + " was not taken whole");
  }
  return {};
}

Status Load(const TinyModel& model, Scheme scheme, Kernels kernels) {
  Weights weights(model.config, scheme, kernels, kOneThread);
  VARIORUM_TRY(LoadTensors(model.tensors, &weights));
  return weights.Finish();
}

LoadedModel::LoadedModel(const TinyModel& model, Scheme scheme, size_t threads, Kernels kernels)
    : pool(threads, PoolKind(scheme, kernels)), weights(model.config, scheme, kernels, pool),
      decoder(model.config, Finished(model, weights), pool) {}

std::vector<float> Logits(Decoder& decoder, Sequence& sequence, std::span<const int32_t> ids, size_t chunk) {
  const size_t V = size_t(decoder.config().vocab_size);
  std::vector<float> logits(ids.size() * V);
  for (size_t start = 0; start < ids.size(); start += chunk) {
    const size_t count = std::min(chunk, ids.size() - start);
    const int32_t first = sequence.length();
    for (size_t i = 0; i < count; ++i) sequence.Append();
    std::vector<Row> rows;
    for (size_t i = 0; i < count; ++i) rows.push_back({ids[start + i], first + int32_t(i), sequence.slots(), true});
    StopUnless(decoder.Step(rows, logits.data() + start * V));
  }
  return logits;
}

std::vector<int32_t> RandomIds(const Config& config, size_t count, uint32_t seed) {
  Random random(seed);
  std::vector<int32_t> ids(count);
  for (int32_t& id : ids) id = int32_t(random.Below(size_t(config.vocab_size)));
  return ids;
}

}  // namespace variorum
