// The promise that everything else stands on: a row of a linear layer's result depends on that row alone, bit for bit,
// whatever the number of rows and threads.

#include "linear_support.h"

namespace variorum {
namespace {

class LinearBits : public testing::TestWithParam<LinearKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, LinearBits, testing::ValuesIn(kLinearKinds), [](const auto& info) { return info.param.name; });

TEST_P(LinearBits, ARowOfABatchEqualsTheRowAlone) {
  const ThreadPool pool(1);
  Random random(5);
  for (auto [in, out] : {std::pair{17, 23}, {64, 192}, {100, 5}, {5, 100}, {48, 97}}) {
    const std::unique_ptr<Linear> linear = TestMatrix(size_t(in), size_t(out), true, 8).Load(GetParam());
    std::vector<float> x = random.Normals(32 * size_t(in));
    // Rows of different magnitudes have different scales: a row computed with its neighbour's would show.
    for (int r = 0; r < 32; ++r) {
      for (int i = 0; i < in; ++i) x[size_t(r) * size_t(in) + size_t(i)] *= float(1 + r);
    }
    std::vector<float> alone;
    for (int r = 0; r < 32; ++r) {
      const std::vector<float> y = Outputs(GetParam(), *linear, 1, std::span(x).subspan(size_t(r) * size_t(in)), pool);
      alone.insert(alone.end(), y.begin(), y.end());
    }
    for (size_t rows = 1; rows <= 32; ++rows) {
      ASSERT_TRUE(SameBits(Outputs(GetParam(), *linear, rows, x, pool), std::span(alone).first(rows * size_t(out))))
          << in << " → " << out << " rows " << rows;
    }
  }
}

TEST_P(LinearBits, TheNumberOfThreadsChangesNothing) {
  // 240 × 331 is shared from 2 (f32) or 5 (quantised) rows on.
  const std::unique_ptr<Linear> linear = TestMatrix(240, 331, true, 9).Load(GetParam());
  Random random(6);
  const std::vector<float> x = random.Normals(32 * 240);
  for (Epilogue epilogue : {Epilogue::Store(), Epilogue::Activate(Activation::kGeluTanh), Epilogue::Add()}) {
    for (size_t rows : {1, 2, 4, 5, 7, 16, 17, 31, 32}) {
      std::vector<float> one;
      for (size_t threads : {1, 2, 3}) {
        const ThreadPool pool(threads, GetParam().pool());
        ASSERT_EQ(pool.threads(), threads);
        const std::vector<float> y = Outputs(GetParam(), *linear, rows, x, pool, epilogue, std::vector<float>(rows * 331, 0.5f));
        if (threads == 1) one = y;
        ASSERT_TRUE(SameBits(y, one)) << "rows " << rows << " threads " << threads;
      }
    }
  }
}

}  // namespace
}  // namespace variorum
