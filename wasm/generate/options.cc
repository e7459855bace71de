#include "options.h"

#include <cmath>
#include <cstdio>
#include <string>

namespace variorum {
namespace {

Status OutOfRange(const char* name, double value, const std::string& range) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return {Code::kBadOption, std::string(name) + " is " + text + "; it must be " + range + "."};
}

Status AtLeast(const char* name, int32_t value, int32_t least, const char* remark = "") {
  if (value >= least) return {};
  return OutOfRange(name, value, "a whole number of at least " + std::to_string(least) + remark);
}

Status Between(const char* name, int32_t value, int32_t least, int32_t most) {
  if (value >= least && value <= most) return {};
  return OutOfRange(name, value, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

Status Require(bool fits, const char* name, double value, const char* range) { return fits ? Status{} : OutOfRange(name, value, range); }

Status InVocabulary(const char* name, const std::vector<int32_t>& ids, int32_t vocab_size) {
  for (int32_t id : ids) {
    if (id >= 0 && id < vocab_size) continue;
    return {Code::kBadOption, std::string(name) + " holds " + std::to_string(id) + "; it must hold token ids from 0 to " +
                                  std::to_string(vocab_size - 1) + "."};
  }
  return {};
}

Status ValidateSequence(const char* name, const std::vector<int32_t>& ids, int32_t vocab_size) {
  if (ids.empty()) return {Code::kBadOption, std::string(name) + " holds []; each of its sequences must have at least one token id."};
  return InVocabulary(name, ids, vocab_size);
}

Status ValidateCounts(const GenerateOptions& o) {
  VARIORUM_TRY(Between("numReturnSequences", o.num_return_sequences, 1, GenerateOptions::kMaxVariants));
  VARIORUM_TRY(Between("numBeams", o.num_beams, 1, GenerateOptions::kMaxVariants));
  if (o.num_beams > 1 && o.num_return_sequences > o.num_beams) {
    return OutOfRange("numReturnSequences", o.num_return_sequences, "at most numBeams, which is " + std::to_string(o.num_beams));
  }
  if (o.num_beams == 1 && !o.do_sample && o.num_return_sequences > 1) {
    return OutOfRange("numReturnSequences", o.num_return_sequences,
                      "1 for greedy decoding, which gives one sequence (for more set doSample to true or numBeams above 1)");
  }
  if (!o.streams.empty() && o.streams.size() != size_t(o.num_return_sequences)) {
    return {Code::kBadOption, "streams has " + std::to_string(o.streams.size()) + " entries for " + std::to_string(o.num_return_sequences) +
                                  " variants: give one for each."};
  }
  return {};
}

Status ValidateWarpers(const GenerateOptions& o) {
  VARIORUM_TRY(Require(std::isfinite(o.temperature) && o.temperature > 0, "temperature", o.temperature,
                       "a number above 0 (for greedy decoding set doSample to false)"));
  VARIORUM_TRY(AtLeast("topK", o.top_k, 0, " (0 turns it off)"));
  VARIORUM_TRY(Require(o.top_p > 0 && o.top_p <= 1, "topP", o.top_p, "a number above 0 and at most 1"));
  VARIORUM_TRY(Require(o.min_p >= 0 && o.min_p <= 1, "minP", o.min_p, "a number from 0 to 1"));
  VARIORUM_TRY(Require(o.typical_p > 0 && o.typical_p <= 1, "typicalP", o.typical_p, "a number above 0 and at most 1"));
  VARIORUM_TRY(Require(o.epsilon_cutoff >= 0 && o.epsilon_cutoff < 1, "epsilonCutoff", o.epsilon_cutoff,
                       "a number of at least 0 (which turns it off) and below 1"));
  return Require(o.eta_cutoff >= 0 && o.eta_cutoff < 1, "etaCutoff", o.eta_cutoff,
                 "a number of at least 0 (which turns it off) and below 1");
}

Status ValidateProcessors(const GenerateOptions& o, int32_t vocab_size) {
  VARIORUM_TRY(Require(std::isfinite(o.repetition_penalty) && o.repetition_penalty > 0, "repetitionPenalty", o.repetition_penalty,
                       "a number above 0 (1 turns it off)"));
  VARIORUM_TRY(AtLeast("noRepeatNgramSize", o.no_repeat_ngram_size, 0, " (0 turns it off)"));
  VARIORUM_TRY(AtLeast("minLength", o.min_length, 0));
  VARIORUM_TRY(AtLeast("minNewTokens", o.min_new_tokens, 0));
  for (const auto& [ids, bias] : o.sequence_bias) {
    VARIORUM_TRY(ValidateSequence("sequenceBias", ids, vocab_size));
    VARIORUM_TRY(Require(std::isfinite(bias), "sequenceBias", bias, "a list of [ids, bias] with finite biases"));
  }
  for (const auto& ids : o.bad_words_ids) VARIORUM_TRY(ValidateSequence("badWordsIds", ids, vocab_size));
  VARIORUM_TRY(InVocabulary("suppressTokens", o.suppress_tokens, vocab_size));
  VARIORUM_TRY(InVocabulary("beginSuppressTokens", o.begin_suppress_tokens, vocab_size));
  VARIORUM_TRY(InVocabulary("forcedBosTokenId", o.forced_bos_token_ids, vocab_size));
  return InVocabulary("forcedEosTokenId", o.forced_eos_token_ids, vocab_size);
}

}  // namespace

Status Validate(const GenerateOptions& o, int32_t vocab_size) {
  VARIORUM_TRY(ValidateCounts(o));
  VARIORUM_TRY(AtLeast("maxNewTokens", o.max_new_tokens, 1));
  VARIORUM_TRY(ValidateWarpers(o));
  VARIORUM_TRY(ValidateProcessors(o, vocab_size));
  VARIORUM_TRY(Require(std::isfinite(o.length_penalty), "lengthPenalty", o.length_penalty, "a finite number"));
  return Between("alternatives", o.num_alternatives, 0, 100);
}

}  // namespace variorum
