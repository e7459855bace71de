// How probable each of several candidates is after one context: the context is computed once and shared, the candidates'
// tokens go through the model together, as many as a step takes.
#pragma once

#include <cstdint>
#include <vector>

#include "../buffer.h"
#include "../model/decoder.h"

namespace variorum {

class Ranker {
 public:
  explicit Ranker(Decoder& decoder) : decoder_(decoder), context_sequence_(decoder.slots()) {}

  // Begins. bad-option unless there is a context, and in each candidate a token; context-full, naming the candidate, if it
  // does not fit behind the context.
  Status Start(std::vector<int32_t> context, std::vector<std::vector<int32_t>> candidates);
  // One step of the model, at most Decoder::kMaxRows rows. After an error the ranking is over.
  Status Step();
  bool done() const { return finished_ == candidates_.size(); }
  // Gives up, and frees the cache slots.
  void End();

  // Candidates whose tokens are all known, from the first on.
  size_t finished() const { return finished_; }
  // logprobs(c)[i] = log p(candidate c's token i | context, its tokens before i). Those of finished candidates are complete.
  const std::vector<double>& logprobs(size_t candidate) const { return candidates_[candidate].logprobs; }

 private:
  struct Candidate {
    std::vector<int32_t> ids;
    Sequence sequence;
    std::vector<double> logprobs;
  };

  Status PrefillContext();
  Status Score();
  // Adds the candidate's next logprob from logits[V].
  Status Take(Candidate& candidate, const float* logits);
  void Skip();

  Decoder& decoder_;
  std::vector<int32_t> context_;
  Sequence context_sequence_;
  std::vector<Candidate> candidates_;
  size_t finished_ = 0;
  Buffer<float> logits_;  // [rows of a step, V]
};

}  // namespace variorum
