#include "sha256.h"

#include <algorithm>
#include <cstring>

namespace variorum {
namespace {

constexpr uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

inline uint32_t Rotate(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

inline uint32_t LoadBigEndian(const uint8_t* bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, 4);
  return __builtin_bswap32(word);
}

}  // namespace

void Sha256::Compress(const uint8_t* block) {
  // The message schedule, of which only the last 16 words are ever needed.
  uint32_t w[16];
  auto [a, b, c, d, e, f, g, h] = state_;
#pragma clang loop unroll(full)
  for (int i = 0; i < 64; ++i) {
    if (i < 16) {
      w[i] = LoadBigEndian(block + 4 * i);
    } else {
      const uint32_t x = w[(i - 15) & 15], y = w[(i - 2) & 15];
      w[i & 15] += w[(i - 7) & 15] + (Rotate(x, 7) ^ Rotate(x, 18) ^ (x >> 3)) + (Rotate(y, 17) ^ Rotate(y, 19) ^ (y >> 10));
    }
    const uint32_t t = h + (Rotate(e, 6) ^ Rotate(e, 11) ^ Rotate(e, 25)) + (g ^ (e & (f ^ g))) + kRound[i] + w[i & 15];
    const uint32_t u = (Rotate(a, 2) ^ Rotate(a, 13) ^ Rotate(a, 22)) + ((a & b) | (c & (a | b)));
    h = g, g = f, f = e, e = d + t, d = c, c = b, b = a, a = t + u;
  }
  const uint32_t result[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; ++i) state_[i] += result[i];
}

void Sha256::Update(const uint8_t* bytes, size_t count) {
  size_t held = count_ % kBlock;
  count_ += count;
  if (held > 0) {
    const size_t taken = std::min(count, kBlock - held);
    std::memcpy(pending_ + held, bytes, taken);
    bytes += taken, count -= taken, held += taken;
    if (held < kBlock) return;
    Compress(pending_);
  }
  for (; count >= kBlock; bytes += kBlock, count -= kBlock) Compress(bytes);
  std::memcpy(pending_, bytes, count);
}

Sha256::Digest Sha256::Finish() {
  const uint64_t bits = count_ * 8;
  const uint8_t one = 0x80, zero = 0;
  Update(&one, 1);
  while (count_ % kBlock != kBlock - 8) Update(&zero, 1);
  uint8_t length[8];
  for (int i = 0; i < 8; ++i) length[i] = uint8_t(bits >> (56 - 8 * i));
  Update(length, 8);
  Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = uint8_t(state_[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

}  // namespace variorum
