#include <emscripten/bind.h>

#include "../sha256.h"
#include "values.h"

namespace variorum {
namespace {

using emscripten::val;

// Hashes bytes as they stream by, through a place of its own: a shared memory's views are all that JavaScript can fill.
class Hasher {
 public:
  // {address, bytes} of the place for what comes next.
  val stage() { return Staged({}, {place_, sizeof place_}); }
  // The first `count` bytes of the place are filled.
  void update(size_t count) { sha256_.Update(place_, count < sizeof place_ ? count : sizeof place_); }
  std::string digest() {
    std::string hex;
    for (uint8_t byte : sha256_.Finish()) {
      for (int nibble : {byte >> 4, byte & 15}) hex += "0123456789abcdef"[nibble];
    }
    return hex;
  }

 private:
  Sha256 sha256_;
  uint8_t place_[64 << 10];
};

}  // namespace

EMSCRIPTEN_BINDINGS(variorum_hasher) {
  emscripten::class_<Hasher>("Hasher")
      .constructor<>()
      .function("stage", &Hasher::stage)
      .function("update", &Hasher::update)
      .function("digest", &Hasher::digest);
}

}  // namespace variorum
