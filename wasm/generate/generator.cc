#include "generator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "philox.h"

namespace variorum {

Status ValidateIds(const std::vector<int32_t>& ids, const Config& config) {
  if (ids.empty()) return {Code::kBadOption, "The prompt is empty: give at least one token."};
  for (int32_t id : ids) {
    if (id < 0 || id >= config.vocab_size) {
      return {Code::kBadOption, "Token id " + std::to_string(id) + " is not in the vocabulary: ids go from 0 to " +
                                    std::to_string(config.vocab_size - 1) + "."};
    }
  }
  if (ids.size() > size_t(config.n_positions)) {
    return {Code::kContextFull, "The text has " + std::to_string(ids.size()) + " tokens, but the model's context holds " +
                                    std::to_string(config.n_positions) + ": shorten it."};
  }
  return {};
}

Status NotFinite() {
  return {Code::kBadShard, "The model computes numbers that are not finite: its weights are damaged or not of this model."};
}

Status Generator::Start(std::vector<int32_t> prompt, const GenerateOptions& options) {
  VARIORUM_TRY(Validate(options));
  VARIORUM_TRY(ValidateIds(prompt, decoder_.config()));
  const size_t context = decoder_.config().n_positions;
  if (prompt.size() + size_t(options.max_new_tokens) > context) {
    return {Code::kContextFull, "The prompt has " + std::to_string(prompt.size()) + " tokens and " +
                                    std::to_string(options.max_new_tokens) + " more are asked for, but the model's context holds " +
                                    std::to_string(context) + ": shorten the prompt or ask for fewer tokens."};
  }
  options_ = options;
  processors_ = MakeProcessors(options_);
  prompt_ = std::move(prompt);
  prompt_sequence_.Clear();
  prefilled_ = 0;
  variants_.clear();
  decoder_.slots().ResetPeak();
  const size_t count = size_t(options_.num_return_sequences), V = decoder_.config().vocab_size;
  Status status = logits_.Resize(count * V);
  variants_.reserve(count);
  for (running_ = 0; running_ < count && status.ok(); ++running_) {
    variants_.emplace_back(Sequence(decoder_.slots()));
    variants_.back().ids = prompt_;
    status = variants_.back().scores.Resize(V);
  }
  return status.ok() ? status : Fail(std::move(status));
}

Status Generator::Step(std::vector<TokenEvent>* events) {
  events->clear();
  if (done()) return {};
  decoding_.clear();
  if (prefilled_ < prompt_.size()) {
    if (Status status = Prefill(); !status.ok()) return Fail(std::move(status));
    if (prefilled_ < prompt_.size()) return {};
  } else if (Status status = Decode(); !status.ok()) {
    return Fail(std::move(status));
  }

  const size_t V = decoder_.config().vocab_size;
  events->resize(decoding_.size());
  pool_.ParallelFor(decoding_.size(), 16 * V, [&](size_t i) { (*events)[i] = Choose(decoding_[i], {logits_.data() + i * V, V}); });
  for (const TokenEvent& event : *events) {
    if (!std::isfinite(event.logprob)) {
      events->clear();
      return Fail(NotFinite());
    }
    if (event.finish != Finish::kNone) End(event.variant);
  }
  return {};
}

Status Generator::Prefill() {
  const size_t count = std::min(Decoder::kMaxRows, prompt_.size() - prefilled_);
  for (size_t i = 0; i < count; ++i) prompt_sequence_.Append();
  std::vector<Row> rows(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t position = prefilled_ + i;
    rows[i] = {prompt_[position], int32_t(position), prompt_sequence_.slots(), position + 1 == prompt_.size()};
  }
  VARIORUM_TRY(decoder_.Step(rows, logits_.data()));
  prefilled_ += count;
  if (prefilled_ < prompt_.size()) return {};

  // All variants start from the prompt's keys and values, and from its one row of logits.
  const size_t V = decoder_.config().vocab_size;
  for (size_t v = 0; v < variants_.size(); ++v) {
    if (!variants_[v].running) continue;
    variants_[v].sequence = prompt_sequence_.Fork();
    if (!decoding_.empty()) std::memcpy(logits_.data() + decoding_.size() * V, logits_.data(), V * sizeof(float));
    decoding_.push_back(int32_t(v));
  }
  prompt_sequence_.Clear();
  return {};
}

Status Generator::Decode() {
  std::vector<Row> rows;
  rows.reserve(running_);
  for (size_t v = 0; v < variants_.size(); ++v) {
    Variant& variant = variants_[v];
    if (!variant.running) continue;
    const int32_t position = variant.sequence.Append();
    rows.push_back({variant.ids[position], position, variant.sequence.slots(), true});
    decoding_.push_back(int32_t(v));
  }
  return decoder_.Step(rows, logits_.data());
}

TokenEvent Generator::Choose(int32_t v, std::span<const float> logits) {
  Variant& variant = variants_[v];
  TokenEvent event{};
  event.variant = v;
  const double log_sum_exp = LogSumExp(logits);
  if (!std::isfinite(log_sum_exp)) {  // nothing to choose from, and no numbers to sort
    event.logprob = log_sum_exp;
    return event;
  }
  std::span<float> scores(variant.scores.data(), logits.size());
  std::copy(logits.begin(), logits.end(), scores.begin());
  for (const auto& processor : processors_) processor->Apply(variant.ids, scores);

  event.token = options_.do_sample
                    ? SampleAt(scores, UniformAt(options_.seed, uint32_t(v), uint32_t(variant.ids.size())))
                    : ArgMax(scores);
  event.logprob = logits[event.token] - log_sum_exp;
  if (options_.num_alternatives > 0) {
    event.alternatives = TopAlternatives(logits, log_sum_exp, size_t(options_.num_alternatives));
  }
  variant.ids.push_back(event.token);
  const auto& eos = options_.eos_token_ids;
  if (std::find(eos.begin(), eos.end(), event.token) != eos.end()) {
    event.finish = Finish::kEos;
  } else if (variant.ids.size() - prompt_.size() == size_t(options_.max_new_tokens)) {
    event.finish = Finish::kLength;
  }
  return event;
}

void Generator::End(int32_t variant) {
  if (variant < 0 || size_t(variant) >= variants_.size() || !variants_[variant].running) return;
  variants_[variant].running = false;
  variants_[variant].sequence.Clear();
  if (--running_ == 0) {  // nobody is left to prefill for
    prefilled_ = prompt_.size();
    prompt_sequence_.Clear();
  }
}

// Leaves the run ended and its slots free, so that the next Start works.
Status Generator::Fail(Status status) {
  prompt_sequence_.Clear();
  prefilled_ = prompt_.size();
  for (size_t v = 0; v < variants_.size(); ++v) End(int32_t(v));
  return status;
}

}  // namespace variorum
