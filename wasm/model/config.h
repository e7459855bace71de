// What GPT-2 is, in numbers. Names are those of Hugging Face's config.json.
#pragma once

#include <cstdint>

#include "../kernels/activation.h"
#include "../status.h"

namespace variorum {

struct Config {
  int32_t vocab_size = 0;   // V
  int32_t n_positions = 0;  // T, the context length
  int32_t n_embd = 0;       // C, the width
  int32_t n_layer = 0;      // L
  int32_t n_head = 0;       // H
  int32_t n_inner = 0;      // F, the width of the MLP; 0 stands for 4 C
  float layer_norm_epsilon = 1e-5f;
  Activation activation = Activation::kGeluTanh;
  bool scale_attn_weights = true;                 // divide scores by √D
  bool scale_attn_by_inverse_layer_idx = false;   // and by layer index + 1
  bool tie_word_embeddings = true;                // the head is the token embedding

  int32_t head_size() const { return n_embd / n_head; }                   // D
  int32_t inner() const { return n_inner > 0 ? n_inner : 4 * n_embd; }    // F
};

// bad-config unless every count is positive, of a size that wasm32 can hold, and n_head divides n_embd.
Status Validate(const Config& config);

}  // namespace variorum
