// Beam search and beam sampling.

#include "engine.h"
#include "options.h"
#include "values.h"

namespace variorum {
namespace {

using emscripten::val;

val StartBeams(Engine& engine, const val& ids, const val& o) {
  engine.generator->Forget();
  return Result(engine.beams->Start(FromArray<int32_t>(ids), ToOptions(o)));
}

// {done, proposals?}
val StepBeams(Engine& engine, bool select) {
  BeamSearch& beams = *engine.beams;
  val result = Result(beams.Step());
  if (select && !beams.proposals().empty()) {
    val proposals = val::array();
    for (const Proposal& proposal : beams.proposals()) proposals.call<void>("push", val::array(beams.IdsOf(proposal)));
    result.set("proposals", proposals);
  } else {
    beams.Select();
  }
  result.set("done", beams.done());
  return result;
}

bool SelectBeams(Engine& engine, const val& stopped) {
  engine.beams->Select(FromArray<int32_t>(stopped));
  return engine.beams->done();
}

val BestBeams(const Engine& engine) {
  val result = val::array();
  for (const Hypothesis& text : engine.beams->Best()) {
    val value = val::object();
    value.set("ids", val::array(text.ids));
    value.set("logprobs", val::array(text.logprobs));
    value.set("score", text.score);
    value.set("finish", FinishName(text.finish));
    result.call<void>("push", value);
  }
  return result;
}

void EndBeams(Engine& engine) { engine.beams->End(); }

}  // namespace

void BindBeams(EngineClass& engine) {
  engine.function("startBeams", &StartBeams)
      .function("stepBeams", &StepBeams)
      .function("selectBeams", &SelectBeams)
      .function("bestBeams", &BestBeams)
      .function("endBeams", &EndBeams);
}

}  // namespace variorum
