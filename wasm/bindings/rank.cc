// How probable given continuations of one context are.

#include "engine.h"
#include "values.h"

namespace variorum {
namespace {

using emscripten::val;

val StartRank(Engine& engine, const val& context, const val& candidates) {
  return Result(engine.ranker->Start(FromArray<int32_t>(context), FromArrays(candidates)));
}

// {done, finished: how many candidates are known}
val StepRank(Engine& engine) {
  Ranker& ranker = *engine.ranker;
  val result = Result(ranker.Step());
  result.set("done", ranker.done());
  result.set("finished", ranker.finished());
  return result;
}

// Of a candidate's tokens; the candidate must be known.
val RankLogprobs(const Engine& engine, size_t candidate) { return val::array(engine.ranker->logprobs(candidate)); }

void EndRank(Engine& engine) { engine.ranker->End(); }

}  // namespace

void BindRank(EngineClass& engine) {
  engine.function("startRank", &StartRank)
      .function("stepRank", &StepRank)
      .function("rankLogprobs", &RankLogprobs)
      .function("endRank", &EndRank);
}

}  // namespace variorum
