#include "sequence_bias.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace variorum {
namespace {

std::vector<SequenceBiasEntry> Forbidden(const std::vector<std::vector<int32_t>>& sequences, const std::vector<int32_t>& eos) {
  std::vector<SequenceBiasEntry> entries;
  for (const auto& ids : sequences) {
    if (ids.size() == 1 && std::find(eos.begin(), eos.end(), ids[0]) != eos.end()) continue;
    entries.push_back({ids, -INFINITY});
  }
  return entries;
}

}  // namespace

SequenceBias::SequenceBias(const std::vector<SequenceBiasEntry>& entries) {
  std::map<int32_t, std::map<std::vector<int32_t>, float>> endings;
  for (const auto& [ids, bias] : entries) endings[ids.back()][{ids.begin(), ids.end() - 1}] = float(bias);
  for (const auto& [token, prefixes] : endings) endings_.push_back({token, {prefixes.begin(), prefixes.end()}});
}

void SequenceBias::Apply(std::span<const int32_t> ids, std::span<float> scores, Scratch&) const {
  for (const auto& [token, prefixes] : endings_) {
    float sum = 0;
    for (const auto& [prefix, bias] : prefixes) {
      if (!prefix.empty() && prefix.size() + 1 > ids.size()) continue;
      if (std::equal(prefix.begin(), prefix.end(), ids.end() - prefix.size())) sum += bias;
    }
    scores[token] += sum;
  }
}

NoBadWords::NoBadWords(const std::vector<std::vector<int32_t>>& bad_words_ids, const std::vector<int32_t>& eos_token_ids)
    : SequenceBias(Forbidden(bad_words_ids, eos_token_ids)) {}

}  // namespace variorum
