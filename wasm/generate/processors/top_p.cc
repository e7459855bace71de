#include "top_p.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace variorum {

void TopP::Apply(std::span<const int32_t>, std::span<float> scores) const {
  float largest = -INFINITY;
  for (float score : scores) largest = std::max(largest, score);
  std::vector<std::pair<float, int32_t>> heap;  // candidates, best first
  double total = 0;
  for (size_t id = 0; id < scores.size(); ++id) {
    if (scores[id] == -INFINITY) continue;
    heap.emplace_back(scores[id], int32_t(id));
    total += std::exp(double(scores[id]) - largest);
  }
  // A heap, because the nucleus is usually a small part of the vocabulary.
  std::make_heap(heap.begin(), heap.end());
  double above = 0;
  size_t left = heap.size();
  while (left > 0 && above < p_ * total) {
    above += std::exp(double(heap.front().first) - largest);
    std::pop_heap(heap.begin(), heap.begin() + left);
    --left;
  }
  for (size_t i = 0; i < left; ++i) scores[heap[i].second] = -INFINITY;
}

}  // namespace variorum
