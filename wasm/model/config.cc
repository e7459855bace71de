#include "config.h"

#include <cmath>
#include <string>

namespace variorum {

Status Validate(const Config& config) {
  const struct {
    const char* name;
    int32_t value, least, most;
  } counts[] = {
      {"vocab_size", config.vocab_size, 1, 1 << 24}, {"n_positions", config.n_positions, 1, 1 << 20},
      {"n_embd", config.n_embd, 1, 1 << 16},         {"n_layer", config.n_layer, 1, 1 << 10},
      {"n_head", config.n_head, 1, 1 << 16},         {"n_inner", config.n_inner, 0, 1 << 18},
  };
  for (const auto& count : counts) {
    if (count.value < count.least || count.value > count.most) {
      return {Code::kBadConfig, std::string("config.json: ") + count.name + " is " + std::to_string(count.value) + "; it must be from " +
                                    std::to_string(count.least) + " to " + std::to_string(count.most) + "."};
    }
  }
  if (config.n_embd % config.n_head != 0) {
    return {Code::kBadConfig, "config.json: n_embd (" + std::to_string(config.n_embd) + ") must be a multiple of n_head (" +
                                  std::to_string(config.n_head) + ")."};
  }
  if (!std::isfinite(config.layer_norm_epsilon) || config.layer_norm_epsilon <= 0) {
    return {Code::kBadConfig, "config.json: layer_norm_epsilon must be a positive number."};
  }
  return {};
}

}  // namespace variorum
