#include "scorer.h"

#include <algorithm>
#include <cmath>

namespace variorum {

Status Scorer::Start(std::vector<int32_t> ids) {
  VARIORUM_TRY(ValidateIds(ids, decoder_.config()));
  End();
  rows_ = 0;
  VARIORUM_TRY(logits_.Resize(std::min(ids.size(), Decoder::kMaxRows) * decoder_.config().vocab_size));
  ids_ = std::move(ids);
  return {};
}

Status Scorer::Step() {
  Status status = Compute();
  if (!status.ok()) End();
  if (done()) sequence_.Clear();
  return status;
}

void Scorer::End() {
  ids_.clear();
  sequence_.Clear();
  computed_ = 0;
}

Status Scorer::Compute() {
  const size_t V = decoder_.config().vocab_size;
  rows_ = std::min(Decoder::kMaxRows, ids_.size() - computed_);
  for (size_t i = 0; i < rows_; ++i) sequence_.Append();
  std::vector<Row> rows(rows_);
  for (size_t i = 0; i < rows_; ++i) {
    rows[i] = {ids_[computed_ + i], int32_t(computed_ + i), sequence_.slots(), true};
  }
  VARIORUM_TRY(decoder_.Step(rows, logits_.data()));
  logprobs_.clear();
  for (size_t i = 0; i < rows_ && computed_ + i + 1 < ids_.size(); ++i) {
    const std::span<const float> logits(logits_.data() + i * V, V);
    logprobs_.push_back(logits[ids_[computed_ + i + 1]] - LogSumExp(logits));
    if (!std::isfinite(logprobs_.back())) return NotFinite();
  }
  computed_ += rows_;
  return {};
}

}  // namespace variorum
