#include "generator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "philox.h"
#include "window.h"

namespace variorum {

Status InVocabulary(const std::vector<int32_t>& ids, const Config& config) {
  for (int32_t id : ids) {
    if (id < 0 || id >= config.vocab_size) {
      return {Code::kBadOption, "Token id " + std::to_string(id) + " is not in the vocabulary: ids go from 0 to " +
                                    std::to_string(config.vocab_size - 1) + "."};
    }
  }
  return {};
}

Status ValidateIds(const std::vector<int32_t>& ids, const Config& config) {
  if (ids.empty()) return {Code::kBadOption, "The prompt is empty: give at least one token."};
  VARIORUM_TRY(InVocabulary(ids, config));
  if (ids.size() > size_t(config.n_positions)) {
    return {Code::kContextFull, "The text has " + std::to_string(ids.size()) + " tokens, but the model's context holds " +
                                    std::to_string(config.n_positions) + ": shorten it."};
  }
  return {};
}

Status ValidateRoom(size_t length, int32_t max_new_tokens, const Config& config) {
  if (length + size_t(max_new_tokens) <= size_t(config.n_positions)) return {};
  return {Code::kContextFull, "The prompt has " + std::to_string(length) + " tokens and " + std::to_string(max_new_tokens) +
                                  " more are asked for, but the model's context holds " + std::to_string(config.n_positions) +
                                  ": shorten the prompt or ask for fewer tokens."};
}

Status NotFinite() {
  return {Code::kBadShard, "The model computes numbers that are not finite: its weights are damaged or not of this model."};
}

Status Generator::Start(std::vector<int32_t> prompt, const GenerateOptions& options, const std::vector<std::vector<int32_t>>& written) {
  VARIORUM_TRY(Validate(options, decoder_.config().vocab_size));
  const Config& config = decoder_.config();
  const size_t count = size_t(options.num_return_sequences), V = config.vocab_size, context = config.n_positions;
  const bool slides = options.overflow == Overflow::kSlide;
  if (slides && context < 2) return {Code::kBadOption, "overflow is \"slide\", but a context of one token has nothing to keep."};
  if (prompt.empty() || !slides) VARIORUM_TRY(ValidateIds(prompt, config));
  VARIORUM_TRY(InVocabulary(prompt, config));
  if (!written.empty() && written.size() != count) return {Code::kBadOption, "What is written must be given for each variant."};
  size_t longest = prompt.size();
  for (const auto& ids : written) {
    VARIORUM_TRY(InVocabulary(ids, config));
    longest = std::max(longest, prompt.size() + ids.size());
  }
  if (!slides) VARIORUM_TRY(ValidateRoom(longest, options.max_new_tokens, config));
  options_ = options;
  processors_.clear();
  prompt_ = std::move(prompt);
  prompt_window_ = WindowOf(prompt_.size());
  prompt_sequence_.Clear();
  prefilled_ = prompt_window_;
  variants_.clear();
  if (!options_.reuse_sequences) kept_.Clear();
  Status status = logits_.Resize(count * V);
  variants_.reserve(count);
  for (running_ = 0; running_ < count && status.ok(); ++running_) {
    Variant& variant = variants_.emplace_back(Sequence(decoder_.slots()));
    variant.ids = prompt_;
    if (!written.empty()) variant.ids.insert(variant.ids.end(), written[running_].begin(), written[running_].end());
    variant.window = WindowOf(variant.ids.size());
    variant.limit = variant.ids.size() + size_t(options_.max_new_tokens);
    if (running_ == 0 || variant.limit != variants_[running_ - 1].limit) {
      processors_.push_back(MakeProcessors(options_, prompt_.size(), variant.ids.size() - prompt_.size()));
    }
    variant.processors = processors_.size() - 1;
    status = variant.scores.Resize(V);
    if (status.ok()) status = variant.scratch.Resize(V);
  }
  if (!status.ok()) return Fail(std::move(status));
  FindKept();
  decoder_.slots().ResetPeak();
  return {};
}

size_t Generator::WindowOf(size_t length) const {
  return options_.overflow == Overflow::kSlide ? WindowStart(length, size_t(decoder_.config().n_positions)) : 0;
}

// Takes from earlier runs what there is of the variants' texts and, for those that need it, of the prompt.
void Generator::FindKept() {
  bool need_prompt = false;
  for (Variant& variant : variants_) {
    // The last token is always computed: its logits are not kept.
    variant.sequence = kept_.Longest(variant.seen().first(variant.seen().size() - 1));
    if (!SharesPrompt(variant)) continue;
    variant.sequence.Clear();
    need_prompt = true;
  }
  if (need_prompt) {
    prompt_sequence_ = kept_.Longest(std::span(prompt_).subspan(prompt_window_, prompt_.size() - prompt_window_ - 1));
    prefilled_ += size_t(prompt_sequence_.length());
  } else {
    prefilled_ = prompt_.size();
  }
  size_t needed = 0;
  const size_t context = size_t(decoder_.config().n_positions);
  for (const Variant& variant : variants_) needed += std::min(variant.limit, context);
  kept_.Shrink(kKeptContexts * context - std::min(needed, kKeptContexts * context));
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
    const size_t at = prefilled_ + i;
    rows[i] = {prompt_[at], int32_t(at - prompt_window_), prompt_sequence_.slots(), at + 1 == prompt_.size()};
  }
  VARIORUM_TRY(decoder_.Step(rows, logits_.data()));
  prefilled_ += count;
  if (prefilled_ < prompt_.size()) return {};

  // Variants start from the prompt's keys and values, and those that have nothing more from its one row of logits.
  const size_t V = decoder_.config().vocab_size;
  for (size_t v = 0; v < variants_.size(); ++v) {
    Variant& variant = variants_[v];
    if (!variant.running || !SharesPrompt(variant)) continue;
    variant.sequence = prompt_sequence_.Fork();
    if (variant.ids.size() > prompt_.size()) continue;
    if (!decoding_.empty()) std::memcpy(logits_.data() + decoding_.size() * V, logits_.data(), V * sizeof(float));
    decoding_.push_back(int32_t(v));
  }
  prompt_sequence_.Clear();
  return {};
}

bool Generator::SharesPrompt(const Variant& variant) const {
  return variant.window == prompt_window_ && size_t(variant.sequence.length()) < prompt_.size() - prompt_window_;
}

Status Generator::Decode() {
  std::vector<Row> rows;
  rows.reserve(Decoder::kMaxRows);
  for (size_t v = 0; v < variants_.size() && rows.size() < Decoder::kMaxRows; ++v) {
    Variant& variant = variants_[v];
    if (!variant.running) continue;
    if (const size_t window = WindowOf(variant.ids.size()); window != variant.window) {
      variant.window = window;  // what the model saw stands at other positions now: all of it is computed anew
      variant.sequence.Clear();
    }
    const std::span<const int32_t> seen = variant.seen();
    const size_t first = size_t(variant.sequence.length());
    const size_t end = std::min(seen.size(), first + Decoder::kMaxRows - rows.size());
    for (size_t i = first; i < end; ++i) variant.sequence.Append();
    for (size_t i = first; i < end; ++i) rows.push_back({seen[i], int32_t(i), variant.sequence.slots(), i + 1 == seen.size()});
    if (end == seen.size()) decoding_.push_back(int32_t(v));
  }
  return decoder_.Step(rows, logits_.data());
}

TokenEvent Generator::Choose(int32_t v, std::span<const float> logits) {
  Variant& variant = variants_[v];
  TokenEvent event{};
  event.variant = v;
  event.window = variant.window;
  const double log_sum_exp = LogSumExp(logits);
  if (!std::isfinite(log_sum_exp)) {  // nothing to choose from, and no numbers to sort
    event.logprob = log_sum_exp;
    return event;
  }
  std::span<float> scores(variant.scores.data(), logits.size());
  std::copy(logits.begin(), logits.end(), scores.begin());
  for (const auto& processor : processors_[variant.processors]) processor->Apply(variant.ids, scores, variant.scratch);

  const uint32_t stream = options_.streams.empty() ? uint32_t(v) : options_.streams[size_t(v)];
  event.token = options_.do_sample ? SampleAt(scores, UniformAt(options_.seed, stream, uint32_t(variant.ids.size()))) : ArgMax(scores);
  if (scores[event.token] == -INFINITY) {
    event.token = kNoToken;
    event.finish = Finish::kBanned;
    return event;
  }
  event.logprob = logits[event.token] - log_sum_exp;
  if (options_.num_alternatives > 0) {
    event.alternatives = TopAlternatives(logits, log_sum_exp, size_t(options_.num_alternatives), variant.scratch);
  }
  variant.ids.push_back(event.token);
  const auto& eos = options_.eos_token_ids;
  if (std::find(eos.begin(), eos.end(), event.token) != eos.end()) {
    event.finish = Finish::kEos;
  } else if (variant.ids.size() == variant.limit) {
    event.finish = Finish::kLength;
  }
  return event;
}

void Generator::End(int32_t variant) {
  if (variant < 0 || size_t(variant) >= variants_.size() || !variants_[variant].running) return;
  Variant& ended = variants_[variant];
  ended.running = false;
  const std::span<const int32_t> computed = ended.computed();
  if (options_.keep_sequences) kept_.Add(computed, std::move(ended.sequence));
  ended.sequence.Clear();
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
  kept_.Clear();
  return status;
}

}  // namespace variorum
