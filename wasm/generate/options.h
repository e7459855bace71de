#pragma once

#include <cstdint>
#include <vector>

#include "../status.h"

namespace variorum {

// What becomes of a text that outgrows the context: an error, or a window that slides along (window.h).
enum class Overflow { kError, kSlide };

// What a run is asked to do; names and meanings as in Hugging Face's GenerationConfig. Stop strings are not here: they are
// text, and text is TypeScript's.
struct GenerateOptions {
  static constexpr int32_t kMaxVariants = 32;

  int32_t num_return_sequences = 1;
  int32_t max_new_tokens = 50;
  bool do_sample = true;
  double temperature = 1;
  int32_t top_k = 50;  // 0: off
  double top_p = 1;    // 1: off
  uint32_t seed = 0;
  std::vector<int32_t> eos_token_ids;
  int32_t num_alternatives = 0;  // most probable tokens reported with each token
  std::vector<uint32_t> streams;  // of randomness, one per variant; empty stands for 0, 1, 2 …
  Overflow overflow = Overflow::kError;
  // Keys and values: whether those of this run outlive it, and whether those that live may be used. A run that may not use
  // them drops them.
  bool keep_sequences = false;
  bool reuse_sequences = false;
};

// bad-option, naming the option, its value and its range.
Status Validate(const GenerateOptions& options);

}  // namespace variorum
