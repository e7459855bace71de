// N variants of one prompt as one batch: the prompt is prefilled once, then every step decodes one row of each variant.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../buffer.h"
#include "../model/decoder.h"
#include "../thread_pool.h"
#include "options.h"
#include "probability.h"
#include "processors/processor.h"

namespace variorum {

enum class Finish : int32_t { kNone = 0, kEos = 1, kLength = 2 };

struct TokenEvent {
  int32_t variant;
  int32_t token;
  double logprob;  // under the model itself: before processors, temperature 1
  Finish finish;   // whether the variant ended with this token
  std::vector<Alternative> alternatives;
};

// bad-option unless there is an id and each is in the vocabulary; context-full if there are more than n_positions.
Status ValidateIds(const std::vector<int32_t>& ids, const Config& config);
// bad-shard, for a model whose log-probabilities are not finite.
Status NotFinite();

class Generator {
 public:
  // `decoder` and `pool` must outlive the generator.
  Generator(Decoder& decoder, ThreadPool& pool) : decoder_(decoder), pool_(pool), prompt_sequence_(decoder.slots()) {}

  // Begins a run. bad-option; context-full if prompt + max_new_tokens exceed n_positions. The last token that is
  // generated is not computed further, but it has a position, as in Hugging Face.
  Status Start(std::vector<int32_t> prompt, const GenerateOptions& options);

  // One piece of work: some rows of the prompt, or one row of each running variant; at most Decoder::kMaxRows. Sets
  // `events` to the tokens that came of it. After an error the run is over.
  Status Step(std::vector<TokenEvent>* events);

  bool done() const { return prefilled_ == prompt_.size() && running_ == 0; }
  size_t prefilled() const { return prefilled_; }

  // Ends one variant before its time, because it was cancelled or met a stop string. Frees its cache slots.
  void End(int32_t variant);

 private:
  struct Variant {
    explicit Variant(Sequence s) : sequence(std::move(s)) {}
    Sequence sequence;             // what is computed: one token less than ids
    std::vector<int32_t> ids;      // prompt and continuation
    bool running = true;
    Buffer<float> scores;          // [V]
  };

  Status Prefill();
  Status Decode();
  // Chooses the next token of variant v from its logits[V]. Touches nothing but the variant, so variants go in parallel.
  TokenEvent Choose(int32_t v, std::span<const float> logits);
  Status Fail(Status status);

  Decoder& decoder_;
  ThreadPool& pool_;
  GenerateOptions options_;
  ProcessorList processors_;
  std::vector<int32_t> prompt_;
  Sequence prompt_sequence_;
  size_t prefilled_ = 0;
  std::vector<Variant> variants_;
  size_t running_ = 0;
  Buffer<float> logits_;             // [variants that decode, V]
  std::vector<int32_t> decoding_;    // variants of the rows of logits_
};

}  // namespace variorum
