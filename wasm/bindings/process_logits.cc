// The logits processors by themselves.

#include <emscripten/bind.h>

#include "../generate/processors/processor.h"
#include "options.h"
#include "values.h"

namespace variorum {
namespace {

using emscripten::val;

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

}  // namespace

EMSCRIPTEN_BINDINGS(variorum_process_logits) { emscripten::function("processLogits", &ProcessLogits); }

}  // namespace variorum
