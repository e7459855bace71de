// How a run ends before its time: a variant is ended from outside, the decoder fails, the numbers are damaged. Slots are
// free afterwards, the other variants do not notice, and the next run works.

#include "generate/generator.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "run.h"

namespace variorum {
namespace {

class GeneratorEndTest : public testing::Test {
 protected:
  GenerateOptions Options(int32_t variants) {
    GenerateOptions options;
    options.num_return_sequences = variants;
    options.max_new_tokens = 10;
    options.seed = 3;
    return options;
  }
  size_t slots_used() { return model_.decoder.slots().used(); }

  const TinyModel tiny_ = MakeTinyModel(TinyConfig(), 31);
  const std::vector<int32_t> prompt_ = RandomIds(TinyConfig(), 9, 32), long_prompt_ = RandomIds(TinyConfig(), 70, 33);
  LoadedModel model_{tiny_, Scheme::kQ8, 2};
  Generator generator_{model_.decoder, model_.pool};
};

TEST_F(GeneratorEndTest, OneVariantEndsWhileDecodingAndTheOthersDoNotNotice) {
  const RunResult whole = RunToEnd(generator_, prompt_, Options(4));
  for (int32_t ended : {0, 1, 3}) {
    int steps = 0;
    const RunResult run = RunToEnd(generator_, prompt_, Options(4), [&] {
      if (++steps != 4) return;
      const size_t before = slots_used();
      generator_.End(ended);
      EXPECT_EQ(before - slots_used(), 3u) << "its tail is free at once, the shared prompt is not";
      generator_.End(ended);  // again: nothing left to end
      EXPECT_EQ(before - slots_used(), 3u);
    });
    ASSERT_TRUE(Succeeds(run.status));
    for (size_t v = 0; v < 4; ++v) {
      if (v != size_t(ended)) {
        EXPECT_EQ(run.variants[v], whole.variants[v]);
      } else {
        EXPECT_EQ(run.variants[v].tokens.size(), 4u);
        EXPECT_EQ(run.variants[v].finish, Finish::kNone);
      }
    }
    EXPECT_EQ(slots_used(), 0u);
  }
}

TEST_F(GeneratorEndTest, OneVariantEndsWhilePrefillingAndTheOthersDoNotNotice) {
  const RunResult whole = RunToEnd(generator_, long_prompt_, Options(3));
  for (int32_t ended : {0, 1, 2}) {
    bool first = true;
    const RunResult run = RunToEnd(generator_, long_prompt_, Options(3), [&] {
      if (first) generator_.End(ended);
      first = false;
    });
    ASSERT_TRUE(Succeeds(run.status));
    for (size_t v = 0; v < 3; ++v) {
      if (v == size_t(ended)) {
        EXPECT_TRUE(run.variants[v].tokens.empty());
      } else {
        EXPECT_EQ(run.variants[v], whole.variants[v]) << "variant " << v << " without " << ended;
      }
    }
    EXPECT_EQ(slots_used(), 0u);
  }
}

TEST_F(GeneratorEndTest, AVariantEndsWhereEveryTokenIsRuledOut) {
  for (bool sampled : {false, true}) {
    for (size_t allowed : {0u, 1u, 3u}) {
      GenerateOptions options = Options(sampled ? 3 : 1);
      options.do_sample = sampled;
      options.no_repeat_ngram_size = 1;
      std::set<int32_t> left;
      for (int32_t token = 0; token < TinyConfig().vocab_size; ++token) {
        const bool in_prompt = std::find(prompt_.begin(), prompt_.end(), token) != prompt_.end();
        if (left.size() < allowed && !in_prompt) {
          left.insert(token);
        } else {
          options.suppress_tokens.push_back(token);
        }
      }
      const RunResult run = RunToEnd(generator_, prompt_, options);
      ASSERT_TRUE(Succeeds(run.status));
      for (const VariantResult& variant : run.variants) {
        EXPECT_EQ(variant.finish, Finish::kBanned);
        EXPECT_EQ(std::set<int32_t>(variant.tokens.begin(), variant.tokens.end()), left);
        EXPECT_EQ(variant.tokens.size(), allowed);
      }
      EXPECT_EQ(slots_used(), 0u);
    }
  }
}

TEST_F(GeneratorEndTest, EndingAllVariantsEndsTheRunAndFreesTheCache) {
  for (const auto& prompt : {prompt_, long_prompt_}) {
    for (int steps : {0, 1, 2, 5}) {  // before anything, while prefilling, at its end, while decoding
      ASSERT_TRUE(Succeeds(generator_.Start(prompt, Options(3))));
      std::vector<TokenEvent> events;
      for (int i = 0; i < steps; ++i) ASSERT_TRUE(Succeeds(generator_.Step(&events)));
      for (int32_t v = 0; v < 3; ++v) {
        EXPECT_FALSE(generator_.done());
        generator_.End(v);
      }
      EXPECT_TRUE(generator_.done());
      EXPECT_EQ(slots_used(), 0u) << "prompt of " << prompt.size() << ", after " << steps << " steps";
      const size_t rows = model_.decoder.rows_computed();
      EXPECT_TRUE(Succeeds(generator_.Step(&events)));
      EXPECT_TRUE(events.empty());
      EXPECT_EQ(model_.decoder.rows_computed(), rows) << "a run that is over computes nothing";
    }
  }
}

TEST_F(GeneratorEndTest, EndingWhatDoesNotExistDoesNothing) {
  generator_.End(0);
  EXPECT_TRUE(generator_.done());
  const RunResult whole = RunToEnd(generator_, prompt_, Options(2));
  const RunResult run = RunToEnd(generator_, prompt_, Options(2), [&] {
    for (int32_t v : {-1, 2, 100, INT32_MIN, INT32_MAX}) generator_.End(v);
  });
  EXPECT_EQ(run.variants, whole.variants);
}

TEST_F(GeneratorEndTest, ARunStartsAnewOverOneThatIsNotOver) {
  const RunResult whole = RunToEnd(generator_, prompt_, Options(3));
  std::vector<TokenEvent> events;
  for (const auto& abandoned : {prompt_, long_prompt_}) {
    for (int steps : {0, 1, 4}) {
      ASSERT_TRUE(Succeeds(generator_.Start(abandoned, Options(5))));
      for (int i = 0; i < steps; ++i) ASSERT_TRUE(Succeeds(generator_.Step(&events)));
      const RunResult run = RunToEnd(generator_, prompt_, Options(3));
      ASSERT_TRUE(Succeeds(run.status));
      EXPECT_EQ(run.variants, whole.variants);
      EXPECT_EQ(slots_used(), 0u);
    }
  }
}

TEST_F(GeneratorEndTest, AFailingDecoderEndsTheRunAndTheNextOneWorks) {
  const RunResult whole = RunToEnd(generator_, long_prompt_, Options(3));
  for (size_t bad_step : {0, 1, 2, 3, 7}) {
    FaultyDecoder faulty(model_.decoder, FaultyDecoder::Fault::kError, bad_step);
    Generator generator(faulty, model_.pool);
    const RunResult failed = RunToEnd(generator, long_prompt_, Options(3));
    EXPECT_TRUE(FailsWith(failed.status, Code::kOutOfMemory, "The decoder failed."));
    EXPECT_TRUE(generator.done());
    EXPECT_EQ(slots_used(), 0u) << "step " << bad_step;
    const RunResult next = RunToEnd(generator, long_prompt_, Options(3));
    ASSERT_TRUE(Succeeds(next.status));
    EXPECT_EQ(next.variants, whole.variants);
  }
}

// A vocabulary whose logits do not fit into memory.
class HugeDecoder final : public Decoder {
 public:
  HugeDecoder() { config_.vocab_size = 1 << 24; }
  const Config& config() const override { return config_; }
  SlotPool& slots() override { return slots_; }
  Status Step(std::span<const Row>, float*) override { return {Code::kUnsupported, "No step was to be taken."}; }
  size_t linear_calls() const override { return 0; }
  size_t rows_computed() const override { return 0; }
  size_t kv_bytes_per_slot() const override { return 0; }

 private:
  Config config_ = TinyConfig();
  SlotPool slots_;
};

TEST_F(GeneratorEndTest, ARunThatFindsNoMemoryDoesNotBegin) {
  HugeDecoder huge;
  Generator generator(huge, model_.pool);
  std::vector<TokenEvent> events;
  // 32 rows of logits do not fit; 8 do, but not 8 rows of scores as well.
  for (int32_t variants : {32, 8}) {
    EXPECT_TRUE(FailsWith(generator.Start(prompt_, Options(variants)), Code::kOutOfMemory, "Not enough memory")) << variants;
    EXPECT_TRUE(generator.done());
    generator.End(0);
    EXPECT_TRUE(generator.done());
    EXPECT_TRUE(Succeeds(generator.Step(&events))) << "there is nothing to do";
  }
}

TEST_F(GeneratorEndTest, NumbersThatAreNotFiniteAreADamagedModel) {
  using Fault = FaultyDecoder::Fault;
  for (Fault fault : {Fault::kNaN, Fault::kOneNaN, Fault::kInfinity}) {
    for (size_t bad_step : {0, 2}) {
      for (int32_t top_k : {0, 1, 5, 96}) {
        for (double top_p : {0.5, 1.0}) {
          FaultyDecoder faulty(model_.decoder, fault, bad_step);
          Generator generator(faulty, model_.pool);
          GenerateOptions options = Options(3);
          options.top_k = top_k;
          options.top_p = top_p;
          options.temperature = 0.8;
          options.num_alternatives = 5;
          EXPECT_TRUE(FailsWith(RunToEnd(generator, prompt_, options).status, Code::kBadShard, "not finite"))
              << "fault " << int(fault) << " topK " << top_k << " topP " << top_p;
          EXPECT_TRUE(generator.done());
          EXPECT_EQ(slots_used(), 0u);
          EXPECT_TRUE(Succeeds(RunToEnd(generator, prompt_, options).status));
        }
      }
    }
  }
}

TEST_F(GeneratorEndTest, GreedyNoticesDamageToo) {
  using Fault = FaultyDecoder::Fault;
  for (Fault fault : {Fault::kNaN, Fault::kOneNaN, Fault::kInfinity}) {
    FaultyDecoder faulty(model_.decoder, fault, 1);
    Generator generator(faulty, model_.pool);
    GenerateOptions options = Options(1);
    options.do_sample = false;
    EXPECT_TRUE(FailsWith(RunToEnd(generator, prompt_, options).status, Code::kBadShard, "not finite")) << int(fault);
  }
}

TEST_F(GeneratorEndTest, WeightsThatOverflowAreADamagedModel) {
  // Finite numbers, so they load, but not what they are multiplied to. (q4 clips weights to what a half times 7 can be.)
  for (Scheme scheme : {Scheme::kF32, Scheme::kQ8}) {
    for (const char* name : {"h.0.ln_1.weight", "h.0.attn.c_attn.weight", "h.1.mlp.c_proj.weight", "ln_f.weight"}) {
      TinyModel huge = tiny_;
      std::vector<float> values = huge.At(name).Floats();
      for (float& value : values) value *= 1e38f;
      huge.At(name).Set(values);
      LoadedModel model(huge, scheme, 1);
      Generator generator(model.decoder, model.pool);
      EXPECT_TRUE(FailsWith(RunToEnd(generator, prompt_, Options(2)).status, Code::kBadShard, "not finite")) << name;
      EXPECT_EQ(model.decoder.slots().used(), 0u);
    }
  }
}

}  // namespace
}  // namespace variorum
