#pragma once

#include <utility>

#include "../options.h"
#include "processor.h"

namespace variorum {

// SequenceBiasLogitsProcessor: adds a bias to the token that would complete a sequence. Of two entries for one sequence the
// later counts; biases of different sequences that end in the same token add up. As there, a sequence longer than the ids
// so far is ignored, even if only its last token is missing.
class SequenceBias : public Processor {
 public:
  explicit SequenceBias(const std::vector<SequenceBiasEntry>& entries);
  void Apply(std::span<const int32_t> ids, std::span<float> scores, Scratch&) const override;

 private:
  // All sequences that one token completes.
  struct Ending {
    int32_t token;
    std::vector<std::pair<std::vector<int32_t>, float>> prefixes;  // what comes before the token, and the bias
  };
  std::vector<Ending> endings_;
};

// NoBadWordsLogitsProcessor: a bias of −infinity. A sequence that is nothing but an end-of-sequence token is not taken.
class NoBadWords final : public SequenceBias {
 public:
  NoBadWords(const std::vector<std::vector<int32_t>>& bad_words_ids, const std::vector<int32_t>& eos_token_ids);
};

}  // namespace variorum
