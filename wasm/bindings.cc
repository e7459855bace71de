// The engine as JavaScript sees it, through Embind. Numbers only: token ids in, token ids and probabilities out. Failures
// come back as {code, message}; code "" means success. Declared for TypeScript in web/engine/wasm.ts.

#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <memory>
#include <string>
#include <vector>

#include "generate/beam_search.h"
#include "generate/generator.h"
#include "generate/ranker.h"
#include "generate/scorer.h"
#include "model/cpu_decoder.h"
#include "model/matrix_quantizer.h"
#include "model/weights.h"
#include "sha256.h"
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
val Staged(const Status& status, const Place& place) {
  val result = Result(status);
  result.set("address", reinterpret_cast<uintptr_t>(place.bytes));
  result.set("bytes", place.size);
  return result;
}

template <typename T>
std::vector<T> FromArray(const val& array) {
  return emscripten::convertJSArrayToNumberVector<T>(array);
}

std::vector<std::vector<int32_t>> FromArrays(const val& arrays) {
  std::vector<std::vector<int32_t>> result;
  for (const val& array : emscripten::vecFromJSArray<val>(arrays)) result.push_back(FromArray<int32_t>(array));
  return result;
}

Status ParseDType(const std::string& name, DType* dtype) {
  if (name == "F32") *dtype = DType::kF32;
  else if (name == "F16") *dtype = DType::kF16;
  else if (name == "BF16") *dtype = DType::kBF16;
  else if (name == "I8") *dtype = DType::kI8;
  else if (name == "U8") *dtype = DType::kU8;
  else return {Code::kBadShard, "Tensor type " + name + " is not supported: convert the checkpoint to F32, F16 or BF16."};
  return {};
}

const char* FinishName(Finish finish) {
  static const char* const kNames[] = {"", "eos", "length", "stop"};
  return kNames[size_t(finish)];
}

Status ParseScheme(const std::string& name, Scheme* scheme) {
  if (name == "f32") *scheme = Scheme::kF32;
  else if (name == "q8") *scheme = Scheme::kQ8;
  else if (name == "q4") *scheme = Scheme::kQ4;
  else return {Code::kBadOption, "There is no weight scheme " + name + ": choose f32, q8 or q4."};
  return {};
}

// XNNPACK's layers run on threads that XNNPACK knows.
ThreadPool::Kind PoolKind(const std::string& scheme, const std::string& kernels) {
  return scheme == "f32" || kernels == "xnnpack" ? ThreadPool::Kind::kXnnpack : ThreadPool::Kind::kTeam;
}

val EventValue(const TokenEvent& event) {
  val value = val::object();
  value.set("variant", event.variant);
  value.set("token", event.token);
  value.set("logprob", event.logprob);
  value.set("finish", std::string(FinishName(event.finish)));
  value.set("window", event.window);
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
  options.bad_words_ids = FromArrays(o["badWordsIds"]);
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
  options.streams = FromArray<uint32_t>(o["streams"]);
  options.overflow = o["slide"].as<bool>() ? Overflow::kSlide : Overflow::kError;
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

// A loaded model, its threads, and at most one run, one scoring and one ranking at a time.
class Engine {
 public:
  Engine(const Config& config, const std::string& scheme_name, const std::string& kernels_name, int threads)
      : config_(config), pool_(size_t(threads < 1 ? 1 : threads), PoolKind(scheme_name, kernels_name)) {
    Scheme scheme;
    status_ = Validate(config);
    if (status_.ok()) status_ = ParseScheme(scheme_name, &scheme);
    const Kernels kernels = kernels_name == "xnnpack" ? Kernels::kXnnpack : Kernels::kOwn;
    if (status_.ok() && kernels == Kernels::kXnnpack && scheme == Scheme::kQ4) {
      status_ = {Code::kBadOption, "kernels is xnnpack, which has no kernels for q4: choose own."};
    }
    if (status_.ok()) status_ = InitializeXnnpack();
    if (status_.ok()) weights_ = std::make_unique<Weights>(config, scheme, kernels, pool_);
  }

  // What the constructor has to say.
  val status() const { return Result(status_); }
  int threads() const { return int(pool_.threads()); }

  // {address, bytes} to write the tensor's bytes to, before commit(); address 0 if the model has no use for it.
  val stage(const std::string& name, const std::string& dtype_name, const val& shape) {
    DType dtype;
    Place place;
    if (!weights_->Needs(name)) return Staged({}, place);
    Status status = ParseDType(dtype_name, &dtype);
    if (status.ok()) status = weights_->Stage(name, dtype, FromArray<uint32_t>(shape), &place);
    return Staged(status, place);
  }
  // {address, bytes} of where the tensor's next piece goes; address 0 if it is complete.
  val commit() {
    Place next;
    Status status = weights_->Commit(&next);
    return Staged(status, next);
  }
  val finish() {
    Status status = weights_->Finish();
    if (status.ok()) {
      decoder_ = std::make_unique<CpuDecoder>(config_, *weights_, pool_);
      generator_ = std::make_unique<Generator>(*decoder_, pool_);
      beams_ = std::make_unique<BeamSearch>(*decoder_, pool_);
      scorer_ = std::make_unique<Scorer>(*decoder_);
      ranker_ = std::make_unique<Ranker>(*decoder_);
    }
    return Result(status);
  }

  // `written`: for each variant the ids that it has already; none for a run from the prompt on. `reuse`: whether keys and
  // values of earlier runs may be used.
  val start(const val& ids, const val& o, const val& written, bool reuse) {
    GenerateOptions options = ToOptions(o);
    options.keep_sequences = true;
    options.reuse_sequences = reuse;
    return Result(generator_->Start(FromArray<int32_t>(ids), options, FromArrays(written)));
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

  val startBeams(const val& ids, const val& o) {
    generator_->Forget();
    return Result(beams_->Start(FromArray<int32_t>(ids), ToOptions(o)));
  }
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

  val startRank(const val& context, const val& candidates) {
    return Result(ranker_->Start(FromArray<int32_t>(context), FromArrays(candidates)));
  }
  // {done, finished: how many candidates are known}
  val stepRank() {
    val result = Result(ranker_->Step());
    result.set("done", ranker_->done());
    result.set("finished", ranker_->finished());
    return result;
  }
  // Of a candidate's tokens; the candidate must be known.
  val rankLogprobs(size_t candidate) { return val::array(ranker_->logprobs(candidate)); }
  void endRank() { ranker_->End(); }

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
  std::unique_ptr<Ranker> ranker_;
  std::vector<TokenEvent> events_;
};

// Quantises matrices for the sharder.
class Quantizer {
 public:
  // {address, bytes} for a matrix [rows, columns] of `dtype`.
  val stage(const std::string& dtype_name, uint32_t rows, uint32_t columns) {
    DType dtype;
    Place place;
    Status status = ParseDType(dtype_name, &dtype);
    if (status.ok()) status = quantizer_.Stage(dtype, rows, columns, &place.bytes);
    if (status.ok()) place.size = quantizer_.staged_bytes();
    return Staged(status, place);
  }
  // {address} of the staged matrix as F32.
  val floats() {
    val result = Result(quantizer_.Convert());
    result.set("address", reinterpret_cast<uintptr_t>(quantizer_.floats().data()));
    return result;
  }
  // {values, valueBytes, scales, scaleBytes}: addresses and sizes of what weights.h says of the scheme.
  val run(const std::string& scheme_name, bool channels_are_rows) {
    Scheme scheme;
    Status status = ParseScheme(scheme_name, &scheme);
    if (status.ok()) status = quantizer_.Run(scheme, channels_are_rows ? Layout::kOutIn : Layout::kInOut);
    val result = Result(status);
    result.set("values", reinterpret_cast<uintptr_t>(quantizer_.values().data()));
    result.set("valueBytes", quantizer_.value_bytes());
    result.set("scales", reinterpret_cast<uintptr_t>(quantizer_.scales().data()));
    result.set("scaleBytes", quantizer_.scale_count() * sizeof(uint16_t));
    return result;
  }

 private:
  MatrixQuantizer quantizer_;
};

// Hashes bytes as they stream by, through a place of its own: a shared memory's views are all that JavaScript can fill.
class Hasher {
 public:
  // {address, bytes} of the place for what comes next.
  val stage() { return Staged({}, {place_, sizeof place_}); }
  // The first `count` bytes of the place are filled.
  void update(size_t count) { sha256_.Update(place_, count < sizeof place_ ? count : sizeof place_); }
  std::string digest() {
    std::string hex;
    for (uint8_t byte : sha256_.Finish()) {
      for (int nibble : {byte >> 4, byte & 15}) hex += "0123456789abcdef"[nibble];
    }
    return hex;
  }

 private:
  Sha256 sha256_;
  uint8_t place_[64 << 10];
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
      .constructor<const Config&, const std::string&, const std::string&, int>()
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
      .function("startRank", &Engine::startRank)
      .function("stepRank", &Engine::stepRank)
      .function("rankLogprobs", &Engine::rankLogprobs)
      .function("endRank", &Engine::endRank)
      .function("stats", &Engine::stats);
  emscripten::class_<Hasher>("Hasher")
      .constructor<>()
      .function("stage", &Hasher::stage)
      .function("update", &Hasher::update)
      .function("digest", &Hasher::digest);
  emscripten::class_<Quantizer>("Quantizer")
      .constructor<>()
      .function("stage", &Quantizer::stage)
      .function("floats", &Quantizer::floats)
      .function("run", &Quantizer::run);
}

}  // namespace variorum
