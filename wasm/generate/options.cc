#include "options.h"

#include <cmath>
#include <cstdio>
#include <string>

namespace variorum {
namespace {

Status OutOfRange(const char* name, double value, const char* range) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return {Code::kBadOption, std::string(name) + " is " + text + "; it must be " + range + "."};
}

}  // namespace

Status Validate(const GenerateOptions& o) {
  if (o.num_return_sequences < 1 || o.num_return_sequences > GenerateOptions::kMaxVariants) {
    return OutOfRange("numReturnSequences", o.num_return_sequences, "a whole number from 1 to 32");
  }
  if (!o.do_sample && o.num_return_sequences > 1) {
    return {Code::kBadOption, "Greedy decoding gives one sequence: set numReturnSequences to 1, or doSample to true."};
  }
  if (o.max_new_tokens < 1) return OutOfRange("maxNewTokens", o.max_new_tokens, "a whole number of at least 1");
  if (!std::isfinite(o.temperature) || o.temperature <= 0) {
    return OutOfRange("temperature", o.temperature, "a number above 0 (for greedy decoding set doSample to false)");
  }
  if (o.top_k < 0) return OutOfRange("topK", o.top_k, "a whole number of at least 0 (0 turns it off)");
  if (!(o.top_p > 0 && o.top_p <= 1)) return OutOfRange("topP", o.top_p, "a number above 0 and at most 1");
  if (o.num_alternatives < 0 || o.num_alternatives > 100) {
    return OutOfRange("alternatives", o.num_alternatives, "a whole number from 0 to 100");
  }
  if (!o.streams.empty() && o.streams.size() != size_t(o.num_return_sequences)) {
    return {Code::kBadOption, "streams has " + std::to_string(o.streams.size()) + " entries for " +
                                  std::to_string(o.num_return_sequences) + " variants: give one for each."};
  }
  return {};
}

}  // namespace variorum
