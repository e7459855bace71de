// Greedy decoding and sampling.

#include "engine.h"
#include "options.h"
#include "values.h"

namespace variorum {
namespace {

using emscripten::val;

val EventValue(const TokenEvent& event) {
  val value = val::object();
  value.set("variant", event.variant);
  value.set("token", event.token);
  value.set("logprob", event.logprob);
  value.set("finish", FinishName(event.finish));
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

// `written`: for each variant the ids that it has already; none for a run from the prompt on. `reuse`: whether keys and
// values of earlier runs may be used.
val StartRun(Engine& engine, const val& ids, const val& o, const val& written, bool reuse) {
  GenerateOptions options = ToOptions(o);
  options.keep_sequences = true;
  options.reuse_sequences = reuse;
  return Result(engine.generator->Start(FromArray<int32_t>(ids), options, FromArrays(written)));
}

// {done, prefilled, events}
val StepRun(Engine& engine) {
  Generator& generator = *engine.generator;
  std::vector<TokenEvent> events;
  val result = Result(generator.Step(&events));
  val list = val::array();
  for (const TokenEvent& event : events) list.call<void>("push", EventValue(event));
  result.set("events", list);
  result.set("done", generator.done());
  result.set("prefilled", generator.prefilled());
  return result;
}

bool EndVariant(Engine& engine, int variant) {
  engine.generator->End(variant);
  return engine.generator->done();
}

}  // namespace

void BindGenerate(EngineClass& engine) { engine.function("start", &StartRun).function("step", &StepRun).function("end", &EndVariant); }

}  // namespace variorum
