// Texts longer than the context, with overflow "slide": what the model sees, and that nothing else depends on it.

#include <algorithm>

#include "generate/generator.h"
#include "generate/window.h"
#include "run.h"

namespace variorum {
namespace {

constexpr size_t kContext = 80;  // of TinyConfig

TEST(Window, KeepsHalfAContextAndFillsItAgain) {
  for (size_t context : {2, 3, 4, 7, 8, 80, 1024}) {
    size_t last = 0;
    for (size_t length = 1; length < 5 * context; ++length) {
      const size_t start = WindowStart(length, context), seen = length - start;
      EXPECT_LT(seen, context) << "the new token has a position";
      EXPECT_GE(start, last);
      if (length < context) {
        EXPECT_EQ(start, 0u);
      } else {
        EXPECT_GE(seen, context / 2);
      }
      if (start != last) {
        EXPECT_EQ(length - last, context) << "it moves only when it is full";
        EXPECT_EQ(seen, context / 2);
      }
      last = start;
    }
  }
}

class OverflowTest : public testing::Test {
 protected:
  GenerateOptions Options(int32_t variants, int32_t tokens) {
    GenerateOptions options;
    options.num_return_sequences = variants;
    options.max_new_tokens = tokens;
    options.seed = 4;
    options.overflow = Overflow::kSlide;
    return options;
  }

  const TinyModel tiny_ = MakeTinyModel(UntiedConfig(), 71);
  LoadedModel model_{tiny_, Scheme::kF32, 1};
  Generator generator_{model_.decoder, model_.pool};
};

TEST_F(OverflowTest, EveryTokenIsChosenFromItsWindowAtItsAbsolutePosition) {
  GenerateOptions options = Options(3, 150);
  options.top_k = 0;
  const std::vector<int32_t> prompt = RandomIds(TinyConfig(), 50, 72);
  const RunResult run = RunToEnd(generator_, prompt, options);
  ASSERT_TRUE(Succeeds(run.status));
  ASSERT_NE(run.variants[0].tokens, run.variants[1].tokens) << "nothing to tell apart";
  for (uint32_t v = 0; v < 3; ++v) {
    std::vector<int32_t> ids = prompt;
    ASSERT_EQ(run.variants[v].tokens.size(), 150u);
    for (int32_t token : run.variants[v].tokens) {
      const size_t start = WindowStart(ids.size(), kContext);
      Sequence sequence(model_.decoder.slots());
      const std::vector<float> logits = Logits(model_.decoder, sequence, std::span(ids).subspan(start), 32);
      ASSERT_EQ(token, SampleAt(std::span(logits).last(97), UniformAt(4, v, uint32_t(ids.size())))) << "position " << ids.size();
      ids.push_back(token);
    }
  }
  EXPECT_EQ(model_.decoder.slots().used(), 0u);
}

TEST_F(OverflowTest, ChangesNothingWhileTheTextFits) {
  const std::vector<int32_t> prompt = RandomIds(TinyConfig(), 50, 73);
  GenerateOptions options = Options(2, 30);
  const RunResult slide = RunToEnd(generator_, prompt, options);
  const size_t rows = model_.decoder.rows_computed();
  options.overflow = Overflow::kError;
  EXPECT_EQ(RunToEnd(generator_, prompt, options).variants, slide.variants);
  EXPECT_EQ(model_.decoder.rows_computed(), 2 * rows);
  options.max_new_tokens = 31;
  EXPECT_TRUE(FailsWith(generator_.Start(prompt, options), Code::kContextFull, "50 tokens and 31 more"));
}

TEST_F(OverflowTest, ALongPromptKeepsItsLastPart) {
  for (size_t length : {80, 81, 119, 120, 200}) {
    const std::vector<int32_t> prompt = RandomIds(TinyConfig(), length, 74);
    const size_t before = model_.decoder.rows_computed();
    const RunResult run = RunToEnd(generator_, prompt, Options(2, 1));
    ASSERT_TRUE(Succeeds(run.status));
    EXPECT_EQ(model_.decoder.rows_computed() - before, length - WindowStart(length, kContext)) << "once for both";
    EXPECT_EQ(generator_.prefilled(), length);
  }
}

TEST_F(OverflowTest, IsTheSameForAnyThreadsAndCompanyAndWhenContinued) {
  const std::vector<int32_t> prompt = RandomIds(TinyConfig(), 70, 75);
  const RunResult whole = RunToEnd(generator_, prompt, Options(5, 120));
  for (size_t threads : {1, 3}) {
    LoadedModel model(tiny_, Scheme::kF32, threads);
    Generator generator(model.decoder, model.pool);
    for (int32_t n : {1, 3}) {
      const RunResult run = RunToEnd(generator, prompt, Options(n, 120));
      for (size_t v = 0; v < size_t(n); ++v) EXPECT_EQ(run.variants[v], whole.variants[v]);
    }
    // Cut before, at and after the places where the window moves.
    for (size_t cut : {5, 9, 10, 11, 49, 50, 51, 100}) {
      GenerateOptions options = Options(2, int32_t(cut));
      options.keep_sequences = true;
      const RunResult begun = RunToEnd(generator, prompt, options);
      options.max_new_tokens = 120 - int32_t(cut);
      for (bool reuse : {true, false}) {
        options.reuse_sequences = reuse;
        const RunResult rest = RunToEnd(generator, prompt, options, {}, {begun.variants[0].tokens, begun.variants[1].tokens});
        for (size_t v = 0; v < 2; ++v) {
          const VariantResult& all = whole.variants[v];
          EXPECT_EQ(std::vector(all.tokens.begin() + long(cut), all.tokens.end()), rest.variants[v].tokens) << cut;
          EXPECT_EQ(std::vector(all.logprobs.begin() + long(cut), all.logprobs.end()), rest.variants[v].logprobs) << cut;
        }
      }
    }
  }
}

TEST_F(OverflowTest, AFreshRunOverTheTextSoFarSeesTheSameWindow) {
  const std::vector<int32_t> prompt = RandomIds(TinyConfig(), 70, 76);
  const RunResult whole = RunToEnd(generator_, prompt, Options(1, 90));
  for (size_t cut : {9, 10, 40, 60}) {
    std::vector<int32_t> prefix = prompt;
    prefix.insert(prefix.end(), whole.variants[0].tokens.begin(), whole.variants[0].tokens.begin() + long(cut));
    const RunResult fresh = RunToEnd(generator_, prefix, Options(1, 90 - int32_t(cut)));
    EXPECT_EQ(std::vector(whole.variants[0].tokens.begin() + long(cut), whole.variants[0].tokens.end()), fresh.variants[0].tokens);
    EXPECT_EQ(std::vector(whole.variants[0].logprobs.begin() + long(cut), whole.variants[0].logprobs.end()), fresh.variants[0].logprobs);
  }
}

}  // namespace
}  // namespace variorum
