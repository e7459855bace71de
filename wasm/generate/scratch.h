// Memory that choosing a token needs, held by each variant so that no token allocates.
#pragma once

#include <cstdint>

#include "../buffer.h"

namespace variorum {

// A token that may be kept: ordered by `key`, counted with `weight`.
struct Candidate {
  float key;
  float weight;
  int32_t id;
};

struct Scratch {
  Buffer<float> values;          // [V]
  Buffer<Candidate> candidates;  // [V]

  Status Resize(size_t vocab_size) {
    VARIORUM_TRY(values.Resize(vocab_size));
    return candidates.Resize(vocab_size);
  }
};

}  // namespace variorum
