#include "options.h"

#include "values.h"

namespace variorum {

using emscripten::val;

GenerateOptions ToOptions(const val& o) {
  GenerateOptions options;
  options.num_return_sequences = o["numReturnSequences"].as<int32_t>();
  options.num_beams = o["numBeams"].as<int32_t>();
  options.max_new_tokens = o["maxNewTokens"].as<int32_t>();
  options.min_new_tokens = o["minNewTokens"].as<int32_t>();
  options.min_length = o["minLength"].as<int32_t>();
  options.do_sample = o["doSample"].as<bool>();
  options.seed = o["seed"].as<uint32_t>();
  options.temperature = o["temperature"].as<double>();
  options.top_k = o["topK"].as<int32_t>();
  options.top_p = o["topP"].as<double>();
  options.min_p = o["minP"].as<double>();
  options.typical_p = o["typicalP"].as<double>();
  options.epsilon_cutoff = o["epsilonCutoff"].as<double>();
  options.eta_cutoff = o["etaCutoff"].as<double>();
  options.repetition_penalty = o["repetitionPenalty"].as<double>();
  options.no_repeat_ngram_size = o["noRepeatNgramSize"].as<int32_t>();
  options.bad_words_ids = FromArrays(o["badWordsIds"]);
  for (const val& entry : emscripten::vecFromJSArray<val>(o["sequenceBias"])) {
    options.sequence_bias.push_back({FromArray<int32_t>(entry[0]), entry[1].as<double>()});
  }
  options.suppress_tokens = FromArray<int32_t>(o["suppressTokens"]);
  options.begin_suppress_tokens = FromArray<int32_t>(o["beginSuppressTokens"]);
  options.forced_bos_token_ids = FromArray<int32_t>(o["forcedBosTokenIds"]);
  options.forced_eos_token_ids = FromArray<int32_t>(o["forcedEosTokenIds"]);
  options.eos_token_ids = FromArray<int32_t>(o["eosTokenIds"]);
  options.length_penalty = o["lengthPenalty"].as<double>();
  options.early_stopping = EarlyStopping(o["earlyStopping"].as<int32_t>());
  options.num_alternatives = o["alternatives"].as<int32_t>();
  options.streams = FromArray<uint32_t>(o["streams"]);
  options.overflow = o["slide"].as<bool>() ? Overflow::kSlide : Overflow::kError;
  return options;
}

}  // namespace variorum
