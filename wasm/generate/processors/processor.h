// A logits processor changes the scores of the next token before it is chosen. Semantics and order of application are
// those of Hugging Face transformers; each processor names its class there. A new one is a file beside this one and a line
// in processors.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "../scratch.h"

namespace variorum {

struct GenerateOptions;

class Processor {
 public:
  virtual ~Processor() = default;
  // ids: prompt and continuation so far. scores[V]: −infinity stands for a token that is ruled out. scratch: of V, to be
  // used freely, so that nothing is allocated per token. Called from several threads at once, for different variants.
  virtual void Apply(std::span<const int32_t> ids, std::span<float> scores, Scratch& scratch) const = 0;
};

using ProcessorList = std::vector<std::unique_ptr<Processor>>;

// The processors that these options ask for, in Hugging Face's order (GenerationMixin._get_logits_processor).
// `written`: new tokens that there are already, when a run goes on; max_new_tokens come on top of them.
ProcessorList MakeProcessors(const GenerateOptions& options, size_t prompt_length, size_t written = 0);

}  // namespace variorum
