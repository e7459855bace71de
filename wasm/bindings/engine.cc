// The engine's life: its configuration, its weights, what it has done.

#include "engine.h"

#include "values.h"

namespace variorum {
namespace {

using emscripten::val;

// XNNPACK's layers run on threads that XNNPACK knows.
ThreadPool::Kind PoolKind(const std::string& scheme, const std::string& kernels) {
  return scheme == "f32" || kernels == "xnnpack" ? ThreadPool::Kind::kXnnpack : ThreadPool::Kind::kTeam;
}

val EngineStatus(const Engine& engine) { return Result(engine.status); }
int EngineThreads(const Engine& engine) { return int(engine.pool.threads()); }

// {address, bytes} to write the tensor's bytes to, before commit(); address 0 if the model has no use for it.
val StageTensor(Engine& engine, const std::string& name, const std::string& dtype_name, const val& shape) {
  DType dtype;
  Place place;
  if (!engine.weights->Needs(name)) return Staged({}, place);
  Status status = ParseDType(dtype_name, &dtype);
  if (status.ok()) status = engine.weights->Stage(name, dtype, FromArray<uint32_t>(shape), &place);
  return Staged(status, place);
}

// {address, bytes} of where the tensor's next piece goes; address 0 if it is complete.
val CommitTensor(Engine& engine) {
  Place next;
  Status status = engine.weights->Commit(&next);
  return Staged(status, next);
}

val FinishWeights(Engine& engine) {
  Status status = engine.weights->Finish();
  if (status.ok()) {
    engine.decoder = std::make_unique<CpuDecoder>(engine.config, *engine.weights, engine.pool);
    engine.generator = std::make_unique<Generator>(*engine.decoder, engine.pool);
    engine.beams = std::make_unique<BeamSearch>(*engine.decoder, engine.pool);
    engine.scorer = std::make_unique<Scorer>(*engine.decoder);
    engine.ranker = std::make_unique<Ranker>(*engine.decoder);
  }
  return Result(status);
}

val EngineStats(const Engine& engine) {
  CpuDecoder& decoder = *engine.decoder;
  val result = val::object();
  result.set("linearCalls", decoder.linear_calls());
  result.set("rowsComputed", decoder.rows_computed());
  result.set("kvBytes", decoder.kv_bytes());
  result.set("kvBytesPeak", decoder.slots().peak() * decoder.kv_bytes_per_slot());
  result.set("kvBytesPerToken", decoder.kv_bytes_per_slot());
  return result;
}

}  // namespace

Engine::Engine(const Config& config, const std::string& scheme_name, const std::string& kernels_name, int threads)
    : config(config), pool(size_t(threads < 1 ? 1 : threads), PoolKind(scheme_name, kernels_name)) {
  Scheme scheme;
  status = Validate(config);
  if (status.ok()) status = ParseScheme(scheme_name, &scheme);
  const Kernels kernels = kernels_name == "xnnpack" ? Kernels::kXnnpack : Kernels::kOwn;
  if (status.ok() && kernels == Kernels::kXnnpack && scheme == Scheme::kQ4) {
    status = {Code::kBadOption, "kernels is xnnpack, which has no kernels for q4: choose own."};
  }
  if (status.ok()) status = InitializeXnnpack();
  if (status.ok()) weights = std::make_unique<Weights>(config, scheme, kernels, pool);
}

EMSCRIPTEN_BINDINGS(variorum_engine) {
  emscripten::enum_<Activation>("Activation")
      .value("gelu_tanh", Activation::kGeluTanh)
      .value("gelu_erf", Activation::kGeluErf)
      .value("relu", Activation::kRelu);
  emscripten::value_object<Config>("Config")
      .field("vocabSize", &Config::vocab_size)
      .field("nPositions", &Config::n_positions)
      .field("nEmbd", &Config::n_embd)
      .field("nLayer", &Config::n_layer)
      .field("nHead", &Config::n_head)
      .field("nInner", &Config::n_inner)
      .field("layerNormEpsilon", &Config::layer_norm_epsilon)
      .field("activation", &Config::activation)
      .field("scaleAttnWeights", &Config::scale_attn_weights)
      .field("scaleAttnByInverseLayerIdx", &Config::scale_attn_by_inverse_layer_idx)
      .field("tieWordEmbeddings", &Config::tie_word_embeddings);
  EngineClass engine("Engine");
  engine.constructor<const Config&, const std::string&, const std::string&, int>()
      .function("status", &EngineStatus)
      .function("threads", &EngineThreads)
      .function("stage", &StageTensor)
      .function("commit", &CommitTensor)
      .function("finish", &FinishWeights)
      .function("stats", &EngineStats);
  BindGenerate(engine);
  BindBeams(engine);
  BindScore(engine);
  BindRank(engine);
}

}  // namespace variorum
