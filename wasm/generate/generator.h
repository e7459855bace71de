// N variants of one prompt as one batch: the prompt is prefilled once, then every step decodes one row of each variant.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../buffer.h"
#include "../model/decoder.h"
#include "../thread_pool.h"
#include "kept_sequences.h"
#include "options.h"
#include "probability.h"
#include "processors/processor.h"
#include "scratch.h"

namespace variorum {

// kStop: only of beams, others are ended from outside. kBanned: no token was left to choose from, so there is none.
enum class Finish : int32_t { kNone = 0, kEos = 1, kLength = 2, kStop = 3, kBanned = 4 };

constexpr int32_t kNoToken = -1;  // of the event of a variant that ends by kBanned

struct TokenEvent {
  int32_t variant;
  int32_t token;
  double logprob;  // under the model itself: before processors, temperature 1
  Finish finish;   // whether the variant ended with this token
  size_t window;   // ids at the beginning of the text that the model did not see when it chose this token
  std::vector<Alternative> alternatives;
};

// bad-option unless each id is in the vocabulary.
Status InVocabulary(const std::vector<int32_t>& ids, const Config& config);
// bad-option unless there is an id and each is in the vocabulary; context-full if there are more than n_positions.
Status ValidateIds(const std::vector<int32_t>& ids, const Config& config);
// context-full unless `length` tokens and `max_new_tokens` more fit into the context.
Status ValidateRoom(size_t length, int32_t max_new_tokens, const Config& config);
// bad-shard, for a model whose log-probabilities are not finite.
Status NotFinite();

class Generator {
 public:
  // `decoder` and `pool` must outlive the generator.
  Generator(Decoder& decoder, ThreadPool& pool)
      : decoder_(decoder), pool_(pool), kept_(decoder.slots()), prompt_sequence_(decoder.slots()) {}

  // Begins a run. bad-option; context-full if prompt + max_new_tokens exceed n_positions, unless the window may slide. The
  // last token that is generated is not computed further, but it has a position, as in Hugging Face.
  // `written`: what each variant has of its continuation already, from an earlier run of the same prompt; empty stands for
  // nothing yet. max_new_tokens come on top of it.
  Status Start(std::vector<int32_t> prompt, const GenerateOptions& options, const std::vector<std::vector<int32_t>>& written = {});

  // One piece of work: some rows of the prompt, or those that running variants wait for (one of each, but for a variant
  // whose text is not computed yet); at most Decoder::kMaxRows. Sets `events` to the tokens that came of it. After an error
  // the run is over.
  Status Step(std::vector<TokenEvent>* events);

  // Drops the keys and values that earlier runs left.
  void Forget() { kept_.Clear(); }

  bool done() const { return prefilled_ == prompt_.size() && running_ == 0; }
  size_t prefilled() const { return prefilled_; }

  // Ends one variant before its time, because it was cancelled or met a stop string. Frees its cache slots, or keeps them if
  // the options say so.
  void End(int32_t variant);

 private:
  struct Variant {
    explicit Variant(Sequence s) : sequence(std::move(s)) {}
    Sequence sequence;             // what is computed of the window: when all is, one token less than ids
    std::vector<int32_t> ids;      // prompt and continuation
    size_t window = 0;             // index of the first id that the model sees
    size_t limit = 0;              // of ids: the variant's length when it ends
    size_t processors = 0;         // which of processors_
    bool running = true;

    // What the model reads to choose the next token.
    std::span<const int32_t> seen() const { return std::span(ids).subspan(window); }
    std::span<const int32_t> computed() const { return seen().first(size_t(sequence.length())); }
    Buffer<float> scores;          // [V]
    Scratch scratch;
  };

  // Memory is bounded: keys and values are kept only while all in use take no more than so many contexts.
  static constexpr size_t kKeptContexts = 8;

  size_t WindowOf(size_t length) const;
  void FindKept();
  // Whether the variant is to start from the prompt's sequence: it has less than that of its own.
  bool SharesPrompt(const Variant& variant) const;
  Status Prefill();
  Status Decode();
  // Chooses the next token of variant v from its logits[V]. Touches nothing but the variant, so variants go in parallel.
  TokenEvent Choose(int32_t v, std::span<const float> logits);
  Status Fail(Status status);

  Decoder& decoder_;
  ThreadPool& pool_;
  GenerateOptions options_;
  std::vector<ProcessorList> processors_;  // one for all variants; when they go on from unlike lengths, for each length
  KeptSequences kept_;
  std::vector<int32_t> prompt_;
  size_t prompt_window_ = 0;
  Sequence prompt_sequence_;
  size_t prefilled_ = 0;             // of prompt_, what the model need not see included
  std::vector<Variant> variants_;
  size_t running_ = 0;
  Buffer<float> logits_;             // [variants that decode, V]
  std::vector<int32_t> decoding_;    // variants of the rows of logits_
};

}  // namespace variorum
