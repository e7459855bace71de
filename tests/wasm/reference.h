// GPT-2 written down once more, as plainly as possible: the oracle of the decoder's tests.
#pragma once

#include <cstdint>
#include <vector>

#include "tiny_model.h"

namespace variorum {

// Logits [ids, V] of every position, in double precision, without a cache and without any code of the engine's.
std::vector<double> ReferenceLogits(const TinyModel& model, const std::vector<int32_t>& ids);

// log p(token) of one row of logits.
double ReferenceLogprob(const double* logits, size_t V, int32_t token);

}  // namespace variorum
