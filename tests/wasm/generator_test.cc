// A run of the generator: which tokens come, when it ends, and that a variant is the same in every company.

#include "generate/generator.h"

#include <algorithm>
#include <cmath>

#include "reference.h"
#include "run.h"

namespace variorum {
namespace {

GenerateOptions Options(int32_t variants, int32_t tokens) {
  GenerateOptions options;
  options.num_return_sequences = variants;
  options.max_new_tokens = tokens;
  options.seed = 5;
  return options;
}

GenerateOptions Greedy(int32_t tokens) {
  GenerateOptions options = Options(1, tokens);
  options.do_sample = false;
  return options;
}

class GeneratorTest : public testing::Test {
 protected:
  const TinyModel tiny_ = MakeTinyModel(TinyConfig(), 21);
  const std::vector<int32_t> prompt_ = RandomIds(TinyConfig(), 9, 22);
  LoadedModel model_{tiny_, Scheme::kF32, 1};
  Generator generator_{model_.decoder, model_.pool};
};

TEST_F(GeneratorTest, GreedyFollowsTheModel) {
  const RunResult run = RunToEnd(generator_, prompt_, Greedy(20));
  ASSERT_TRUE(Succeeds(run.status));
  ASSERT_EQ(run.variants[0].tokens.size(), 20u);
  EXPECT_EQ(run.variants[0].finish, Finish::kLength);
  std::vector<int32_t> ids = prompt_;
  for (size_t i = 0; i < 20; ++i) {
    const std::vector<double> logits = ReferenceLogits(tiny_, ids);
    const double* last = logits.data() + (ids.size() - 1) * 97;
    const int32_t best = int32_t(std::max_element(last, last + 97) - last);
    ASSERT_EQ(run.variants[0].tokens[i], best) << "token " << i;
    EXPECT_NEAR(run.variants[0].logprobs[i], ReferenceLogprob(last, 97, best), 1e-4);
    ids.push_back(best);
  }
}

TEST_F(GeneratorTest, SamplesAtTheTokensAbsolutePosition) {
  GenerateOptions options = Options(3, 8);
  options.top_k = 0;
  const RunResult run = RunToEnd(generator_, prompt_, options);
  ASSERT_TRUE(Succeeds(run.status));
  for (uint32_t v = 0; v < 3; ++v) {
    std::vector<int32_t> ids = prompt_;
    for (int32_t token : run.variants[v].tokens) {
      const std::vector<double> logits = ReferenceLogits(tiny_, ids);
      const std::vector<float> last(logits.end() - 97, logits.end());
      ASSERT_EQ(token, SampleAt(last, UniformAt(5, v, uint32_t(ids.size())))) << "variant " << v << " position " << ids.size();
      ids.push_back(token);
    }
  }
}

TEST_F(GeneratorTest, LogprobsAreTheModelsOwnWhateverTheProcessors) {
  GenerateOptions options = Options(2, 6);
  options.temperature = 0.3;
  options.top_k = 4;
  options.top_p = 0.8;
  options.num_alternatives = 97;
  const RunResult run = RunToEnd(generator_, prompt_, options);
  ASSERT_TRUE(Succeeds(run.status));
  for (const TokenEvent& event : run.events) {
    ASSERT_EQ(event.alternatives.size(), 97u);
    double sum = 0;
    bool found = false;
    size_t rank = 0;
    for (size_t i = 0; i < 97; ++i) {
      const Alternative& alternative = event.alternatives[i];
      sum += std::exp(alternative.logprob);
      if (alternative.token != event.token) continue;
      found = true;
      rank = i;
      EXPECT_EQ(alternative.logprob, event.logprob);
    }
    EXPECT_TRUE(found);
    EXPECT_LT(rank, 4u) << "topK is 4";
    EXPECT_NEAR(sum, 1, 1e-5) << "not the whole distribution at temperature 1";
  }
}

TEST_F(GeneratorTest, EndsAtAnEndOfText) {
  const RunResult free_run = RunToEnd(generator_, prompt_, Greedy(20));
  // Taken from the run itself, so that they come.
  const int32_t third = free_run.variants[0].tokens[2], tenth = free_run.variants[0].tokens[9];
  for (const std::vector<int32_t>& eos : {std::vector{third}, {tenth, third}, {-1, 96, third}}) {
    GenerateOptions options = Greedy(20);
    options.eos_token_ids = eos;
    const RunResult run = RunToEnd(generator_, prompt_, options);
    ASSERT_TRUE(Succeeds(run.status));
    EXPECT_EQ(run.variants[0].finish, Finish::kEos);
    EXPECT_LE(run.variants[0].tokens.size(), 3u);
    EXPECT_NE(std::find(eos.begin(), eos.end(), run.variants[0].tokens.back()), eos.end()) << "the ending token is included";
  }
}

TEST_F(GeneratorTest, AnEndOfTextAtTheLastTokenIsAnEndOfText) {
  const RunResult free_run = RunToEnd(generator_, prompt_, Greedy(1));
  GenerateOptions options = Greedy(1);
  options.eos_token_ids = free_run.variants[0].tokens;
  EXPECT_EQ(RunToEnd(generator_, prompt_, options).variants[0].finish, Finish::kEos);
}

TEST_F(GeneratorTest, VariantsEndOneByOne) {
  GenerateOptions options = Options(8, 30);
  const RunResult free_run = RunToEnd(generator_, prompt_, options);
  options.eos_token_ids = {3, 14, 15, 92, 65, 35};
  const RunResult run = RunToEnd(generator_, prompt_, options);
  ASSERT_TRUE(Succeeds(run.status));
  size_t by_eos = 0;
  for (size_t v = 0; v < 8; ++v) {
    // The same tokens as without an end, as far as they go.
    const VariantResult& got = run.variants[v];
    ASSERT_LE(got.tokens.size(), 30u);
    EXPECT_TRUE(std::equal(got.tokens.begin(), got.tokens.end(), free_run.variants[v].tokens.begin()));
    EXPECT_TRUE(std::equal(got.logprobs.begin(), got.logprobs.end(), free_run.variants[v].logprobs.begin()));
    by_eos += got.finish == Finish::kEos;
  }
  EXPECT_GT(by_eos, 0u);
  EXPECT_EQ(model_.decoder.slots().used(), 0u);
}

TEST_F(GeneratorTest, AVariantIsTheSameInEveryCompany) {
  for (Scheme scheme : kSchemes) {
    for (const NamedConfig& named : TinyAndWideConfigs()) {
      const TinyModel tiny = MakeTinyModel(named.config, 23);
      const std::vector<int32_t> prompt = RandomIds(named.config, 37, 24);
      std::vector<VariantResult> first;
      for (size_t threads : {1, 2}) {
        LoadedModel model(tiny, scheme, threads);
        Generator generator(model.decoder, model.pool);
        for (int32_t n : {8, 1, 3, 5}) {
          const RunResult run = RunToEnd(generator, prompt, Options(n, 12));
          ASSERT_TRUE(Succeeds(run.status));
          if (first.empty()) first = run.variants;
          for (size_t v = 0; v < size_t(n); ++v) {
            EXPECT_EQ(run.variants[v], first[v]) << named.name << " variant " << v << " of " << n << ", threads " << threads;
          }
        }
      }
      EXPECT_NE(first[0].tokens, first[1].tokens) << "variants vary";
    }
  }
}

TEST_F(GeneratorTest, ChoicesSharedAmongThreadsAreTheSame) {
  // A vocabulary large enough that the choices themselves run on both threads.
  Config config = TinyConfig();
  config.vocab_size = 20'000;
  const TinyModel tiny = MakeTinyModel(config, 25);
  const std::vector<int32_t> prompt = RandomIds(config, 5, 26);
  GenerateOptions options = Options(6, 5);
  options.top_p = 0.9;
  options.num_alternatives = 3;
  std::vector<VariantResult> first;
  for (size_t threads : {1, 2, 3}) {
    LoadedModel model(tiny, Scheme::kQ8, threads);
    Generator generator(model.decoder, model.pool);
    const RunResult run = RunToEnd(generator, prompt, options);
    ASSERT_TRUE(Succeeds(run.status));
    if (first.empty()) first = run.variants;
    EXPECT_EQ(run.variants, first) << "threads " << threads;
  }
}

TEST_F(GeneratorTest, TheSeedDecides) {
  GenerateOptions options = Options(2, 15);
  const RunResult a = RunToEnd(generator_, prompt_, options), b = RunToEnd(generator_, prompt_, options);
  options.seed = 6;
  const RunResult c = RunToEnd(generator_, prompt_, options);
  EXPECT_EQ(a.variants, b.variants);
  EXPECT_NE(a.variants, c.variants);
}

TEST_F(GeneratorTest, PrefillsLongPromptsInPiecesOfOneStep) {
  const std::vector<int32_t> prompt = RandomIds(TinyConfig(), 70, 27);
  ASSERT_TRUE(Succeeds(generator_.Start(prompt, Options(3, 2))));
  std::vector<TokenEvent> events;
  for (size_t prefilled : {32, 64}) {
    ASSERT_TRUE(Succeeds(generator_.Step(&events)));
    EXPECT_TRUE(events.empty());
    EXPECT_EQ(generator_.prefilled(), prefilled);
    EXPECT_FALSE(generator_.done());
  }
  ASSERT_TRUE(Succeeds(generator_.Step(&events)));
  EXPECT_EQ(generator_.prefilled(), 70u);
  EXPECT_EQ(events.size(), 3u) << "the first tokens come with the end of the prompt";
  EXPECT_EQ(model_.decoder.rows_computed(), 70u) << "one prefill for all variants";
  EXPECT_EQ(model_.decoder.linear_calls(), 3u * 8 + 1) << "the head runs once";
}

TEST_F(GeneratorTest, EveryStepIsOneBatchForAllVariants) {
  for (int32_t n : {1, 2, 5, 32}) {
    ASSERT_TRUE(Succeeds(generator_.Start(prompt_, Options(n, 6))));
    std::vector<TokenEvent> events;
    while (!generator_.done()) {
      const size_t calls = model_.decoder.linear_calls();
      ASSERT_TRUE(Succeeds(generator_.Step(&events)));
      EXPECT_EQ(model_.decoder.linear_calls() - calls, 4u * 2 + 1) << n;
      ASSERT_EQ(events.size(), size_t(n));
      for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].variant, int32_t(i));
    }
  }
}

TEST_F(GeneratorTest, TheCacheHoldsThePromptOnceAndEveryTail) {
  for (size_t prompt_length : {9, 32, 45}) {
    const std::vector<int32_t> prompt = RandomIds(TinyConfig(), prompt_length, 28);
    for (size_t n : {1, 5, 32}) {
      ASSERT_TRUE(Succeeds(generator_.Start(prompt, Options(int32_t(n), 10))));
      std::vector<TokenEvent> events;
      size_t tail = 0, per_slot = model_.decoder.kv_bytes_per_slot();
      while (generator_.prefilled() < prompt.size()) ASSERT_TRUE(Succeeds(generator_.Step(&events)));
      for (;; ++tail) {
        ASSERT_EQ(model_.decoder.kv_bytes(), (prompt_length + n * tail) * per_slot);
        ASSERT_TRUE(Succeeds(generator_.Step(&events)));
        if (generator_.done()) break;
      }
      EXPECT_EQ(tail, 8u) << "the last token is not computed further";
      EXPECT_EQ(model_.decoder.kv_bytes(), 0u);
      EXPECT_EQ(model_.decoder.slots().peak(), prompt_length + n * 9);
    }
  }
}

TEST_F(GeneratorTest, FillsTheContextToItsLastPosition) {
  const std::vector<int32_t> prompt = RandomIds(TinyConfig(), 79, 29), full = RandomIds(TinyConfig(), 80, 29);
  const RunResult run = RunToEnd(generator_, prompt, Options(2, 1));
  ASSERT_TRUE(Succeeds(run.status));
  EXPECT_EQ(run.variants[1].tokens.size(), 1u);
  EXPECT_TRUE(FailsWith(generator_.Start(prompt, Options(1, 2)), Code::kContextFull, "79 tokens and 2 more"));
  EXPECT_TRUE(FailsWith(generator_.Start(full, Options(1, 1)), Code::kContextFull, "context holds 80"));
  EXPECT_TRUE(FailsWith(generator_.Start(prompt_, Options(1, INT32_MAX)), Code::kContextFull, "ask for fewer"));
  const RunResult longest = RunToEnd(generator_, {1}, Options(2, 79));
  ASSERT_TRUE(Succeeds(longest.status));
  EXPECT_EQ(longest.variants[0].tokens.size(), 79u);
}

TEST_F(GeneratorTest, RefusesPromptsThatAreNone) {
  EXPECT_TRUE(FailsWith(generator_.Start({}, Options(1, 5)), Code::kBadOption, "prompt is empty"));
  EXPECT_TRUE(FailsWith(generator_.Start({1, 97, 2}, Options(1, 5)), Code::kBadOption,
                        "Token id 97 is not in the vocabulary: ids go from 0 to 96"));
  EXPECT_TRUE(FailsWith(generator_.Start({-1}, Options(1, 5)), Code::kBadOption, "Token id -1"));
  EXPECT_TRUE(FailsWith(generator_.Start(RandomIds(TinyConfig(), 81, 1), Options(1, 5)), Code::kContextFull, "81 tokens"));
  EXPECT_TRUE(FailsWith(generator_.Start({1}, Options(0, 5)), Code::kBadOption, "numReturnSequences"));
  EXPECT_TRUE(generator_.done()) << "nothing was begun";
}

}  // namespace
}  // namespace variorum
