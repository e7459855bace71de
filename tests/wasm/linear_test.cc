// Linear layers against their definition, and the promise that everything else stands on: a row's result depends on that
// row alone, bit for bit, whatever the number of rows and threads.

#include "kernels/linear.h"

#include <cmath>

#include "support.h"

namespace variorum {
namespace {

// A random matrix in both schemes and one layout.
struct Matrix {
  Matrix(size_t in, size_t out, Layout layout, bool with_bias, uint32_t seed) : in(in), out(out), layout(layout) {
    Random random(seed);
    weights = ToBuffer(random.Normals(in * out));
    if (with_bias) bias = ToBuffer(random.Normals(out));
    EXPECT_TRUE(quantized.Resize(in * out).ok());
    EXPECT_TRUE(scales.Resize(out).ok());
    const bool out_first = layout == Layout::kOutIn;
    QuantizeWeights(weights.data(), out_first ? out : in, out_first ? in : out, layout, quantized.data(), scales.data());
  }

  LinearSource Source(bool q8) const {
    LinearSource source{in, out, layout, nullptr, nullptr, nullptr, bias.data()};
    if (q8) {
      source.q8 = quantized.data();
      source.scales = scales.data();
    } else {
      source.f32 = weights.data();
    }
    return source;
  }

  std::unique_ptr<Linear> Create(bool q8) const {
    std::unique_ptr<Linear> linear;
    EXPECT_TRUE(Succeeds(Linear::Create(Source(q8), &linear)));
    return linear;
  }

  size_t in, out;
  Layout layout;
  Buffer<float> weights, bias, scales;
  Buffer<int8_t> quantized;
};

std::vector<float> Outputs(Linear& linear, size_t rows, std::span<const float> x, const ThreadPool& pool) {
  const Buffer<float> input = ToBuffer(x.first(rows * linear.in()));
  std::vector<float> y(rows * linear.out() + 16, NAN);
  EXPECT_TRUE(Succeeds(linear.Run(rows, input.data(), y.data(), pool)));
  for (size_t i = rows * linear.out(); i < y.size(); ++i) EXPECT_TRUE(std::isnan(y[i])) << "wrote past the end";
  y.resize(rows * linear.out());
  return y;
}

// What the q8 layer is to compute: LinearReference on the activations as they are quantised.
std::vector<float> Dequantized(std::span<const float> x, size_t n) {
  std::vector<float> result(x.size());
  std::vector<int8_t> q(n);
  for (size_t r = 0; r < x.size() / n; ++r) {
    const float scale = QuantizeRow(x.data() + r * n, n, q.data());
    for (size_t i = 0; i < n; ++i) result[r * n + i] = float(q[i]) * scale;
  }
  return result;
}

void ExpectDefinition(const Matrix& matrix, bool q8, std::span<const size_t> row_counts, const ThreadPool& pool) {
  const size_t most = row_counts.back();
  Random random(99);
  const std::vector<float> x = random.Normals(most * matrix.in);
  const std::vector<float> seen = q8 ? Dequantized(x, matrix.in) : x;
  std::vector<float> expected(most * matrix.out);
  LinearReference(matrix.Source(q8), most, seen.data(), expected.data());
  const std::unique_ptr<Linear> linear = matrix.Create(q8);
  ASSERT_NE(linear, nullptr);
  EXPECT_EQ(linear->in(), matrix.in);
  EXPECT_EQ(linear->out(), matrix.out);
  // Single precision: an error per term, of terms of size 1 here (q8 sums are exact, but what they stand for was rounded).
  const double tolerance = 1e-6 * (4 + std::sqrt(double(matrix.in)) * 2);
  for (size_t rows : row_counts) {
    const std::vector<float> y = Outputs(*linear, rows, x, pool);
    for (size_t i = 0; i < y.size(); ++i) {
      ASSERT_NEAR(y[i], expected[i], tolerance * (1 + std::fabs(expected[i])))
          << matrix.in << " → " << matrix.out << (q8 ? " q8" : " f32") << " rows " << rows << " at " << i;
    }
  }
}

TEST(Linear, MatchesItsDefinitionForAnySize) {
  const ThreadPool pool(1);
  const size_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 32};
  uint32_t seed = 0;
  for (size_t in : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100}) {
    for (size_t out : {1, 2, 3, 4, 5, 7, 8, 9, 16, 23, 65}) {
      for (Layout layout : {Layout::kInOut, Layout::kOutIn}) {
        for (bool with_bias : {false, true}) {
          const Matrix matrix(in, out, layout, with_bias, ++seed);
          ExpectDefinition(matrix, false, rows, pool);
          ExpectDefinition(matrix, true, rows, pool);
        }
      }
    }
  }
}

TEST(Linear, MatchesItsDefinitionAtTheSizesOfGpt2) {
  const ThreadPool pool(2);
  const size_t rows[] = {1, 5, 8};
  for (auto [in, out] : {std::pair{768, 768}, {768, 2304}, {3072, 768}}) {
    const Matrix matrix(size_t(in), size_t(out), Layout::kInOut, true, 7);
    ExpectDefinition(matrix, false, rows, pool);
    ExpectDefinition(matrix, true, rows, pool);
  }
}

class LinearBits : public testing::TestWithParam<bool> {};  // whether q8

TEST_P(LinearBits, ARowOfABatchEqualsTheRowAlone) {
  const ThreadPool pool(1);
  Random random(5);
  for (auto [in, out] : {std::pair{17, 23}, {64, 192}, {100, 5}, {5, 100}, {48, 97}}) {
    const Matrix matrix(size_t(in), size_t(out), Layout::kInOut, true, 8);
    const std::unique_ptr<Linear> linear = matrix.Create(GetParam());
    std::vector<float> x = random.Normals(size_t(32 * in));
    // Rows of different magnitudes have different scales: a row computed with its neighbour's would show.
    for (int r = 0; r < 32; ++r) {
      for (int i = 0; i < in; ++i) x[size_t(r * in + i)] *= float(1 + r);
    }
    std::vector<float> alone;
    for (int r = 0; r < 32; ++r) {
      const std::vector<float> y = Outputs(*linear, 1, std::span(x).subspan(size_t(r * in)), pool);
      alone.insert(alone.end(), y.begin(), y.end());
    }
    for (size_t rows = 1; rows <= 32; ++rows) {
      ASSERT_TRUE(SameBits(Outputs(*linear, rows, x, pool), std::span(alone).first(rows * size_t(out))))
          << in << " → " << out << " rows " << rows;
    }
  }
}

TEST_P(LinearBits, TheNumberOfThreadsChangesNothing) {
  // 240 × 331 is shared from 4 (f32) or 16 (q8) rows on.
  const Matrix matrix(240, 331, Layout::kInOut, true, 9);
  const std::unique_ptr<Linear> linear = matrix.Create(GetParam());
  Random random(6);
  const std::vector<float> x = random.Normals(32 * 240);
  for (size_t rows : {1, 2, 4, 5, 7, 16, 17, 31, 32}) {
    std::vector<float> one;
    for (size_t threads : {1, 2, 3}) {
      const ThreadPool pool(threads);
      ASSERT_EQ(pool.threads(), threads);
      const std::vector<float> y = Outputs(*linear, rows, x, pool);
      if (threads == 1) one = y;
      ASSERT_TRUE(SameBits(y, one)) << "rows " << rows << " threads " << threads;
    }
  }
}

TEST_P(LinearBits, RunningTwiceGivesTheSame) {
  // Rows go up and down: nothing may be left of a larger run.
  const ThreadPool pool(1);
  const Matrix matrix(30, 50, Layout::kOutIn, false, 10);
  const std::unique_ptr<Linear> linear = matrix.Create(GetParam());
  Random random(7);
  const std::vector<float> x = random.Normals(32 * 30);
  const std::vector<float> first = Outputs(*linear, 3, x, pool);
  Outputs(*linear, 32, x, pool);
  EXPECT_TRUE(SameBits(Outputs(*linear, 3, x, pool), first));
}

TEST_P(LinearBits, LayoutsAreTheSameMatrix) {
  const ThreadPool pool(1);
  const size_t in = 37, out = 29;
  Matrix a(in, out, Layout::kInOut, true, 11), b(in, out, Layout::kOutIn, false, 11);
  for (size_t i = 0; i < in; ++i) {
    for (size_t o = 0; o < out; ++o) {
      b.weights[o * in + i] = a.weights[i * out + o];
      b.quantized[o * in + i] = a.quantized[i * out + o];
    }
  }
  b.bias = ToBuffer({a.bias.data(), out});
  b.scales = ToBuffer({a.scales.data(), out});
  Random random(8);
  const std::vector<float> x = random.Normals(5 * in);
  EXPECT_TRUE(SameBits(Outputs(*a.Create(GetParam()), 5, x, pool), Outputs(*b.Create(GetParam()), 5, x, pool)));
}

TEST_P(LinearBits, ARowThatIsNotFiniteStaysAlone) {
  const ThreadPool pool(1);
  for (size_t in : {1, 3, 5, 17, 31}) {  // remainders read into the next row
    const Matrix matrix(in, 13, Layout::kInOut, true, 12);
    const std::unique_ptr<Linear> linear = matrix.Create(GetParam());
    Random random(9);
    std::vector<float> x = random.Normals(6 * in);
    const std::vector<float> sound = Outputs(*linear, 6, x, pool);
    for (float bad : {float(NAN), float(INFINITY)}) {
      for (size_t row = 0; row < 6; ++row) {
        std::vector<float> damaged = x;
        damaged[row * in + in / 2] = bad;
        const std::vector<float> y = Outputs(*linear, 6, damaged, pool);
        for (size_t r = 0; r < 6; ++r) {
          const std::span<const float> got = std::span(y).subspan(r * 13, 13), before = std::span(sound).subspan(r * 13, 13);
          if (r != row) {
            ASSERT_TRUE(SameBits(got, before)) << "in " << in << ": row " << row << " changed row " << r;
          } else {
            for (float v : got) ASSERT_FALSE(std::isfinite(v)) << "in " << in << ": a row with " << bad << " looks sound";
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, LinearBits, testing::Bool(), [](const auto& info) { return info.param ? "Q8" : "F32"; });

TEST(Linear, ARowOfZerosGivesTheBias) {
  const ThreadPool pool(1);
  const Matrix matrix(20, 11, Layout::kInOut, true, 13);
  const std::vector<float> x(3 * 20, 0.0f);
  for (bool q8 : {false, true}) {
    const std::vector<float> y = Outputs(*matrix.Create(q8), 3, x, pool);
    for (size_t r = 0; r < 3; ++r) EXPECT_TRUE(SameBits(std::span(y).subspan(r * 11, 11), {matrix.bias.data(), 11}));
  }
}

TEST(Linear, AChannelOfZeroWeightsGivesItsBias) {
  const ThreadPool pool(1);
  Matrix matrix(20, 11, Layout::kInOut, true, 14);
  for (size_t i = 0; i < 20; ++i) matrix.weights[i * 11 + 4] = 0;
  QuantizeWeights(matrix.weights.data(), 20, 11, Layout::kInOut, matrix.quantized.data(), matrix.scales.data());
  Random random(10);
  const std::vector<float> x = random.Normals(5 * 20);
  for (bool q8 : {false, true}) {
    const std::vector<float> y = Outputs(*matrix.Create(q8), 5, x, pool);
    for (size_t r = 0; r < 5; ++r) EXPECT_EQ(y[r * 11 + 4], matrix.bias[4]);
  }
}

TEST(Linear, WeightsAreReadDuringConstructionOnly) {
  const ThreadPool pool(1);
  Random random(11);
  const std::vector<float> x = random.Normals(4 * 19);
  for (bool q8 : {false, true}) {
    Matrix matrix(19, 21, Layout::kInOut, true, 15);
    const std::unique_ptr<Linear> linear = matrix.Create(q8);
    const std::vector<float> before = Outputs(*linear, 4, x, pool);
    for (size_t i = 0; i < 19 * 21; ++i) matrix.weights[i] = NAN, matrix.quantized[i] = 63;
    for (size_t o = 0; o < 21; ++o) matrix.scales[o] = matrix.bias[o] = NAN;
    EXPECT_TRUE(SameBits(Outputs(*linear, 4, x, pool), before));
  }
}

}  // namespace
}  // namespace variorum
