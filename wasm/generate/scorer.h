// How probable a given text is: the log-probability of each of its tokens after those before it.
#pragma once

#include <vector>

#include "../buffer.h"
#include "../model/decoder.h"
#include "generator.h"

namespace variorum {

class Scorer {
 public:
  explicit Scorer(Decoder& decoder) : decoder_(decoder), sequence_(decoder.slots()) {}

  // Begins. Errors as ValidateIds.
  Status Start(std::vector<int32_t> ids);
  // Computes some more positions, at most Decoder::kMaxRows. After an error the scoring is over.
  Status Step();
  bool done() const { return computed_ == ids_.size(); }
  // Gives up, and frees the cache slots.
  void End();

  // Of the last Step. logprobs()[i] = log p(ids[first + i + 1] | ids[… first + i]); there is none after the last id.
  // logits(): [rows, V] of positions first … first + rows − 1.
  const std::vector<double>& logprobs() const { return logprobs_; }
  const Buffer<float>& logits() const { return logits_; }
  size_t rows() const { return rows_; }

 private:
  Status Compute();

  Decoder& decoder_;
  std::vector<int32_t> ids_;
  Sequence sequence_;
  size_t computed_ = 0;
  size_t rows_ = 0;
  Buffer<float> logits_;
  std::vector<double> logprobs_;
};

}  // namespace variorum
