// Logits as probabilities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scratch.h"

namespace variorum {

// log Σ exp(logits): log p(token) = logits[token] − LogSumExp(logits). NaN if a logit is not a number.
double LogSumExp(std::span<const float> logits);

// The token with the highest score; of equal ones the lowest id.
int32_t ArgMax(std::span<const float> scores);

// The highest score; −infinity if there is none.
float Highest(std::span<const float> scores);

// probabilities[V] = softmax of scores[V], in single precision as Hugging Face has it; 0 where a score is −infinity.
void SoftMax(std::span<const float> scores, std::span<float> probabilities);

// −Σ p log p, in nats, of probabilities[V] = SoftMax(scores[V]); log_sum_exp = LogSumExp(scores).
float Entropy(std::span<const float> scores, std::span<const float> probabilities, double log_sum_exp);

// Σ exp(score − highest), in double precision; `highest` must be finite.
double Mass(std::span<const float> scores, float highest);

// Draws a token with probability ∝ exp(score): inverse of the cumulative distribution, in double precision and id order,
// at `uniform` in [0, 1). Token 0 if none has a probability.
int32_t SampleAt(std::span<const float> scores, double uniform);

struct Alternative {
  int32_t token;
  double logprob;
};

// The k most probable tokens, best first, of equal ones the lower id first.
std::vector<Alternative> TopAlternatives(std::span<const float> logits, double log_sum_exp, size_t k, Scratch& scratch);

}  // namespace variorum
