#include "ranker.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "generator.h"
#include "probability.h"

namespace variorum {

Status Ranker::Start(std::vector<int32_t> context, std::vector<std::vector<int32_t>> candidates) {
  const Config& config = decoder_.config();
  VARIORUM_TRY(ValidateIds(context, config));
  for (size_t c = 0; c < candidates.size(); ++c) {
    const std::string name = "Candidate " + std::to_string(c);
    if (candidates[c].empty()) return {Code::kBadOption, name + " (counted from 0) is empty: give each at least one token."};
    VARIORUM_TRY(InVocabulary(candidates[c], config));
    if (context.size() + candidates[c].size() > size_t(config.n_positions)) {
      return {Code::kContextFull, name + " (counted from 0) has " + std::to_string(candidates[c].size()) + " tokens and the context " +
                                      std::to_string(context.size()) + ", but the model's context holds " +
                                      std::to_string(config.n_positions) + ": shorten one of them."};
    }
  }
  End();
  VARIORUM_TRY(logits_.Resize(Decoder::kMaxRows * config.vocab_size));
  context_ = std::move(context);
  for (auto& ids : candidates) candidates_.push_back({std::move(ids), Sequence(decoder_.slots()), {}});
  return {};
}

Status Ranker::Step() {
  if (done()) return {};
  Status status = size_t(context_sequence_.length()) < context_.size() ? PrefillContext() : Score();
  if (!status.ok()) End();
  if (done()) context_sequence_.Clear();
  return status;
}

void Ranker::End() {
  candidates_.clear();
  context_sequence_.Clear();
  finished_ = 0;
}

Status Ranker::PrefillContext() {
  const size_t first = size_t(context_sequence_.length()), count = std::min(Decoder::kMaxRows, context_.size() - first);
  for (size_t i = 0; i < count; ++i) context_sequence_.Append();
  std::vector<Row> rows(count);
  for (size_t i = 0; i < count; ++i) {
    rows[i] = {context_[first + i], int32_t(first + i), context_sequence_.slots(), first + i + 1 == context_.size()};
  }
  VARIORUM_TRY(decoder_.Step(rows, logits_.data()));
  if (first + count < context_.size()) return {};
  // Every candidate's first token is judged by the one row of logits behind the context.
  for (Candidate& candidate : candidates_) VARIORUM_TRY(Take(candidate, logits_.data()));
  Skip();
  return {};
}

// Candidates need not be computed in one step, nor steps hold one candidate: rows are filled as they come.
Status Ranker::Score() {
  std::vector<Row> rows;
  std::vector<Candidate*> owners;
  rows.reserve(Decoder::kMaxRows);
  for (size_t c = finished_; c < candidates_.size() && rows.size() < Decoder::kMaxRows; ++c) {
    Candidate& candidate = candidates_[c];
    if (candidate.sequence.length() == 0) candidate.sequence = context_sequence_.Fork();
    // Of the last token only the logprob is wanted, which comes from the row before.
    const size_t first = size_t(candidate.sequence.length()) - context_.size();
    const size_t end = std::min(candidate.ids.size() - 1, first + Decoder::kMaxRows - rows.size());
    for (size_t i = first; i < end; ++i) candidate.sequence.Append();
    for (size_t i = first; i < end; ++i) {
      rows.push_back({candidate.ids[i], int32_t(context_.size() + i), candidate.sequence.slots(), true});
      owners.push_back(&candidate);
    }
  }
  VARIORUM_TRY(decoder_.Step(rows, logits_.data()));
  const size_t V = size_t(decoder_.config().vocab_size);
  for (size_t r = 0; r < rows.size(); ++r) VARIORUM_TRY(Take(*owners[r], logits_.data() + r * V));
  Skip();
  return {};
}

Status Ranker::Take(Candidate& candidate, const float* logits) {
  const std::span<const float> row(logits, size_t(decoder_.config().vocab_size));
  candidate.logprobs.push_back(row[size_t(candidate.ids[candidate.logprobs.size()])] - LogSumExp(row));
  return std::isfinite(candidate.logprobs.back()) ? Status{} : NotFinite();
}

// Moves on past the candidates that are complete, and frees what they held.
void Ranker::Skip() {
  for (; finished_ < candidates_.size(); ++finished_) {
    Candidate& candidate = candidates_[finished_];
    if (candidate.logprobs.size() < candidate.ids.size()) return;
    candidate.sequence.Clear();
  }
}

}  // namespace variorum
