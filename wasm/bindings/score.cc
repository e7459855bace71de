// What the model thinks of a given text.

#include "engine.h"
#include "values.h"

namespace variorum {
namespace {

using emscripten::val;

val StartScore(Engine& engine, const val& ids) { return Result(engine.scorer->Start(FromArray<int32_t>(ids))); }

// {done, logprobs, logits?}; logits [rows, V] are a copy.
val StepScore(Engine& engine, bool want_logits) {
  Scorer& scorer = *engine.scorer;
  Status status = scorer.Step();
  val result = Result(status);
  if (!status.ok()) return result;
  result.set("done", scorer.done());
  result.set("logprobs", val::array(scorer.logprobs()));
  if (want_logits) {
    const emscripten::memory_view<float> view(scorer.rows() * engine.config.vocab_size, scorer.logits().data());
    result.set("logits", val::global("Float32Array").new_(view));
  }
  return result;
}

void EndScore(Engine& engine) { engine.scorer->End(); }

}  // namespace

void BindScore(EngineClass& engine) {
  engine.function("startScore", &StartScore).function("stepScore", &StepScore).function("endScore", &EndScore);
}

}  // namespace variorum
