// The MLP's activation functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace variorum {

// kGeluTanh is GPT-2's ("gelu_new", "gelu_pytorch_tanh"); kGeluErf is "gelu". Confusing the two passes smoke tests.
enum class Activation : int32_t { kGeluTanh = 0, kGeluErf = 1, kRelu = 2 };

// Applies the activation to x[n] in place.
void Activate(Activation activation, float* x, size_t n);

// The definitions, one element at a time in double precision: the oracle of the tests.
void ActivateReference(Activation activation, float* x, size_t n);

}  // namespace variorum
