// The engine as JavaScript sees it, through Embind, a file for each thing that it does. Numbers only: token ids in, token ids
// and probabilities out. Failures come back as {code, message}. Declared for TypeScript in web/engine/wasm.ts.
#pragma once

#include <emscripten/bind.h>

#include <memory>
#include <string>

#include "../generate/beam_search.h"
#include "../generate/generator.h"
#include "../generate/ranker.h"
#include "../generate/scorer.h"
#include "../model/cpu_decoder.h"
#include "../model/weights.h"
#include "../thread_pool.h"

namespace variorum {

// A loaded model, its threads, and at most one run, one scoring and one ranking at a time.
struct Engine {
  Engine(const Config& config, const std::string& scheme_name, const std::string& kernels_name, int threads);

  const Config config;
  Status status;  // what the constructor has to say
  ThreadPool pool;
  std::unique_ptr<Weights> weights;
  // From when the weights are complete:
  std::unique_ptr<CpuDecoder> decoder;
  std::unique_ptr<Generator> generator;
  std::unique_ptr<BeamSearch> beams;
  std::unique_ptr<Scorer> scorer;
  std::unique_ptr<Ranker> ranker;
};

// Each adds its methods to the class that JavaScript sees.
using EngineClass = emscripten::class_<Engine>;
void BindGenerate(EngineClass& engine);
void BindBeams(EngineClass& engine);
void BindScore(EngineClass& engine);
void BindRank(EngineClass& engine);

}  // namespace variorum
