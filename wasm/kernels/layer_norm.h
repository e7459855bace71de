#pragma once

#include <cstddef>

namespace variorum {

// y[C] = (x − mean x) / √(var x + epsilon) · gain + bias, for one row x[C]. x and y may be the same.
void LayerNorm(const float* x, const float* gain, const float* bias, float epsilon, size_t C, float* y);

// The definition in double precision: the oracle of the tests.
void LayerNormReference(const float* x, const float* gain, const float* bias, float epsilon, size_t C, float* y);

}  // namespace variorum
