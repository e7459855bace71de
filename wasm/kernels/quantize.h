// Numbers as they are stored and computed with: half floats, weights of 7 or 4 bits, activations of 8.
#pragma once

#include <cstddef>
#include <cstdint>

namespace variorum {

float HalfToFloat(uint16_t half);          // IEEE binary16
uint16_t FloatToHalf(float value);         // the nearest; ties to even; beyond its range ±infinity
float BFloat16ToFloat(uint16_t bfloat16);  // the upper half of a float
uint16_t FloatToBFloat16(float value);     // the nearest of a finite number; ties to even

// Which axis of a stored matrix is the output channel, i.e. which one has a scale per entry.
enum class Layout {
  kInOut,  // [in, out], Hugging Face's Conv1D
  kOutIn,  // [out, in], embeddings and an untied head
};

// Weights are quantised a block of output channels at a time, channel-minor: block[k * kBlock + channel].
constexpr size_t kBlock = 16;
constexpr size_t kGroup = 32;  // weights of a channel that share a scale in scheme q4
constexpr int kLargestQ8 = 63;                    // q8: −63…63, so that w + 64 fits the 7-bit operand of the relaxed dot product
constexpr int kLeastQ4 = -8, kLargestQ4 = 7;      // q4: w + 8 is a nibble

// Scheme q8: quantized[k, n] = round(weights[k, n] / scales[n]), within −63…63, and scales[n], a bfloat16 number, of those
// tried the one with the least squared error. A smaller scale than max |w| / 63 clips a few large weights and serves all
// others better. weights: [K, kBlock], all finite; quantized the same; scales: [kBlock].
void QuantizeQ8(const float* weights, size_t K, int8_t* quantized, float* scales);

// Scheme q4: the same per group of kGroup weights of a channel, within −8…7, with binary16 scales [⌈K / kGroup⌉, kBlock].
void QuantizeQ4(const float* weights, size_t K, int8_t* quantized, uint16_t* scales);

// Activations: quantized[i] = round(x[i] / scale), within −127…127, scale = max |x| / 127 (returned; 0 for a row of
// numbers below 1e-30, not finite if one is not). Symmetric, so that the linear layers need no zero point.
float QuantizeRow(const float* x, size_t n, int8_t* quantized);

}  // namespace variorum
