#include "linear_support.h"

#include <algorithm>
#include <cmath>

#include "model/matrix_loader.h"
#include "stored_tensor.h"

namespace variorum {

TestMatrix::TestMatrix(size_t in, size_t out, bool with_bias, uint32_t seed, Layout layout) : in(in), out(out), layout(layout) {
  Random random(seed);
  weights = random.Normals(in * out);
  if (with_bias) bias = random.Normals(out);
}

std::unique_ptr<Linear> TestMatrix::Load(const LinearKind& kind) const {
  const ThreadPool pool(1);
  const MatrixShape shape{layout == Layout::kInOut ? in : out, layout == Layout::kInOut ? out : in, layout};
  MatrixLoader loader(shape, kind.scheme, kind.kernels, {.multiplies = true, .read_by_rows = layout == Layout::kOutIn}, pool);
  EXPECT_TRUE(Succeeds(loader.Begin()));
  EXPECT_TRUE(Succeeds(loader.TakeRows(DType::kF32, reinterpret_cast<const uint8_t*>(weights.data()), 0, shape.rows)));
  if (!bias.empty()) loader.bias() = ToBuffer(bias);
  std::unique_ptr<Linear> linear;
  EXPECT_TRUE(Succeeds(loader.Finish(&linear)));
  return linear;
}

std::vector<float> TestMatrix::Seen(Scheme scheme) const {
  const bool in_out = layout == Layout::kInOut;
  std::vector<float> stored = weights;
  if (scheme != Scheme::kF32) {
    StoredTensor tensor{"matrix", DType::kF32, {uint32_t(in_out ? in : out), uint32_t(in_out ? out : in)}, {}};
    tensor.Set(weights);
    stored = Quantized(tensor, scheme, layout).Floats();
  }
  if (in_out) return stored;
  std::vector<float> seen(in * out);
  for (size_t i = 0; i < in; ++i) {
    for (size_t o = 0; o < out; ++o) seen[i * out + o] = stored[o * in + i];
  }
  return seen;
}

LinearInput ToInput(const LinearKind& kind, std::span<const float> x, size_t width) {
  LinearInput input(kind.quantized());
  const size_t rows = x.size() / width;
  EXPECT_TRUE(Succeeds(input.Resize(rows, width)));
  for (size_t r = 0; r < rows; ++r) {
    std::copy_n(x.data() + r * width, width, input.row(r));
    input.Seal(r);
  }
  return input;
}

std::vector<double> LinearReference(const LinearKind& kind, const TestMatrix& matrix, const LinearInput& x, size_t rows) {
  const std::vector<float> weights = matrix.Seen(kind.scheme);
  std::vector<double> y(rows * matrix.out);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t o = 0; o < matrix.out; ++o) {
      double sum = matrix.bias.empty() ? 0 : matrix.bias[o];
      for (size_t i = 0; i < matrix.in; ++i) {
        const double value = kind.quantized() ? double(x.quantized().row(r)[i]) * x.quantized().scale(r) : x.row(r)[i];
        sum += value * weights[i * matrix.out + o];
      }
      y[r * matrix.out + o] = sum;
    }
  }
  return y;
}

std::vector<float> Outputs(const LinearKind& kind, Linear& linear, size_t rows, std::span<const float> x, const ThreadPool& pool,
                           Epilogue epilogue, std::vector<float> y) {
  const LinearInput input = ToInput(kind, x.first(rows * linear.in()), linear.in());
  const size_t count = rows * linear.out();
  y.resize(count, NAN);
  y.resize(count + 16, 123.0f);
  EXPECT_TRUE(Succeeds(linear.Run(input, rows, y.data(), epilogue, pool)));
  for (size_t i = count; i < y.size(); ++i) EXPECT_EQ(y[i], 123.0f) << "wrote past the end";
  y.resize(count);
  return y;
}

}  // namespace variorum
