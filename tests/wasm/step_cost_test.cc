// What a token costs besides arithmetic: how many linear layers a step of the decoder runs, and that it takes no memory.

#include <cstdlib>

#include "heap.h"
#include "linear_support.h"
#include "tiny_model.h"

namespace variorum {
namespace {

TEST(Heap, SeesEveryWayToTakeMemory) {
  const auto taken = [](const auto& take) {
    const size_t before = HeapAllocations();
    take();
    return HeapAllocations() - before;
  };
  void* volatile memory = nullptr;  // so that no pair of calls is optimised away
  EXPECT_EQ(taken([&] { memory = std::malloc(8); }), 1u);
  void* volatile more = nullptr;
  EXPECT_EQ(taken([&] { more = std::realloc(memory, 800); }), 1u);
  std::free(more);
  EXPECT_EQ(taken([&] { memory = std::calloc(8, 1); }), 1u);
  std::free(memory);
  EXPECT_GE(taken([&] { memory = std::aligned_alloc(16, 16); }), 1u);  // which calls another of them
  std::free(memory);
  EXPECT_EQ(taken([&] { memory = ::operator new(8); }), 1u);
  ::operator delete(memory);
  std::vector<float> vector;
  EXPECT_EQ(taken([&] { vector.resize(100); }), 1u);
  Buffer<float> buffer;
  EXPECT_EQ(taken([&] { EXPECT_TRUE(buffer.Resize(100).ok()); }), 1u);
  EXPECT_EQ(taken([&] { EXPECT_TRUE(buffer.Resize(50).ok()); }), 0u);
}

class StepCost : public testing::TestWithParam<LinearKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, StepCost, testing::ValuesIn(kLinearKinds), [](const auto& info) { return info.param.name; });

// Decodes n variants of one prompt for `tokens` steps. In every step after the first: 4 L + 1 linear layers, and no memory, unless
// the cache has to grow by a block.
void ExpectCheapSteps(const LinearKind& kind, const Config& config, size_t n, size_t threads) {
  LoadedModel model(MakeTinyModel(config, 61), kind.scheme, threads, kind.kernels);
  const size_t V = size_t(config.vocab_size), tokens = 50;
  Sequence prompt(model.decoder.slots());
  Logits(model.decoder, prompt, RandomIds(config, 20, 62), Decoder::kMaxRows);
  std::vector<Sequence> variants;
  for (size_t i = 0; i < n; ++i) variants.push_back(prompt.Fork());
  std::vector<float> logits(n * V);
  std::vector<Row> rows(n);
  size_t blocks = 0, allocations = 0;
  for (size_t token = 0; token < tokens; ++token) {
    for (size_t i = 0; i < n; ++i) {
      const int32_t position = variants[i].Append();
      rows[i] = {int32_t((token * n + i) % V), position, variants[i].slots(), true};
    }
    const size_t needed = (model.decoder.slots().capacity() + KvLayer::kSlotsPerBlock - 1) / KvLayer::kSlotsPerBlock;
    const size_t calls = model.decoder.linear_calls(), before = HeapAllocations();
    const Status status = model.decoder.Step(rows, logits.data());
    const size_t taken = HeapAllocations() - before;
    ASSERT_TRUE(Succeeds(status));
    EXPECT_EQ(model.decoder.linear_calls() - calls, 4 * size_t(config.n_layer) + 1);
    if (needed == blocks && token > 0) EXPECT_EQ(taken, 0u) << "token " << token << " of " << n << " variants, threads " << threads;
    allocations += taken;
    blocks = needed;
  }
  EXPECT_GT(allocations, 0u) << "the cache has grown, so something was to be seen";
}

TEST_P(StepCost, IsFourLinearLayersPerBlockAndTheHeadAndNoMemory) {
  for (size_t n : {1, 5, 8}) {
    for (size_t threads : {1, 2}) {
      for (const NamedConfig& named : TinyAndWideConfigs()) ExpectCheapSteps(GetParam(), named.config, n, threads);
    }
  }
}

}  // namespace
}  // namespace variorum
