// Philox 4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
// 1, 2, 3" (SC'11). A draw is a function of (seed, stream, counter) alone, so variant 3 of a run of 5 is variant 3 of a
// run of 8, and no draw depends on what was drawn before it.
#pragma once

#include <array>
#include <cstdint>

namespace variorum {

using PhiloxBlock = std::array<uint32_t, 4>;

constexpr PhiloxBlock Philox(PhiloxBlock counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {uint32_t(product1 >> 32) ^ counter[1] ^ key[0], uint32_t(product1),  //
               uint32_t(product0 >> 32) ^ counter[3] ^ key[1], uint32_t(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// A double in [0, 1) with 53 random bits, for the token at absolute position `position` of stream `stream`. `draw` counts
// where one position takes several: beam search draws all its beams from one stream.
constexpr double UniformAt(uint32_t seed, uint32_t stream, uint32_t position, uint32_t draw = 0) {
  const PhiloxBlock block = Philox({position, draw, 0, 0}, {seed, stream});
  const uint64_t bits = (uint64_t{block[0]} << 32 | block[1]) >> 11;
  return double(bits) * 0x1p-53;
}

}  // namespace variorum
