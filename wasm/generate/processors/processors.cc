#include <algorithm>

#include "../options.h"
#include "cutoff.h"
#include "forced_tokens.h"
#include "min_length.h"
#include "no_repeat_ngram.h"
#include "processor.h"
#include "repetition_penalty.h"
#include "sequence_bias.h"
#include "suppress_tokens.h"
#include "temperature.h"
#include "top_k.h"
#include "top_p.h"
#include "typical_p.h"

namespace variorum {
namespace {

template <typename P, typename... Arguments>
void Add(ProcessorList& list, const Arguments&... arguments) {
  list.push_back(std::make_unique<P>(arguments...));
}

// Those that only matter to a draw: Hugging Face's warpers.
void AddWarpers(ProcessorList& list, const GenerateOptions& o) {
  // Beams need a token that goes on beside those that end.
  const size_t min_keep = o.num_beams > 1 ? std::max<size_t>(o.eos_token_ids.size(), 1) + 1 : 1;
  // Beyond these limits a draw is greedy or uniform already, and scores would overflow.
  const double temperature = std::clamp(o.temperature, 1e-30, 1e30);
  if (temperature != 1) Add<Temperature>(list, float(temperature));
  if (o.top_k > 0) Add<TopK>(list, std::max(size_t(o.top_k), min_keep));
  if (o.top_p < 1) Add<TopP>(list, o.top_p, min_keep);
  if (o.min_p > 0) Add<MinP>(list, o.min_p, min_keep);
  if (o.typical_p < 1) Add<TypicalP>(list, o.typical_p, min_keep);
  if (o.epsilon_cutoff > 0) Add<EpsilonCutoff>(list, o.epsilon_cutoff, min_keep);
  if (o.eta_cutoff > 0) Add<EtaCutoff>(list, o.eta_cutoff, min_keep);
}

}  // namespace

ProcessorList MakeProcessors(const GenerateOptions& o, size_t prompt_length, size_t written) {
  ProcessorList list;
  const size_t max_length = prompt_length + written + size_t(o.max_new_tokens);
  if (!o.sequence_bias.empty()) Add<SequenceBias>(list, o.sequence_bias);
  if (o.repetition_penalty != 1) Add<RepetitionPenalty>(list, float(o.repetition_penalty));
  if (o.no_repeat_ngram_size > 0) Add<NoRepeatNGram>(list, size_t(o.no_repeat_ngram_size));
  if (!o.bad_words_ids.empty()) Add<NoBadWords>(list, o.bad_words_ids, o.eos_token_ids);
  if (o.min_length > 0) Add<MinLength>(list, size_t(o.min_length), o.eos_token_ids);
  if (o.min_new_tokens > 0) Add<MinLength>(list, prompt_length + size_t(o.min_new_tokens), o.eos_token_ids);
  if (!o.forced_bos_token_ids.empty()) Add<ForcedTokens>(list, size_t{1}, o.forced_bos_token_ids);
  if (!o.forced_eos_token_ids.empty()) Add<ForcedTokens>(list, max_length - 1, o.forced_eos_token_ids);
  if (!o.suppress_tokens.empty()) Add<SuppressTokens>(list, o.suppress_tokens);
  if (!o.begin_suppress_tokens.empty()) {
    // The token after a forced first one counts as the beginning.
    const bool forced = prompt_length == 1 && !o.forced_bos_token_ids.empty();
    Add<SuppressTokens>(list, o.begin_suppress_tokens, prompt_length + (forced ? 1 : 0));
  }
  if (o.do_sample) AddWarpers(list, o);
  return list;
}

}  // namespace variorum
