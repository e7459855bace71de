// Small random GPT-2 models of every kind, as the tensors of a checkpoint, and loaded.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/cpu_decoder.h"
#include "model/weights.h"
#include "stored_tensor.h"
#include "thread_pool.h"

namespace variorum {

constexpr Scheme kSchemes[] = {Scheme::kF32, Scheme::kQ8, Scheme::kQ4};
inline const ThreadPool kOneThread(1);

struct TinyModel {
  Config config;
  std::vector<StoredTensor> tensors;

  bool Has(const std::string& name) const;
  StoredTensor& At(const std::string& name);
  const StoredTensor& At(const std::string& name) const { return const_cast<TinyModel*>(this)->At(name); }
};

struct NamedConfig {
  const char* name;
  Config config;
};

// Two layers, two heads of 24, tied, gelu_new.
Config TinyConfig();
// The same, untied: with an embedding for a head, a random model tends to repeat its last token.
Config UntiedConfig();
// Between them: odd widths and head sizes, n_inner, an untied head, every activation, every way to scale attention.
std::vector<NamedConfig> TinyConfigs();

// These, and one whose steps are large enough to be shared among threads.
std::vector<NamedConfig> TinyAndWideConfigs();

// Every tensor random and none trivial, biases and LayerNorms included.
TinyModel MakeTinyModel(const Config& config, uint32_t seed);
// The same model with its matrices stored in scheme q8 or q4, as the sharder writes them.
TinyModel Quantized(const TinyModel& model, Scheme scheme = Scheme::kQ8);
// The same model with the floats that the quantised weights stand for.
TinyModel Rounded(const TinyModel& model, Scheme scheme);

// Stages, fills and commits the tensors in their order, piece by piece. Does not finish.
Status LoadTensors(const std::vector<StoredTensor>& tensors, Weights* weights);

// Loads and finishes, on one thread. The first failure.
Status Load(const TinyModel& model, Scheme scheme, Kernels kernels = Kernels::kOwn);

// A model that is ready to run. Ends the program if it does not load: then nothing else can be tested.
struct LoadedModel {
  LoadedModel(const TinyModel& model, Scheme scheme, size_t threads, Kernels kernels = Kernels::kOwn);

  ThreadPool pool;
  Weights weights;
  CpuDecoder decoder;
};

// Appends `ids` to `sequence` in steps of `chunk` rows. Returns the logits [ids, V] of all of them.
std::vector<float> Logits(Decoder& decoder, Sequence& sequence, std::span<const int32_t> ids, size_t chunk);

// `count` ids of the vocabulary.
std::vector<int32_t> RandomIds(const Config& config, size_t count, uint32_t seed);

}  // namespace variorum
