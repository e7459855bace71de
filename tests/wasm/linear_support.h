// A linear layer of every kind for the tests of linear layers: from the floats of a checkpoint, with what it is to compute.
#pragma once

#include <memory>
#include <ostream>
#include <span>
#include <vector>

#include "kernels/linear.h"
#include "support.h"

namespace variorum {

struct LinearKind {
  const char* name;
  Scheme scheme;
  Kernels kernels;

  bool quantized() const { return scheme != Scheme::kF32; }
  ThreadPool::Kind pool() const { return quantized() && kernels == Kernels::kOwn ? ThreadPool::Kind::kTeam : ThreadPool::Kind::kXnnpack; }
};
inline void PrintTo(const LinearKind& kind, std::ostream* out) { *out << kind.name; }

inline constexpr LinearKind kLinearKinds[] = {{"F32", Scheme::kF32, Kernels::kOwn},
                                              {"Q8", Scheme::kQ8, Kernels::kOwn},
                                              {"Q8OnXnnpack", Scheme::kQ8, Kernels::kXnnpack},
                                              {"Q4", Scheme::kQ4, Kernels::kOwn}};

// A random matrix as a checkpoint stores it.
struct TestMatrix {
  TestMatrix(size_t in, size_t out, bool with_bias, uint32_t seed, Layout layout = Layout::kInOut);

  float& At(size_t i, size_t o) { return weights[layout == Layout::kInOut ? i * out + o : o * in + i]; }
  // The layer that is made of it.
  std::unique_ptr<Linear> Load(const LinearKind& kind) const;
  // The weights [in, out] that a layer in this scheme has: those of the checkpoint, or what they are rounded to.
  std::vector<float> Seen(Scheme scheme) const;

  size_t in, out;
  Layout layout;
  std::vector<float> weights, bias;  // bias: [out], or empty for none
};

// Rows that are ready for a layer of this kind.
LinearInput ToInput(const LinearKind& kind, std::span<const float> x, size_t width);

// x W + b in double precision, of the activations and weights as the layer sees them.
std::vector<double> LinearReference(const LinearKind& kind, const TestMatrix& matrix, const LinearInput& x, size_t rows);

// The layer's results, from what stood there before (`y`, or NaN if empty). Fails the test if anything past them is written.
std::vector<float> Outputs(const LinearKind& kind, Linear& linear, size_t rows, std::span<const float> x, const ThreadPool& pool,
                           Epilogue epilogue = Epilogue::Store(), std::vector<float> y = {});

}  // namespace variorum
