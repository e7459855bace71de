// Beam search and beam sampling as Hugging Face does them (GenerationMixin._beam_search): num_beams texts are written side by
// side, each step keeps the best continuations of all of them, and texts that ended compete by their score. Beams share keys
// and values: a beam that is kept forks its parent's slot list, and nothing is copied.
#pragma once

#include <vector>

#include "beam_proposals.h"
#include "generator.h"

namespace variorum {

struct Hypothesis {
  std::vector<int32_t> ids;      // prompt and continuation
  std::vector<double> logprobs;  // of the continuation, under the model itself
  double score;                  // accumulated processed log-probability / length ^ length_penalty: sequences_scores
  Finish finish;                 // kNone while it is being written
};

class BeamSearch {
 public:
  // `decoder` and `pool` must outlive the search.
  BeamSearch(Decoder& decoder, ThreadPool& pool) : decoder_(decoder), pool_(pool), prompt_sequence_(decoder.slots()) {}

  // Begins a run. bad-option; context-full if prompt + max_new_tokens exceed n_positions.
  Status Start(std::vector<int32_t> prompt, const GenerateOptions& options);

  // One piece of work: some rows of the prompt, or one row of each beam. If proposals() has some afterwards, Select must
  // follow. After an error the run is over.
  Status Step();
  const std::vector<Proposal>& proposals() const { return proposals_; }
  // Prompt and continuation that a proposal stands for.
  std::vector<int32_t> IdsOf(const Proposal& proposal) const;
  // Decides what becomes of the proposals. `stopped`: indices of those that end for the caller's own reasons: stop strings.
  void Select(const std::vector<int32_t>& stopped = {});

  bool done() const { return done_; }
  size_t prefilled() const { return prefilled_; }
  // The num_return_sequences best texts so far, best first, ended or not; when done, the result. Fewer if there are no more, none
  // if every first token is ruled out.
  std::vector<Hypothesis> Best() const;
  // Gives up, and frees the cache slots.
  void End();

 private:
  struct Beam {
    Sequence sequence;  // what is computed: one token less than ids
    std::vector<int32_t> ids;
    std::vector<double> logprobs;
    float score;        // accumulated
  };
  // A text that ended, or a place for one.
  struct Ended {
    Hypothesis text;
    float score;
    bool taken;
  };
  // What ranking one beam's continuations needs.
  struct Workspace {
    Buffer<float> scores;  // [V]
    Scratch scratch;
    double log_sum_exp;
    std::vector<Proposal> best;
  };

  Status Compute();
  void EndBanned();
  bool IsText(const Beam& beam) const;
  void Rank(size_t beam);
  size_t ProposalCount() const;
  Finish FinishOf(const Proposal& proposal, bool stopped) const;
  void UpdateEnded(const std::vector<Finish>& finishes);
  void UpdateBeams(const std::vector<Finish>& finishes);
  bool CanImprove() const;
  Beam Extend(const Proposal& proposal, float score) const;
  std::span<const float> LogitsOf(size_t beam) const;
  // Of scores of texts of `length` new tokens.
  float Penalty(size_t length) const;
  size_t generated() const { return beams_[0].ids.size() - prompt_.size(); }
  bool AllTaken() const;

  Decoder& decoder_;
  ThreadPool& pool_;
  GenerateOptions options_;
  ProcessorList processors_;
  std::vector<int32_t> prompt_;
  Sequence prompt_sequence_;
  size_t prefilled_ = 0;
  std::vector<Beam> beams_;      // best first
  std::vector<Ended> ended_;     // [num_beams], best first
  std::vector<Proposal> proposals_;
  std::vector<Workspace> workspaces_;
  Buffer<float> logits_;         // [beams, V], or one row that all share
  size_t logits_rows_ = 0;
  bool improvable_ = true;
  bool done_ = true;
};

}  // namespace variorum
