#pragma once

#include <cstdint>
#include <vector>

#include "../status.h"

namespace variorum {

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
};

// bad-option, naming the option, its value and its range.
Status Validate(const GenerateOptions& options);

}  // namespace variorum
