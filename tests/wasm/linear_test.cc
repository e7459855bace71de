// Linear layers against their definition, in every scheme and on every kernel.

#include "kernels/linear.h"

#include <cmath>

#include "linear_support.h"

namespace variorum {
namespace {

class LinearTest : public testing::TestWithParam<LinearKind> {
 protected:
  const LinearKind& kind() const { return GetParam(); }
  // q4 is for linear layers only, not for embeddings and heads.
  bool Allows(Layout layout) const { return kind().scheme != Scheme::kQ4 || layout == Layout::kInOut; }
  std::vector<float> Results(Linear& linear, size_t rows, std::span<const float> x, Epilogue epilogue = Epilogue::Store(),
                             std::vector<float> y = {}) const {
    return Outputs(kind(), linear, rows, x, pool_, epilogue, std::move(y));
  }

  void ExpectDefinition(const TestMatrix& matrix, std::span<const size_t> row_counts) const {
    const size_t most = row_counts.back();
    Random random(99);
    const std::vector<float> x = random.Normals(most * matrix.in);
    const std::vector<double> expected = LinearReference(kind(), matrix, ToInput(kind(), x, matrix.in), most);
    const std::unique_ptr<Linear> linear = matrix.Load(kind());
    ASSERT_NE(linear, nullptr);
    EXPECT_EQ(linear->in(), matrix.in);
    EXPECT_EQ(linear->out(), matrix.out);
    // Single precision: an error per term, of terms of size 1 here (sums of integers are exact, but what they stand for was rounded).
    const double tolerance = 1e-6 * (4 + std::sqrt(double(matrix.in)) * 2);
    for (size_t rows : row_counts) {
      const std::vector<float> y = Results(*linear, rows, x);
      for (size_t i = 0; i < y.size(); ++i) {
        ASSERT_NEAR(y[i], expected[i], tolerance * (1 + std::fabs(expected[i])))
            << matrix.in << " → " << matrix.out << " rows " << rows << " at " << i;
      }
    }
  }

 private:
  const ThreadPool pool_{1};
};

INSTANTIATE_TEST_SUITE_P(Kinds, LinearTest, testing::ValuesIn(kLinearKinds), [](const auto& info) { return info.param.name; });

// Of the kinds that embeddings and heads are.
class EmbeddingTest : public LinearTest {};

INSTANTIATE_TEST_SUITE_P(Kinds, EmbeddingTest, testing::ValuesIn(std::span(kLinearKinds).first(3)),
                         [](const auto& info) { return info.param.name; });

TEST_P(LinearTest, MatchesItsDefinitionForAnySize) {
  // Channels in tiles of 8, inputs in steps of 4 and groups of 32: every remainder.
  const size_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 32};
  uint32_t seed = 0;
  for (size_t in : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100}) {
    for (size_t out : {1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 23, 65}) {
      for (Layout layout : {Layout::kInOut, Layout::kOutIn}) {
        const bool with_bias = ++seed % 2 == 0;
        if (Allows(layout)) ExpectDefinition(TestMatrix(in, out, with_bias, seed, layout), rows);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(LinearTest, MatchesItsDefinitionAtTheSizesOfGpt2) {
  const size_t rows[] = {1, 5, 8};
  for (auto [in, out] : {std::pair{768, 768}, {768, 2304}, {3072, 768}}) {
    ExpectDefinition(TestMatrix(size_t(in), size_t(out), true, 7), rows);
    if (HasFatalFailure()) return;
  }
}

TEST_P(LinearTest, EpiloguesDoTheirWorkOnTheStoredResult) {
  Random random(4);
  for (size_t in : {5, 32, 40}) {
    for (size_t out : {1, 3, 4, 6, 8, 13, 21}) {
      const TestMatrix matrix(in, out, out % 2 == 1, uint32_t(out));
      const std::unique_ptr<Linear> linear = matrix.Load(kind());
      for (size_t rows : {1, 2, 5, 6, 11}) {
        const std::vector<float> x = random.Normals(rows * in), before = random.Normals(rows * out);
        const std::vector<float> stored = Results(*linear, rows, x);
        std::vector<float> expected(rows * out);
        for (size_t i = 0; i < expected.size(); ++i) expected[i] = before[i] + stored[i];
        EXPECT_TRUE(SameBits(Results(*linear, rows, x, Epilogue::Add(), before), expected)) << in << " → " << out << " rows " << rows;
        for (Activation activation : {Activation::kGeluTanh, Activation::kGeluErf, Activation::kRelu}) {
          expected = stored;
          Activate(activation, expected.data(), expected.size());
          EXPECT_TRUE(SameBits(Results(*linear, rows, x, Epilogue::Activate(activation)), expected)) << in << " → " << out;
        }
      }
    }
  }
}

TEST_P(EmbeddingTest, RowsAreTheDequantisedWeights) {
  for (auto [in, out] : {std::pair{1, 1}, {15, 61}, {48, 97}, {64, 16}}) {
    const TestMatrix matrix(size_t(in), size_t(out), false, 16, Layout::kOutIn);
    const std::vector<float> seen = matrix.Seen(kind().scheme);
    const std::unique_ptr<Linear> linear = matrix.Load(kind());
    for (size_t o = 0; o < matrix.out; ++o) {
      std::vector<float> row(matrix.in + 4, 123.0f), expected(matrix.in + 4, 123.0f);
      for (size_t i = 0; i < matrix.in; ++i) expected[i] = seen[i * matrix.out + o];
      linear->Row(o, row.data());
      ASSERT_TRUE(SameBits(row, expected)) << "channel " << o;
    }
  }
}

TEST_P(EmbeddingTest, LayoutsAreTheSameMatrix) {
  const size_t in = 37, out = 29;
  TestMatrix a(in, out, true, 11), b(in, out, false, 12, Layout::kOutIn);
  for (size_t i = 0; i < in; ++i) {
    for (size_t o = 0; o < out; ++o) b.At(i, o) = a.At(i, o);
  }
  b.bias = a.bias;
  Random random(8);
  const std::vector<float> x = random.Normals(5 * in);
  EXPECT_TRUE(SameBits(Results(*a.Load(kind()), 5, x), Results(*b.Load(kind()), 5, x)));
}

TEST_P(LinearTest, ARowThatIsNotFiniteStaysAlone) {
  for (size_t in : {1, 3, 5, 17, 31, 33}) {  // remainders may be read into the next row
    const TestMatrix matrix(in, 13, true, 12);
    const std::unique_ptr<Linear> linear = matrix.Load(kind());
    Random random(9);
    const std::vector<float> x = random.Normals(6 * in);
    const std::vector<float> sound = Results(*linear, 6, x);
    for (float bad : {NAN, INFINITY}) {
      for (size_t row = 0; row < 6; ++row) {
        std::vector<float> damaged = x;
        damaged[row * in + in / 2] = bad;
        const std::vector<float> y = Results(*linear, 6, damaged);
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

TEST_P(LinearTest, ARowOfZerosGivesTheBias) {
  const TestMatrix matrix(20, 11, true, 13);
  const std::vector<float> y = Results(*matrix.Load(kind()), 3, std::vector<float>(3 * 20, 0.0f));
  for (size_t r = 0; r < 3; ++r) EXPECT_TRUE(SameBits(std::span(y).subspan(r * 11, 11), matrix.bias));
}

TEST_P(LinearTest, AChannelOfZeroWeightsGivesItsBias) {
  TestMatrix matrix(20, 11, true, 14);
  for (size_t i = 0; i < 20; ++i) matrix.At(i, 4) = 0;
  Random random(10);
  const std::vector<float> y = Results(*matrix.Load(kind()), 5, random.Normals(5 * 20));
  for (size_t r = 0; r < 5; ++r) EXPECT_EQ(y[r * 11 + 4], matrix.bias[4]);
}

TEST_P(LinearTest, RunningTwiceGivesTheSame) {
  // Rows go up and down: nothing may be left of a larger run.
  const std::unique_ptr<Linear> linear = TestMatrix(30, 50, false, 10).Load(kind());
  Random random(7);
  const std::vector<float> x = random.Normals(32 * 30);
  const std::vector<float> first = Results(*linear, 3, x);
  Results(*linear, 32, x);
  EXPECT_TRUE(SameBits(Results(*linear, 3, x), first));
}

TEST(Linear, OwnKernelsAndXnnpackAgree) {
  const ThreadPool pool(1);
  Random random(12);
  for (auto [in, out] : {std::pair{48, 97}, {768, 768}, {33, 7}}) {
    const TestMatrix matrix(size_t(in), size_t(out), true, 17);
    const std::vector<float> x = random.Normals(9 * size_t(in));
    const std::vector<float> own = Outputs(kLinearKinds[1], *matrix.Load(kLinearKinds[1]), 9, x, pool);
    const std::vector<float> xnnpack = Outputs(kLinearKinds[2], *matrix.Load(kLinearKinds[2]), 9, x, pool);
    // The same sums of integers; only the few operations after them are ordered differently.
    for (size_t i = 0; i < own.size(); ++i) ASSERT_NEAR(own[i], xnnpack[i], 1e-6 * (4 + std::sqrt(double(in)))) << in << " → " << out;
  }
}

}  // namespace
}  // namespace variorum
