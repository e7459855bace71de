// What the beams of a step may become: the continuations that beam search chooses from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scratch.h"

namespace variorum {

// A beam and one more token. score: accumulated log-probability, as processed.
struct Proposal {
  int32_t beam;
  int32_t token;
  float score;
};

// Of two proposals the better one, of equal ones that of the lower beam and token.
bool IsBetter(const Proposal& a, const Proposal& b);

// The `count` best continuations of one beam by scores[V], in any order; fewer if no more are possible. Scores are
// accumulated ones.
void BestOfBeam(int32_t beam, std::span<const float> scores, size_t count, Scratch& scratch, std::vector<Proposal>* best);

// Draws up to `count` different continuations of all beams one after the other, each with probability ∝ exp(score) among
// those that are left; those without a probability come last, best first. scores: one row of V for each beam, of which the
// drawn ones are set to −infinity. Draw i uses UniformAt(seed, stream, position, i + 1).
std::vector<Proposal> DrawProposals(std::span<const std::span<float>> scores, size_t count, uint32_t seed, uint32_t stream,
                                    uint32_t position);

}  // namespace variorum
