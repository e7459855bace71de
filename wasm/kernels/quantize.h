// Numbers as they are stored: half floats to float, and weights to 7 bits of a byte (scheme q8).
#pragma once

#include <cstddef>
#include <cstdint>

namespace variorum {

float HalfToFloat(uint16_t half);          // IEEE binary16
float BFloat16ToFloat(uint16_t bfloat16);  // the upper half of a float
uint16_t FloatToBFloat16Up(float value);   // the nearest bfloat16 that is not below `value` ≥ 0

// Which axis of a stored matrix is the output channel, i.e. which one has a scale per entry.
enum class Layout {
  kInOut,  // [in, out], Hugging Face's Conv1D
  kOutIn,  // [out, in], embeddings and an untied head
};

// Scheme q8: quantised[i] = round(weights[i] / scale of its output channel), within −63…63, so that w + 64 fits the
// 7-bit operand of the relaxed integer dot product. Scales are bfloat16 numbers (they are stored as such): of each
// channel the smallest that keeps every weight in range. weights: [rows, columns], all finite.
// scales: one per output channel.
void QuantizeWeights(const float* weights, size_t rows, size_t columns, Layout layout, int8_t* quantized, float* scales);

// Activations: quantised[i] = round(x[i] / scale), within −127…127, scale = max |x| / 127 (returned; 0 for a row of
// numbers below 1e-30, not finite if one is not). Symmetric, so that the linear layers need no zero point.
float QuantizeRow(const float* x, size_t n, int8_t* quantized);

}  // namespace variorum
