#pragma once

#include <cstdint>
#include <vector>

#include "../status.h"

namespace variorum {

// What becomes of a text that outgrows the context: an error, or a window that slides along (window.h).
enum class Overflow { kError, kSlide };

// Adds `bias` to the score of the last id whenever the ids before it have just been written.
struct SequenceBiasEntry {
  std::vector<int32_t> ids;
  double bias;
};

// When beam search may end (Hugging Face's early_stopping): kFalse as soon as the beams that run are unlikely to become better
// than those that ended, kTrue as soon as num_beams have ended, kNever when no beam can become better.
enum class EarlyStopping : int32_t { kFalse = 0, kTrue = 1, kNever = 2 };

// What a run is asked to do; names and meanings as in Hugging Face's GenerationConfig. Stop strings are not here: they are
// text, and text is TypeScript's.
struct GenerateOptions {
  static constexpr int32_t kMaxVariants = 32;

  int32_t num_return_sequences = 1;
  int32_t max_new_tokens = 50;
  bool do_sample = true;
  uint32_t seed = 0;
  std::vector<int32_t> eos_token_ids;
  int32_t num_alternatives = 0;  // most probable tokens reported with each token
  std::vector<uint32_t> streams;  // of randomness, one per variant; empty stands for 0, 1, 2 …
  Overflow overflow = Overflow::kError;
  // Keys and values: whether those of this run outlive it, and whether those that live may be used. A run that may not use
  // them drops them.
  bool keep_sequences = false;
  bool reuse_sequences = false;

  // Of a draw.
  double temperature = 1;
  int32_t top_k = 50;         // 0: off
  double top_p = 1;           // 1: off
  double min_p = 0;           // 0: off
  double typical_p = 1;       // 1: off
  double epsilon_cutoff = 0;  // 0: off
  double eta_cutoff = 0;      // 0: off

  // Of every way to choose.
  double repetition_penalty = 1;     // 1: off
  int32_t no_repeat_ngram_size = 0;  // 0: off
  int32_t min_length = 0;            // counts the prompt
  int32_t min_new_tokens = 0;
  std::vector<SequenceBiasEntry> sequence_bias;
  std::vector<std::vector<int32_t>> bad_words_ids;
  std::vector<int32_t> suppress_tokens;
  std::vector<int32_t> begin_suppress_tokens;
  std::vector<int32_t> forced_bos_token_ids;  // at most one
  std::vector<int32_t> forced_eos_token_ids;

  // Of beams.
  int32_t num_beams = 1;
  double length_penalty = 1;
  EarlyStopping early_stopping = EarlyStopping::kFalse;
};

// bad-option, naming the option, its value and its range.
Status Validate(const GenerateOptions& options, int32_t vocab_size);

}  // namespace variorum
