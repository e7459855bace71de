// The engine as JavaScript sees it, through Embind. Numbers only: token ids in, token ids and probabilities out. Failures
// come back as {code, message}; code "" means success. Declared for TypeScript in web/engine/wasm.ts.

#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <memory>
#include <string>
#include <vector>

#include "generate/beam_search.h"
#include "generate/generator.h"
#include "generate/scorer.h"
#include "kernels/quantize.h"
#include "model/cpu_decoder.h"
#include "model/weights.h"
#include "thread_pool.h"

namespace variorum {
namespace {

using emscripten::val;

val Result(const Status& status = {}) {
  val result = val::object();
  result.set("code", std::string(CodeName(status.code)));
  result.set("message", status.message);
  return result;
}

// A place to write a tensor's bytes to.
val Staged(const Status& status, const uint8_t* address, size_t bytes) {
  val result = Result(status);
  result.set("address", reinterpret_cast<uintptr_t>(address));
  result.set("bytes", bytes);
  return result;
}

template <typename T>
std::vector<T> FromArray(const val& array) {
  return emscripten::convertJSArrayToNumberVector<T>(array);
}

Status ParseDType(const std::string& name, DType* dtype) {
  if (name == "F32") *dtype = DType::kF32;
  else if (name == "F16") *dtype = DType::kF16;
  else if (name == "BF16") *dtype = DType::kBF16;
  else if (name == "I8") *dtype = DType::kI8;
  else return {Code::kBadShard, "Tensor type " + name + " is not supported: convert the checkpoint to F32, F16 or BF16."};
  return {};
}

const char* FinishName(Finish finish) {
  static const char* const kNames[] = {"", "eos", "length", "stop"};
  return kNames[size_t(finish)];
}

val EventValue(const TokenEvent& event) {
  val value = val::object();
  value.set("variant", event.variant);
  value.set("token", event.token);
  value.set("logprob", event.logprob);
  value.set("finish", std::string(FinishName(event.finish)));
  if (!event.alternatives.empty()) {
    val alternatives = val::array();
    for (const Alternative& alternative : event.alternatives) {
      val entry = val::object();
      entry.set("token", alternative.token);
      entry.set("logprob", alternative.logprob);
      alternatives.call<void>("push", entry);
    }
    value.set("alternatives", alternatives);
  }
  return value;
}

GenerateOptions ToOptions(const val& o) {
  GenerateOptions options;
  options.num_return_sequences = o["numReturnSequences"].as<int32_t>();
  options.num_beams = o["numBeams"].as<int32_t>();
  options.max_new_tokens = o["maxNewTokens"].as<int32_t>();
  options.min_new_tokens = o["minNewTokens"].as<int32_t>();
  options.min_length = o["minLength"].as<int32_t>();
  options.do_sample = o["doSample"].as<bool>();
  options.seed = o["seed"].as<uint32_t>();
  options.temperature = o["temperature"].as<double>();
  options.top_k = o["topK"].as<int32_t>();
  options.top_p = o["topP"].as<double>();
  options.min_p = o["minP"].as<double>();
  options.typical_p = o["typicalP"].as<double>();
  options.epsilon_cutoff = o["epsilonCutoff"].as<double>();
  options.eta_cutoff = o["etaCutoff"].as<double>();
  options.repetition_penalty = o["repetitionPenalty"].as<double>();
  options.no_repeat_ngram_size = o["noRepeatNgramSize"].as<int32_t>();
  for (const val& ids : emscripten::vecFromJSArray<val>(o["badWordsIds"])) options.bad_words_ids.push_back(FromArray<int32_t>(ids));
  for (const val& entry : emscripten::vecFromJSArray<val>(o["sequenceBias"])) {
    options.sequence_bias.push_back({FromArray<int32_t>(entry[0]), entry[1].as<double>()});
  }
  options.suppress_tokens = FromArray<int32_t>(o["suppressTokens"]);
  options.begin_suppress_tokens = FromArray<int32_t>(o["beginSuppressTokens"]);
  options.forced_bos_token_ids = FromArray<int32_t>(o["forcedBosTokenIds"]);
  options.forced_eos_token_ids = FromArray<int32_t>(o["forcedEosTokenIds"]);
  options.eos_token_ids = FromArray<int32_t>(o["eosTokenIds"]);
  options.length_penalty = o["lengthPenalty"].as<double>();
  options.early_stopping = EarlyStopping(o["earlyStopping"].as<int32_t>());
  options.num_alternatives = o["alternatives"].as<int32_t>();
  return options;
}

// {scores?}: what a run with these options makes of scores [V] after `ids`; declared in web/engine/wasm.ts.
val ProcessLogits(const val& ids, size_t prompt_length, const val& scores, const val& o) {
  const GenerateOptions options = ToOptions(o);
  std::vector<float> processed = FromArray<float>(scores);
  Scratch scratch;
  Status status = Validate(options, int32_t(processed.size()));
  if (status.ok()) status = scratch.Resize(processed.size());
  val result = Result(status);
  if (!status.ok()) return result;
  const std::vector<int32_t> written = FromArray<int32_t>(ids);
  for (const auto& processor : MakeProcessors(options, prompt_length)) processor->Apply(written, processed, scratch);
  result.set("scores", val::global("Float32Array").new_(emscripten::typed_memory_view(processed.size(), processed.data())));
  return result;
}

// A loaded model, its threads, and at most one run and one scoring at a time.
class Engine {
 public:
  Engine(const Config& config, const std::string& scheme, int threads)
      : config_(config), pool_(size_t(threads < 1 ? 1 : threads)) {
    status_ = Validate(config);
    if (status_.ok()) status_ = InitializeKernels();
    if (status_.ok()) weights_ = std::make_unique<Weights>(config, scheme == "f32" ? Scheme::kF32 : Scheme::kQ8);
  }

  // What the constructor has to say.
  val status() const { return Result(status_); }
  int threads() const { return int(pool_.threads()); }

  // {address, bytes} to write the tensor's bytes to, before commit(); address 0 if the model has no use for it.
  val stage(const std::string& name, const std::string& dtype_name, const val& shape) {
    DType dtype;
    uint8_t* address = nullptr;
    size_t bytes = 0;
    if (!weights_->Needs(name)) return Staged({}, nullptr, 0);
    Status status = ParseDType(dtype_name, &dtype);
    if (status.ok()) status = weights_->Stage(name, dtype, FromArray<uint32_t>(shape), &address, &bytes);
    return Staged(status, address, bytes);
  }
  // {address, bytes} of where the tensor's next piece goes; address 0 if it is complete.
  val commit() { return Staged(weights_->Commit(), nullptr, 0); }
  val finish() {
    Status status = weights_->Finish();
    if (status.ok()) {
      decoder_ = std::make_unique<CpuDecoder>(config_, *weights_, pool_);
      generator_ = std::make_unique<Generator>(*decoder_, pool_);
      beams_ = std::make_unique<BeamSearch>(*decoder_, pool_);
      scorer_ = std::make_unique<Scorer>(*decoder_);
    }
    return Result(status);
  }

  val start(const val& ids, const val& o) {
    return Result(generator_->Start(FromArray<int32_t>(ids), ToOptions(o)));
  }
  // {done, prefilled, events}
  val step() {
    val result = Result(generator_->Step(&events_));
    val events = val::array();
    for (const TokenEvent& event : events_) events.call<void>("push", EventValue(event));
    result.set("events", events);
    result.set("done", generator_->done());
    result.set("prefilled", generator_->prefilled());
    return result;
  }
  bool end(int variant) {
    generator_->End(variant);
    return generator_->done();
  }

  val startBeams(const val& ids, const val& o) { return Result(beams_->Start(FromArray<int32_t>(ids), ToOptions(o))); }
  // {done, proposals?}
  val stepBeams(bool select) {
    val result = Result(beams_->Step());
    if (select && !beams_->proposals().empty()) {
      val proposals = val::array();
      for (const Proposal& proposal : beams_->proposals()) proposals.call<void>("push", val::array(beams_->IdsOf(proposal)));
      result.set("proposals", proposals);
    } else {
      beams_->Select();
    }
    result.set("done", beams_->done());
    return result;
  }
  bool selectBeams(const val& stopped) {
    beams_->Select(FromArray<int32_t>(stopped));
    return beams_->done();
  }
  val bestBeams() {
    val result = val::array();
    for (const Hypothesis& text : beams_->Best()) {
      val value = val::object();
      value.set("ids", val::array(text.ids));
      value.set("logprobs", val::array(text.logprobs));
      value.set("score", text.score);
      value.set("finish", std::string(FinishName(text.finish)));
      result.call<void>("push", value);
    }
    return result;
  }
  void endBeams() { beams_->End(); }

  val startScore(const val& ids) { return Result(scorer_->Start(FromArray<int32_t>(ids))); }
  // {done, logprobs, logits?}; logits [rows, V] are a copy.
  val stepScore(bool want_logits) {
    Status status = scorer_->Step();
    val result = Result(status);
    if (!status.ok()) return result;
    result.set("done", scorer_->done());
    result.set("logprobs", val::array(scorer_->logprobs()));
    if (want_logits) {
      const emscripten::memory_view<float> view(scorer_->rows() * config_.vocab_size, scorer_->logits().data());
      result.set("logits", val::global("Float32Array").new_(view));
    }
    return result;
  }

  void endScore() { scorer_->End(); }

  val stats() {
    val result = val::object();
    result.set("linearCalls", decoder_->linear_calls());
    result.set("rowsComputed", decoder_->rows_computed());
    result.set("kvBytes", decoder_->kv_bytes());
    result.set("kvBytesPeak", decoder_->slots().peak() * decoder_->kv_bytes_per_slot());
    result.set("kvBytesPerToken", decoder_->kv_bytes_per_slot());
    return result;
  }

 private:
  const Config config_;
  Status status_;
  ThreadPool pool_;
  std::unique_ptr<Weights> weights_;
  std::unique_ptr<CpuDecoder> decoder_;
  std::unique_ptr<Generator> generator_;
  std::unique_ptr<BeamSearch> beams_;
  std::unique_ptr<Scorer> scorer_;
  std::vector<TokenEvent> events_;
};

// Converts and quantises matrices for the sharder, with the quantiser that Weights uses.
class Quantizer {
 public:
  // {address, bytes} for a matrix [rows, columns] of `dtype`.
  val stage(const std::string& dtype_name, uint32_t rows, uint32_t columns) {
    rows_ = rows;
    columns_ = columns;
    const size_t count = ElementCount({rows, columns});
    Status status = ParseDType(dtype_name, &dtype_);
    if (status.ok() && count == SIZE_MAX) status = {Code::kOutOfMemory, "A matrix of the checkpoint is larger than memory can be."};
    if (status.ok()) status = staging_.Resize(count * SizeOf(dtype_));
    return Staged(status, staging_.data(), count * SizeOf(dtype_));
  }
  // {address} of the staged matrix as F32.
  val floats() {
    Status status = Convert();
    val result = Result(status);
    result.set("address", reinterpret_cast<uintptr_t>(floats_.data()));
    return result;
  }
  // {values: address of I8 [rows, columns], scales: address of BF16, channels}
  val run(bool channels_are_rows) {
    const size_t channels = channels_are_rows ? rows_ : columns_;
    Status status = Convert();
    if (status.ok()) status = values_.Resize(rows_ * columns_);
    if (status.ok()) status = scales_.Resize(channels);
    if (status.ok()) status = stored_scales_.Resize(channels);
    if (!status.ok()) return Result(status);
    QuantizeWeights(floats_.data(), rows_, columns_, channels_are_rows ? Layout::kOutIn : Layout::kInOut, values_.data(),
                    scales_.data());
    for (size_t i = 0; i < channels; ++i) stored_scales_[i] = FloatToBFloat16Up(scales_[i]);
    val result = Result();
    result.set("values", reinterpret_cast<uintptr_t>(values_.data()));
    result.set("scales", reinterpret_cast<uintptr_t>(stored_scales_.data()));
    result.set("channels", channels);
    return result;
  }

 private:
  Status Convert() {
    VARIORUM_TRY(floats_.Resize(rows_ * columns_));
    ToFloats(dtype_, staging_.data(), rows_ * columns_, floats_.data());
    if (!AllFinite(floats_.data(), rows_ * columns_)) {
      return {Code::kBadShard, "The checkpoint holds numbers that are not finite: it is damaged."};
    }
    return {};
  }

  DType dtype_ = DType::kF32;
  size_t rows_ = 0, columns_ = 0;
  Buffer<uint8_t> staging_;
  Buffer<float> floats_, scales_;
  Buffer<int8_t> values_;
  Buffer<uint16_t> stored_scales_;
};

}  // namespace

EMSCRIPTEN_BINDINGS(variorum) {
  emscripten::function("processLogits", &ProcessLogits);
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
  emscripten::class_<Engine>("Engine")
      .constructor<const Config&, const std::string&, int>()
      .function("status", &Engine::status)
      .function("threads", &Engine::threads)
      .function("stage", &Engine::stage)
      .function("commit", &Engine::commit)
      .function("finish", &Engine::finish)
      .function("start", &Engine::start)
      .function("step", &Engine::step)
      .function("end", &Engine::end)
      .function("startBeams", &Engine::startBeams)
      .function("stepBeams", &Engine::stepBeams)
      .function("selectBeams", &Engine::selectBeams)
      .function("bestBeams", &Engine::bestBeams)
      .function("endBeams", &Engine::endBeams)
      .function("startScore", &Engine::startScore)
      .function("stepScore", &Engine::stepScore)
      .function("endScore", &Engine::endScore)
      .function("stats", &Engine::stats);
  emscripten::class_<Quantizer>("Quantizer")
      .constructor<>()
      .function("stage", &Quantizer::stage)
      .function("floats", &Quantizer::floats)
      .function("run", &Quantizer::run);
}

}  // namespace variorum
