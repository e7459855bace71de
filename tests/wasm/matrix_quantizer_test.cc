// Matrices quantised for a file, and block by block for whoever packs them.

#include "model/matrix_quantizer.h"

#include <cmath>
#include <cstring>
#include <mutex>

#include "stored_tensor.h"
#include "support.h"

namespace variorum {
namespace {

StoredTensor RandomMatrix(uint32_t rows, uint32_t columns, uint32_t seed) {
  StoredTensor matrix{"matrix", DType::kF32, {rows, columns}, {}};
  matrix.Set(Random(seed).Normals(size_t(rows) * columns, 0.1f));
  return matrix;
}

Status Stage(MatrixQuantizer& quantizer, const StoredTensor& matrix) {
  uint8_t* bytes = nullptr;
  VARIORUM_TRY(quantizer.Stage(matrix.dtype, matrix.shape[0], matrix.shape[1], &bytes));
  EXPECT_EQ(quantizer.staged_bytes(), matrix.bytes.size());
  std::memcpy(bytes, matrix.bytes.data(), matrix.bytes.size());
  return {};
}

TEST(MatrixQuantizer, StoresWeightsOfAnySizeNearWhatTheyWere) {
  for (auto [rows, columns] : {std::pair{1u, 1u}, {1u, 17u}, {2u, 16u}, {31u, 5u}, {32u, 33u}, {33u, 16u}, {65u, 40u}}) {
    const StoredTensor matrix = RandomMatrix(rows, columns, rows);
    const std::vector<float> weights = matrix.Floats();
    for (auto [scheme, layout, bound] :
         {std::tuple{Scheme::kQ8, Layout::kInOut, 0.02}, {Scheme::kQ8, Layout::kOutIn, 0.02}, {Scheme::kQ4, Layout::kInOut, 0.15}}) {
      const QuantizedTensor quantized = Quantized(matrix, scheme, layout);
      const std::vector<float> floats = quantized.Floats();
      double error = 0, power = 0;
      for (size_t i = 0; i < weights.size(); ++i) error += std::pow(floats[i] - weights[i], 2), power += std::pow(weights[i], 2);
      EXPECT_LT(std::sqrt(error / power), bound) << rows << " × " << columns;
      if (scheme == Scheme::kQ4) {
        EXPECT_EQ(quantized.values.shape, (std::vector<uint32_t>{(rows + 1) / 2, columns}));
        EXPECT_EQ(quantized.scales.shape, (std::vector<uint32_t>{(rows + 31) / 32, columns}));
        for (size_t n = 0; rows % 2 == 1 && n < columns; ++n) {
          EXPECT_EQ(quantized.values.bytes[rows / 2 * columns + n] >> 4, 0) << "there is no such input";
        }
      }
    }
  }
}

TEST(MatrixQuantizer, LayoutsAgreeUnderTransposition) {
  const uint32_t in = 13, out = 22;
  const StoredTensor in_out = RandomMatrix(in, out, 3);
  const std::vector<float> weights = in_out.Floats();
  std::vector<float> transposed(weights.size());
  for (size_t i = 0; i < in; ++i) {
    for (size_t o = 0; o < out; ++o) transposed[o * in + i] = weights[i * out + o];
  }
  StoredTensor out_in{"matrix", DType::kF32, {out, in}, {}};
  out_in.Set(transposed);
  const QuantizedTensor a = Quantized(in_out, Scheme::kQ8, Layout::kInOut), b = Quantized(out_in, Scheme::kQ8, Layout::kOutIn);
  EXPECT_EQ(a.scales.bytes, b.scales.bytes);
  for (size_t i = 0; i < in; ++i) {
    for (size_t o = 0; o < out; ++o) EXPECT_EQ(a.values.bytes[i * out + o], b.values.bytes[o * in + i]);
  }
}

TEST(MatrixQuantizer, TakesHalfFloatsAsTheFloatsTheyAre) {
  for (DType dtype : {DType::kF16, DType::kBF16}) {
    StoredTensor half = RandomMatrix(40, 20, 4), same = half;
    std::vector<uint16_t> stored;
    for (float value : half.Floats()) stored.push_back(dtype == DType::kF16 ? FloatToHalf(value) : FloatToBFloat16(value));
    half.dtype = dtype;
    half.bytes.resize(2 * stored.size());
    std::memcpy(half.bytes.data(), stored.data(), half.bytes.size());
    same.Set(half.Floats());
    for (Scheme scheme : {Scheme::kQ8, Scheme::kQ4}) {
      const QuantizedTensor a = Quantized(half, scheme, Layout::kInOut), b = Quantized(same, scheme, Layout::kInOut);
      EXPECT_EQ(a.values.bytes, b.values.bytes);
      EXPECT_EQ(a.scales.bytes, b.scales.bytes);
    }
    MatrixQuantizer quantizer;
    ASSERT_TRUE(Succeeds(Stage(quantizer, half)));
    ASSERT_TRUE(Succeeds(quantizer.Convert()));
    EXPECT_TRUE(SameBits({quantizer.floats().data(), stored.size()}, same.Floats()));
  }
}

TEST(MatrixQuantizer, IsOfUseForOneMatrixAfterAnother) {
  MatrixQuantizer quantizer;
  for (auto [rows, columns] : {std::pair{64u, 48u}, {5u, 3u}, {33u, 100u}}) {
    const StoredTensor matrix = RandomMatrix(rows, columns, 5);
    for (Scheme scheme : {Scheme::kQ4, Scheme::kQ8}) {
      const QuantizedTensor expected = Quantized(matrix, scheme, Layout::kInOut);
      ASSERT_TRUE(Succeeds(Stage(quantizer, matrix)));
      ASSERT_TRUE(Succeeds(quantizer.Run(scheme, Layout::kInOut)));
      ASSERT_EQ(quantizer.value_bytes(), expected.values.bytes.size());
      ASSERT_EQ(2 * quantizer.scale_count(), expected.scales.bytes.size());
      EXPECT_EQ(std::memcmp(quantizer.values().data(), expected.values.bytes.data(), quantizer.value_bytes()), 0);
      EXPECT_EQ(std::memcmp(quantizer.scales().data(), expected.scales.bytes.data(), 2 * quantizer.scale_count()), 0);
    }
  }
}

TEST(MatrixQuantizer, RefusesNumbersThatAreNotFiniteAnywhere) {
  for (float bad : {NAN, INFINITY, -INFINITY}) {
    for (size_t at : {0, 100, 33 * 18 - 1}) {
      StoredTensor matrix = RandomMatrix(33, 18, 6);
      std::vector<float> values = matrix.Floats();
      values[at] = bad;
      matrix.Set(values);
      MatrixQuantizer quantizer;
      ASSERT_TRUE(Succeeds(Stage(quantizer, matrix)));
      EXPECT_TRUE(FailsWith(quantizer.Convert(), Code::kBadShard, "not finite"));
      EXPECT_TRUE(FailsWith(quantizer.Run(Scheme::kQ8, Layout::kInOut), Code::kBadShard, "not finite"));
      EXPECT_TRUE(FailsWith(quantizer.Run(Scheme::kQ8, Layout::kOutIn), Code::kBadShard, "not finite"));
      EXPECT_TRUE(FailsWith(quantizer.Run(Scheme::kQ4, Layout::kInOut), Code::kBadShard, "not finite"));
    }
  }
}

TEST(MatrixQuantizer, ReportsThatMemoryRanOut) {
  MatrixQuantizer quantizer;
  uint8_t* bytes = nullptr;
  EXPECT_TRUE(FailsWith(quantizer.Stage(DType::kF32, 60'000, 8'000, &bytes), Code::kOutOfMemory, "Not enough memory"));
  EXPECT_TRUE(FailsWith(quantizer.Stage(DType::kF32, 1 << 20, 1 << 20, &bytes), Code::kOutOfMemory, "larger than memory"));
  EXPECT_EQ(bytes, nullptr);
}

TEST(QuantizeBlocks, GivesEveryChannelOnceOnAnyNumberOfThreads) {
  const StoredTensor matrix = RandomMatrix(300, 100, 7);
  const MatrixShape shape{300, 100, Layout::kInOut};
  for (Scheme scheme : {Scheme::kQ8, Scheme::kQ4}) {
    std::vector<int8_t> one;
    for (size_t threads : {1, 2, 3}) {
      const ThreadPool pool(threads);
      std::vector<int8_t> values(300 * 100, 99);
      std::vector<int> times(100);
      std::mutex mutex;
      ASSERT_TRUE(Succeeds(QuantizeBlocks(matrix.dtype, matrix.bytes.data(), shape, scheme, pool, [&](const QuantizedBlock& block) {
        std::lock_guard lock(mutex);
        for (size_t n = 0; n < block.channels; ++n) {
          ++times[block.n + n];
          for (size_t k = 0; k < 300; ++k) values[k * 100 + block.n + n] = block.values[k * kBlock + n];
        }
        EXPECT_EQ(block.scales != nullptr, scheme == Scheme::kQ8);
        EXPECT_EQ(block.group_scales != nullptr, scheme == Scheme::kQ4);
      })));
      EXPECT_EQ(times, std::vector<int>(100, 1));
      if (threads == 1) one = values;
      EXPECT_EQ(values, one) << "threads " << threads;
    }
  }
}

}  // namespace
}  // namespace variorum
