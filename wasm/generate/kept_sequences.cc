#include "kept_sequences.h"

#include <algorithm>

namespace variorum {

void KeptSequences::Add(std::span<const int32_t> tokens, Sequence sequence) {
  if (tokens.empty()) return;
  std::erase_if(entries_, [&](const Entry& entry) {
    return entry.tokens.size() <= tokens.size() && std::equal(entry.tokens.begin(), entry.tokens.end(), tokens.begin());
  });
  entries_.push_back({{tokens.begin(), tokens.end()}, std::move(sequence)});
}

Sequence KeptSequences::Longest(std::span<const int32_t> tokens) const {
  const Entry* best = nullptr;
  size_t longest = 0;
  for (const Entry& entry : entries_) {
    const auto mismatch = std::mismatch(tokens.begin(), tokens.end(), entry.tokens.begin(), entry.tokens.end());
    const size_t common = size_t(mismatch.first - tokens.begin());
    if (common <= longest) continue;
    longest = common;
    best = &entry;
  }
  return best ? best->sequence.Fork(int32_t(longest)) : Sequence(pool_);
}

void KeptSequences::Shrink(size_t slots) {
  while (!entries_.empty() && pool_.used() > slots) entries_.erase(entries_.begin());
}

}  // namespace variorum
