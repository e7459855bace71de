// SHA-256 (FIPS 180-4) of bytes that stream by: WebCrypto only hashes whole buffers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace variorum {

class Sha256 {
 public:
  using Digest = std::array<uint8_t, 32>;

  void Update(const uint8_t* bytes, size_t count);
  // Of all bytes so far; the object is of no more use then.
  Digest Finish();

 private:
  static constexpr size_t kBlock = 64;

  [[gnu::noinline]] void Compress(const uint8_t* block);  // long: one copy is enough

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t pending_[kBlock];  // the beginning of a block that is not whole yet
  uint64_t count_ = 0;       // bytes so far
};

}  // namespace variorum
