// The decoder: that it computes GPT-2, with no more linear layers than it must, and that its bits do not depend on how the
// work is cut into steps, batches and threads.

#include <cmath>

#include "model/cpu_decoder.h"
#include "reference.h"
#include "support.h"
#include "tiny_model.h"

namespace variorum {
namespace {

class DecoderTest : public testing::TestWithParam<NamedConfig> {
 protected:
  const Config& config() const { return GetParam().config; }
  const TinyModel model_ = MakeTinyModel(GetParam().config, 11);
  const std::vector<int32_t> ids_ = RandomIds(GetParam().config, 70, 12);
};

INSTANTIATE_TEST_SUITE_P(Models, DecoderTest, testing::ValuesIn(TinyAndWideConfigs()), [](const auto& info) { return info.param.name; });

std::vector<float> LogitsInChunks(LoadedModel& model, std::span<const int32_t> ids, size_t chunk) {
  Sequence sequence(model.decoder.slots());
  return Logits(model.decoder, sequence, ids, chunk);
}

TEST_P(DecoderTest, ComputesGpt2) {
  LoadedModel model(model_, Scheme::kF32, 2);
  const std::vector<double> expected = ReferenceLogits(model_, ids_);
  const std::vector<float> logits = LogitsInChunks(model, ids_, Decoder::kMaxRows);
  double worst = 0, largest = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    worst = std::max(worst, std::fabs(logits[i] - expected[i]));
    largest = std::max(largest, std::fabs(expected[i]));
  }
  EXPECT_LT(worst, 1e-4);
  EXPECT_GT(largest, 1) << "a model that says nothing proves nothing";
}

TEST_P(DecoderTest, QuantisedStaysNearTheModelOfTheRoundedWeights) {
  // What is left between them is the rounding of activations to 8 bits.
  for (auto [scheme, kernels] : {std::pair{Scheme::kQ8, Kernels::kOwn}, {Scheme::kQ8, Kernels::kXnnpack}, {Scheme::kQ4, Kernels::kOwn}}) {
    const std::vector<double> expected = ReferenceLogits(Rounded(model_, scheme), ids_);
    LoadedModel model(model_, scheme, 1, kernels);
    const std::vector<float> logits = LogitsInChunks(model, ids_, Decoder::kMaxRows);
    double error = 0, power = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
      error += (logits[i] - expected[i]) * (logits[i] - expected[i]);
      power += expected[i] * expected[i];
    }
    EXPECT_LT(std::sqrt(error / power), 0.05);
  }
}

TEST_P(DecoderTest, AnyChunksAndThreadsGiveTheSameBits) {
  for (Scheme scheme : kSchemes) {
    std::vector<float> token_by_token;
    for (size_t threads : {1, 2, 3}) {
      LoadedModel model(model_, scheme, threads);
      for (size_t chunk : {1, 2, 3, 4, 5, 7, 16, 31, 32}) {
        const std::vector<float> logits = LogitsInChunks(model, ids_, chunk);
        if (token_by_token.empty()) token_by_token = logits;
        ASSERT_TRUE(SameBits(logits, token_by_token)) << "threads " << threads << " chunk " << chunk;
      }
    }
  }
}

TEST_P(DecoderTest, ABatchEqualsEachSequenceAlone) {
  // Seven sequences of different lengths, decoded together; every other one is done before the rest.
  const size_t lengths[] = {1, 13, 32, 33, 5, 40, 8}, tail = 6, V = size_t(config().vocab_size);
  for (Scheme scheme : kSchemes) {
    for (size_t threads : {1, 2}) {
      LoadedModel alone(model_, scheme, 1), together(model_, scheme, threads);
      std::vector<std::vector<int32_t>> ids;
      std::vector<std::vector<float>> expected, got;
      std::vector<Sequence> sequences;
      for (size_t s = 0; s < 7; ++s) {
        ids.push_back(RandomIds(config(), lengths[s] + tail, uint32_t(s)));
        expected.push_back(LogitsInChunks(alone, ids[s], 32));
        sequences.emplace_back(together.decoder.slots());
        got.push_back(Logits(together.decoder, sequences[s], std::span(ids[s]).first(lengths[s]), 32));
      }
      for (size_t step = 0; step < tail; ++step) {
        std::vector<Row> rows;
        std::vector<size_t> who;
        for (size_t s = 0; s < 7; ++s) {
          if (step >= tail / 2 && s % 2 == 0) continue;
          const int32_t position = sequences[s].Append();
          rows.push_back({ids[s][size_t(position)], position, sequences[s].slots(), true});
          who.push_back(s);
        }
        std::vector<float> logits(rows.size() * V);
        ASSERT_TRUE(Succeeds(together.decoder.Step(rows, logits.data())));
        for (size_t i = 0; i < who.size(); ++i) {
          const std::span<const float> mine = std::span(logits).subspan(i * V, V);
          got[who[i]].insert(got[who[i]].end(), mine.begin(), mine.end());
        }
      }
      for (size_t s = 0; s < 7; ++s) {
        ASSERT_TRUE(SameBits(got[s], std::span(expected[s]).first(got[s].size()))) << "threads " << threads << " sequence " << s;
      }
    }
  }
}

TEST_P(DecoderTest, ABranchEqualsAFreshRun) {
  const size_t V = size_t(config().vocab_size);
  for (Scheme scheme : kSchemes) {
    LoadedModel model(model_, scheme, 1);
    const std::vector<float> fresh = LogitsInChunks(model, ids_, 32);
    for (size_t branch : {1, 17, 31, 32, 33, 50}) {
      Sequence other(model.decoder.slots()), trunk(model.decoder.slots());
      Logits(model.decoder, other, RandomIds(config(), 9, 4), 9);  // so that slots are not those of the fresh run
      Logits(model.decoder, trunk, std::span(ids_).first(branch), 32);
      Sequence left = trunk.Fork(), right = trunk.Fork();
      trunk.Clear();
      Logits(model.decoder, left, RandomIds(config(), 20, 5), 7);
      const std::vector<float> rest = Logits(model.decoder, right, std::span(ids_).subspan(branch), 7);
      ASSERT_TRUE(SameBits(rest, std::span(fresh).subspan(branch * V))) << "branch at " << branch;
    }
    EXPECT_EQ(model.decoder.slots().used(), 0u);
  }
}

TEST_P(DecoderTest, RunsFourLinearLayersPerBlockAndTheHeadForAnyNumberOfRows) {
  LoadedModel model(model_, Scheme::kQ8, 1);
  const size_t per_step = 4 * size_t(config().n_layer) + 1;
  size_t steps = 0, computed = 0;
  EXPECT_EQ(model.decoder.linear_calls(), 0u);
  for (size_t rows = 1; rows <= Decoder::kMaxRows; ++rows) {
    LogitsInChunks(model, std::span(ids_).first(rows), rows);
    ++steps;
    computed += rows;
    EXPECT_EQ(model.decoder.linear_calls(), steps * per_step);
    EXPECT_EQ(model.decoder.rows_computed(), computed);
  }
}

TEST_P(DecoderTest, OnlyRowsThatWantLogitsGetThem) {
  const size_t V = size_t(config().vocab_size);
  LoadedModel model(model_, Scheme::kF32, 1);
  const std::vector<float> all = LogitsInChunks(model, std::span(ids_).first(10), 10);
  Sequence sequence(model.decoder.slots());
  for (int i = 0; i < 10; ++i) sequence.Append();
  std::vector<Row> rows;
  std::vector<float> expected;
  for (size_t i = 0; i < 10; ++i) {
    const bool wants = i % 3 == 1;
    rows.push_back({ids_[i], int32_t(i), sequence.slots(), wants});
    if (!wants) continue;
    const std::span<const float> mine = std::span(all).subspan(i * V, V);
    expected.insert(expected.end(), mine.begin(), mine.end());
  }
  std::vector<float> logits(expected.size() + 1, 123.0f);
  ASSERT_TRUE(Succeeds(model.decoder.Step(rows, logits.data())));
  EXPECT_EQ(logits.back(), 123.0f);
  logits.pop_back();
  EXPECT_TRUE(SameBits(logits, expected));

  const size_t before = model.decoder.linear_calls();
  for (Row& row : rows) row.wants_logits = false;
  ASSERT_TRUE(Succeeds(model.decoder.Step(rows, nullptr)));
  EXPECT_EQ(model.decoder.linear_calls() - before, 4 * size_t(config().n_layer)) << "the head has nothing to do";
}

TEST(Decoder, RefusesStepsOfNoRowsAndOfTooMany) {
  LoadedModel model(MakeTinyModel(TinyConfig(), 1), Scheme::kF32, 1);
  Sequence sequence(model.decoder.slots());
  for (size_t i = 0; i <= Decoder::kMaxRows; ++i) sequence.Append();
  std::vector<Row> rows;
  std::vector<float> logits((Decoder::kMaxRows + 1) * 97);
  EXPECT_TRUE(FailsWith(model.decoder.Step(rows, logits.data()), Code::kBadOption, "1 to 32 rows"));
  for (size_t i = 0; i <= Decoder::kMaxRows; ++i) rows.push_back({1, int32_t(i), sequence.slots(), true});
  EXPECT_TRUE(FailsWith(model.decoder.Step(rows, logits.data()), Code::kBadOption, "1 to 32 rows"));
  rows.pop_back();
  EXPECT_TRUE(Succeeds(model.decoder.Step(rows, logits.data())));
}

TEST(Decoder, ASmallerRunWorksAfterMemoryRanOut) {
  const TinyModel tiny = MakeTinyModel(TinyConfig(), 4);
  const std::vector<int32_t> ids = RandomIds(tiny.config, 20, 5);
  LoadedModel model(tiny, Scheme::kF32, 1);
  const std::vector<float> expected = LogitsInChunks(model, ids, 20);
  Sequence huge(model.decoder.slots());
  while (size_t(huge.length()) * model.decoder.kv_bytes_per_slot() < size_t{2'000'000'000}) huge.Append();
  const Row row{1, 0, huge.slots(), false};
  EXPECT_TRUE(FailsWith(model.decoder.Step({&row, 1}, nullptr), Code::kOutOfMemory, "Not enough memory"));
  huge.Clear();
  EXPECT_TRUE(SameBits(LogitsInChunks(model, ids, 20), expected));
}

TEST(Decoder, KeysAndValuesStayWhileTheCacheGrows) {
  // A hundred sequences of one position each: several cache blocks are added behind the first one's back.
  const TinyModel tiny = MakeTinyModel(TinyConfig(), 2);
  const std::vector<int32_t> ids = RandomIds(tiny.config, 20, 3);
  LoadedModel model(tiny, Scheme::kF32, 1);
  const std::vector<float> expected = LogitsInChunks(model, ids, 20);
  Sequence first(model.decoder.slots());
  std::vector<float> got = Logits(model.decoder, first, std::span(ids).first(10), 10);
  std::vector<Sequence> others;
  for (int i = 0; i < 100; ++i) {
    others.emplace_back(model.decoder.slots());
    Logits(model.decoder, others.back(), std::vector<int32_t>{i % 97}, 1);
  }
  const std::vector<float> rest = Logits(model.decoder, first, std::span(ids).subspan(10), 3);
  got.insert(got.end(), rest.begin(), rest.end());
  EXPECT_TRUE(SameBits(got, expected));
  EXPECT_EQ(model.decoder.kv_bytes_per_slot(), 2u * 2 * 48 * 4);
  EXPECT_EQ(model.decoder.kv_bytes(), 120 * model.decoder.kv_bytes_per_slot());
}

}  // namespace
}  // namespace variorum
