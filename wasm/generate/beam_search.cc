#include "beam_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace variorum {
namespace {

// Hugging Face's "as good as impossible": what it adds to scores that must not be chosen. Kept as it is, because such scores
// do get chosen when nothing else is left.
constexpr float kUnlikely = -1e9f;

// Indices of the `count` highest scores, best first, of equal ones the lower index.
std::vector<size_t> TopIndices(const std::vector<float>& scores, size_t count) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  order.resize(std::min(count, order.size()));
  return order;
}

}  // namespace

Status BeamSearch::Start(std::vector<int32_t> prompt, const GenerateOptions& options) {
  const Config& config = decoder_.config();
  VARIORUM_TRY(Validate(options, config.vocab_size));
  VARIORUM_TRY(ValidateIds(prompt, config));
  VARIORUM_TRY(ValidateRoom(prompt.size(), options.max_new_tokens, config));
  if (options.overflow != Overflow::kError) return {Code::kBadOption, "overflow is \"slide\"; with numBeams above 1 it must be \"error\"."};
  End();
  options_ = options;
  processors_ = MakeProcessors(options_, prompt.size());
  prompt_ = std::move(prompt);
  const size_t n = size_t(options_.num_beams), V = size_t(config.vocab_size);
  VARIORUM_TRY(logits_.Resize(n * V));
  workspaces_.resize(n);
  for (Workspace& workspace : workspaces_) {
    VARIORUM_TRY(workspace.scores.Resize(V));
    VARIORUM_TRY(workspace.scratch.Resize(V));
  }
  ended_.assign(n, Ended{{prompt_, {}, kUnlikely, Finish::kLength}, kUnlikely, false});
  improvable_ = true;
  done_ = false;
  decoder_.slots().ResetPeak();
  return {};
}

Status BeamSearch::Step() {
  if (done_) return {};
  Status status = Compute();
  if (status.ok() && prefilled_ < prompt_.size()) return {};
  if (status.ok()) {
    const size_t V = size_t(decoder_.config().vocab_size);
    pool_.ParallelFor(beams_.size(), 16 * V, [&](size_t beam) { Rank(beam); });
    for (size_t b = 0; b < beams_.size(); ++b) {
      if (!std::isfinite(workspaces_[b].log_sum_exp)) status = NotFinite();
    }
  }
  if (!status.ok()) {
    End();
    return status;
  }
  const size_t count = ProposalCount();
  if (options_.do_sample) {
    std::vector<std::span<float>> scores;
    for (size_t b = 0; b < beams_.size(); ++b) scores.emplace_back(workspaces_[b].scores.data(), LogitsOf(b).size());
    const uint32_t stream = options_.streams.empty() ? 0 : options_.streams[0];
    proposals_ = DrawProposals(scores, count, options_.seed, stream, uint32_t(beams_[0].ids.size()));
  } else {
    for (size_t b = 0; b < beams_.size(); ++b) {
      proposals_.insert(proposals_.end(), workspaces_[b].best.begin(), workspaces_[b].best.end());
    }
    std::sort(proposals_.begin(), proposals_.end(), IsBetter);
    proposals_.resize(std::min(count, proposals_.size()));
  }
  if (proposals_.empty()) EndBanned();
  return {};
}

// Every token is ruled out: what the beams have is all that there is.
void BeamSearch::EndBanned() {
  for (const Beam& beam : beams_) {
    if (!IsText(beam)) continue;
    const float score = beam.score / Penalty(generated());
    ended_.push_back({{beam.ids, beam.logprobs, score, Finish::kBanned}, score, true});
  }
  End();
}

Status BeamSearch::Compute() {
  std::vector<Row> rows;
  if (prefilled_ == prompt_.size()) {
    for (Beam& beam : beams_) {
      const int32_t position = beam.sequence.Append();
      rows.push_back({beam.ids.back(), position, beam.sequence.slots(), true});
    }
    logits_rows_ = rows.size();
    return decoder_.Step(rows, logits_.data());
  }
  const size_t end = std::min(prompt_.size(), prefilled_ + Decoder::kMaxRows);
  for (size_t i = prefilled_; i < end; ++i) prompt_sequence_.Append();
  for (size_t i = prefilled_; i < end; ++i) {
    rows.push_back({prompt_[i], int32_t(i), prompt_sequence_.slots(), i + 1 == prompt_.size()});
  }
  VARIORUM_TRY(decoder_.Step(rows, logits_.data()));
  prefilled_ = end;
  if (prefilled_ < prompt_.size()) return {};
  // All beams start alike; but for one they are unlikely, so that the first step takes different tokens.
  logits_rows_ = 1;
  for (int32_t b = 0; b < options_.num_beams; ++b) {
    beams_.push_back({prompt_sequence_.Fork(), prompt_, {}, b == 0 ? 0 : kUnlikely});
  }
  prompt_sequence_.Clear();
  return {};
}

std::span<const float> BeamSearch::LogitsOf(size_t beam) const {
  const size_t V = size_t(decoder_.config().vocab_size);
  return {logits_.data() + beam % logits_rows_ * V, V};
}

// So many that enough are left to go on with if each beam's best continuations are ends of sequence.
size_t BeamSearch::ProposalCount() const { return std::max<size_t>(2, 1 + options_.eos_token_ids.size()) * size_t(options_.num_beams); }

// Touches nothing but the beam's workspace, so beams go in parallel.
void BeamSearch::Rank(size_t b) {
  const std::span<const float> logits = LogitsOf(b);
  Workspace& workspace = workspaces_[b];
  workspace.log_sum_exp = LogSumExp(logits);
  if (!std::isfinite(workspace.log_sum_exp)) return;
  const std::span<float> scores(workspace.scores.data(), logits.size());
  for (size_t id = 0; id < scores.size(); ++id) scores[id] = float(logits[id] - workspace.log_sum_exp);
  for (const auto& processor : processors_) processor->Apply(beams_[b].ids, scores, workspace.scratch);
  for (float& score : scores) score += beams_[b].score;
  if (options_.do_sample) return;
  BestOfBeam(int32_t(b), scores, ProposalCount(), workspace.scratch, &workspace.best);
}

std::vector<int32_t> BeamSearch::IdsOf(const Proposal& proposal) const {
  std::vector<int32_t> ids = beams_[size_t(proposal.beam)].ids;
  ids.push_back(proposal.token);
  return ids;
}

Finish BeamSearch::FinishOf(const Proposal& proposal, bool stopped) const {
  const auto& eos = options_.eos_token_ids;
  if (std::find(eos.begin(), eos.end(), proposal.token) != eos.end()) return Finish::kEos;
  if (stopped) return Finish::kStop;
  return generated() + 1 == size_t(options_.max_new_tokens) ? Finish::kLength : Finish::kNone;
}

void BeamSearch::Select(const std::vector<int32_t>& stopped) {
  if (done_ || proposals_.empty()) return;
  std::vector<Finish> finishes;
  for (size_t i = 0; i < proposals_.size(); ++i) {
    finishes.push_back(FinishOf(proposals_[i], std::find(stopped.begin(), stopped.end(), int32_t(i)) != stopped.end()));
  }
  UpdateEnded(finishes);
  UpdateBeams(finishes);
  proposals_.clear();
  improvable_ = improvable_ && CanImprove();
  const bool all_ended = std::find(finishes.begin(), finishes.end(), Finish::kNone) == finishes.end();
  const bool enough = options_.early_stopping == EarlyStopping::kTrue && AllTaken();
  if (!improvable_ || enough || all_ended) End();
}

// Those of the first num_beams proposals that end compete with the texts that ended before. Must precede UpdateBeams.
void BeamSearch::UpdateEnded(const std::vector<Finish>& finishes) {
  const size_t n = ended_.size();
  const float penalty = Penalty(generated() + 1);
  const bool closed = (options_.early_stopping == EarlyStopping::kTrue && AllTaken());
  std::vector<float> scores;
  for (const Ended& ended : ended_) scores.push_back(ended.score);
  for (size_t i = 0; i < proposals_.size(); ++i) {
    float score = proposals_[i].score / penalty;
    if (closed) score += kUnlikely;
    if (!improvable_) score += kUnlikely;
    if (i >= n || finishes[i] == Finish::kNone) score += kUnlikely;
    scores.push_back(score);
  }
  std::vector<Ended> next;
  for (size_t index : TopIndices(scores, n)) {
    if (index < n) {
      next.push_back(std::move(ended_[index]));
      continue;
    }
    const size_t i = index - n;
    const bool taken = i < n && finishes[i] != Finish::kNone;
    Beam text = Extend(proposals_[i], 0);
    next.push_back({{std::move(text.ids), std::move(text.logprobs), scores[index], finishes[i]}, scores[index], taken});
  }
  ended_ = std::move(next);
}

void BeamSearch::UpdateBeams(const std::vector<Finish>& finishes) {
  std::vector<float> scores;
  for (size_t i = 0; i < proposals_.size(); ++i) {
    scores.push_back(proposals_[i].score + (finishes[i] == Finish::kNone ? 0 : kUnlikely));
  }
  std::vector<Beam> next;
  for (size_t i : TopIndices(scores, size_t(options_.num_beams))) {
    next.push_back(Extend(proposals_[i], scores[i]));
    next.back().sequence = beams_[size_t(proposals_[i].beam)].sequence.Fork();
  }
  beams_ = std::move(next);
}

// The text that a proposal stands for, as a beam without its sequence.
BeamSearch::Beam BeamSearch::Extend(const Proposal& proposal, float score) const {
  const size_t parent = size_t(proposal.beam);
  Beam beam{Sequence(decoder_.slots()), IdsOf(proposal), beams_[parent].logprobs, score};
  beam.logprobs.push_back(LogitsOf(parent)[size_t(proposal.token)] - workspaces_[parent].log_sum_exp);
  return beam;
}

// Whether the best running beam may still become better than the worst text that ended, by Hugging Face's estimate
// (_check_early_stop_heuristic).
bool BeamSearch::CanImprove() const {
  const bool at_full_length = options_.early_stopping == EarlyStopping::kNever && options_.length_penalty > 0;
  const float best = beams_[0].score / Penalty(at_full_length ? size_t(options_.max_new_tokens) : generated());
  float worst = INFINITY;
  for (const Ended& ended : ended_) worst = std::min(worst, ended.score);
  return best > (AllTaken() ? worst : kUnlikely);
}

// What is unlikely is no text of its own.
bool BeamSearch::IsText(const Beam& beam) const { return beam.ids.size() > prompt_.size() && beam.score >= kUnlikely / 2; }

bool BeamSearch::AllTaken() const {
  return std::all_of(ended_.begin(), ended_.end(), [](const Ended& ended) { return ended.taken; });
}

float BeamSearch::Penalty(size_t length) const { return float(std::pow(double(length), options_.length_penalty)); }

std::vector<Hypothesis> BeamSearch::Best() const {
  std::vector<Hypothesis> texts;
  for (const Ended& ended : ended_) {
    if (ended.taken) texts.push_back(ended.text);
  }
  for (const Beam& beam : beams_) {
    if (!IsText(beam)) continue;
    texts.push_back({beam.ids, beam.logprobs, beam.score / Penalty(generated()), Finish::kNone});
  }
  std::stable_sort(texts.begin(), texts.end(), [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
  texts.resize(std::min(texts.size(), size_t(options_.num_return_sequences)));
  return texts;
}

void BeamSearch::End() {
  prompt_sequence_.Clear();
  beams_.clear();
  proposals_.clear();
  prefilled_ = 0;
  done_ = true;
}

}  // namespace variorum
