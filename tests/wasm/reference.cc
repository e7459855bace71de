#include "reference.h"

#include <algorithm>
#include <cmath>

namespace variorum {
namespace {

using Rows = std::vector<std::vector<double>>;  // [positions][channels]

Rows Normalized(const TinyModel& model, const std::string& name, const Rows& x) {
  const std::vector<float> gain = model.At(name + ".weight").Floats(), bias = model.At(name + ".bias").Floats();
  Rows y = x;
  for (auto& row : y) {
    double mean = 0, variance = 0;
    for (double v : row) mean += v / double(row.size());
    for (double v : row) variance += (v - mean) * (v - mean) / double(row.size());
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = (row[i] - mean) / std::sqrt(variance + double(model.config.layer_norm_epsilon)) * gain[i] + bias[i];
    }
  }
  return y;
}

// Hugging Face's Conv1D: weight [in, out].
Rows Affine(const TinyModel& model, const std::string& name, const Rows& x) {
  const std::vector<float> weight = model.At(name + ".weight").Floats(), bias = model.At(name + ".bias").Floats();
  Rows y(x.size(), std::vector<double>(bias.begin(), bias.end()));
  for (size_t t = 0; t < x.size(); ++t) {
    for (size_t i = 0; i < x[t].size(); ++i) {
      for (size_t o = 0; o < bias.size(); ++o) y[t][o] += x[t][i] * weight[i * bias.size() + o];
    }
  }
  return y;
}

Rows Attention(const TinyModel& model, int layer, const Rows& x) {
  const Config& config = model.config;
  const std::string h = "h." + std::to_string(layer) + ".attn.";
  const Rows qkv = Affine(model, h + "c_attn", x);
  const size_t C = size_t(config.n_embd), D = C / size_t(config.n_head);
  Rows attended(x.size(), std::vector<double>(C, 0.0));
  for (size_t t = 0; t < x.size(); ++t) {
    for (size_t head = 0; head < C; head += D) {
      std::vector<double> weights(t + 1);
      for (size_t s = 0; s <= t; ++s) {
        for (size_t d = 0; d < D; ++d) weights[s] += qkv[t][head + d] * qkv[s][C + head + d];
        if (config.scale_attn_weights) weights[s] /= std::sqrt(double(D));
        if (config.scale_attn_by_inverse_layer_idx) weights[s] /= layer + 1;
      }
      const double largest = *std::max_element(weights.begin(), weights.end());
      double sum = 0;
      for (double& w : weights) sum += w = std::exp(w - largest);
      for (size_t s = 0; s <= t; ++s) {
        for (size_t d = 0; d < D; ++d) attended[t][head + d] += weights[s] / sum * qkv[s][2 * C + head + d];
      }
    }
  }
  return Affine(model, h + "c_proj", attended);
}

double Activated(Activation activation, double x) {
  switch (activation) {
    case Activation::kGeluTanh: return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::kGeluErf: return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::kRelu: return std::max(x, 0.0);
  }
  return NAN;
}

void Add(Rows& x, const Rows& y) {
  for (size_t t = 0; t < x.size(); ++t) {
    for (size_t i = 0; i < x[t].size(); ++i) x[t][i] += y[t][i];
  }
}

}  // namespace

std::vector<double> ReferenceLogits(const TinyModel& model, const std::vector<int32_t>& ids) {
  const Config& config = model.config;
  const size_t C = size_t(config.n_embd), V = size_t(config.vocab_size);
  const std::vector<float> wte = model.At("wte.weight").Floats(), wpe = model.At("wpe.weight").Floats();
  Rows x(ids.size(), std::vector<double>(C));
  for (size_t t = 0; t < ids.size(); ++t) {
    for (size_t i = 0; i < C; ++i) x[t][i] = double(wte[size_t(ids[t]) * C + i]) + wpe[t * C + i];
  }
  for (int layer = 0; layer < config.n_layer; ++layer) {
    const std::string h = "h." + std::to_string(layer) + ".";
    Add(x, Attention(model, layer, Normalized(model, h + "ln_1", x)));
    Rows inner = Affine(model, h + "mlp.c_fc", Normalized(model, h + "ln_2", x));
    for (auto& row : inner) {
      for (double& v : row) v = Activated(config.activation, v);
    }
    Add(x, Affine(model, h + "mlp.c_proj", inner));
  }
  x = Normalized(model, "ln_f", x);
  const std::vector<float> head = config.tie_word_embeddings ? wte : model.At("lm_head.weight").Floats();
  std::vector<double> logits(ids.size() * V);
  for (size_t t = 0; t < ids.size(); ++t) {
    for (size_t v = 0; v < V; ++v) {
      for (size_t i = 0; i < C; ++i) logits[t * V + v] += x[t][i] * head[v * C + i];
    }
  }
  return logits;
}

double ReferenceLogprob(const double* logits, size_t V, int32_t token) {
  const double largest = *std::max_element(logits, logits + V);
  double sum = 0;
  for (size_t v = 0; v < V; ++v) sum += std::exp(logits[v] - largest);
  return logits[token] - largest - std::log(sum);
}

}  // namespace variorum
