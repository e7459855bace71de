// The bits of two runs, written down. The same in the simd module under Node and in the relaxed module in a browser, or
// this fails in one of them. A change of the arithmetic changes them: then check the other tests, and write down what this
// one prints.

#include "run.h"

namespace variorum {
namespace {

// FNV-1a over tokens and the bytes of their logprobs.
uint64_t Hash(const RunResult& run) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](uint64_t value) {
    for (int i = 0; i < 8; ++i) hash = (hash ^ (value >> 8 * i & 0xff)) * 0x100000001b3;
  };
  for (const VariantResult& variant : run.variants) {
    for (size_t i = 0; i < variant.tokens.size(); ++i) {
      add(uint64_t(variant.tokens[i]));
      add(std::bit_cast<uint64_t>(variant.logprobs[i]));
    }
  }
  return hash;
}

uint64_t HashOfRun(Scheme scheme) {
  uint64_t hash = 0;
  for (const NamedConfig& named : TinyConfigs()) {
    LoadedModel model(MakeTinyModel(named.config, 51), scheme, 2);
    Generator generator(model.decoder, model.pool);
    GenerateOptions options;
    options.num_return_sequences = 5;
    options.max_new_tokens = 30;
    options.temperature = 0.8;
    options.top_p = 0.95;
    const RunResult run = RunToEnd(generator, RandomIds(named.config, 40, 52), options);
    EXPECT_TRUE(Succeeds(run.status));
    hash = hash * 31 + Hash(run);
  }
  return hash;
}

TEST(Reproducible, F32GivesTheRecordedBits) { EXPECT_EQ(HashOfRun(Scheme::kF32), 4623585567061811356u); }
TEST(Reproducible, Q8GivesTheRecordedBits) { EXPECT_EQ(HashOfRun(Scheme::kQ8), 8149926974556760896u); }
TEST(Reproducible, Q4GivesTheRecordedBits) { EXPECT_EQ(HashOfRun(Scheme::kQ4), 10254367156948414332u); }

}  // namespace
}  // namespace variorum
