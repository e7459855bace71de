// Beam search: against a naive one, and what it does to caches, threads and errors. Its equality with Hugging Face's is tested
// from outside (tests/unit/huggingface.test.ts).

#include "generate/beam_search.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "reference.h"
#include "run.h"

namespace variorum {
namespace {

constexpr size_t V = 97;

GenerateOptions Beams(int32_t beams, int32_t tokens) {
  GenerateOptions options;
  options.num_beams = options.num_return_sequences = beams;
  options.max_new_tokens = tokens;
  options.do_sample = false;
  options.seed = 5;
  return options;
}

struct BeamResult {
  Status status;
  std::vector<Hypothesis> texts;
};

// `stops` says which texts a stop string ends.
BeamResult RunToEnd(BeamSearch& search, const std::vector<int32_t>& prompt, const GenerateOptions& options,
                    const std::function<bool(const std::vector<int32_t>&)>& stops = {}) {
  BeamResult result{search.Start(prompt, options), {}};
  while (result.status.ok() && !search.done()) {
    result.status = search.Step();
    std::vector<int32_t> stopped;
    for (size_t i = 0; stops && i < search.proposals().size(); ++i) {
      if (stops(search.IdsOf(search.proposals()[i]))) stopped.push_back(int32_t(i));
    }
    search.Select(stopped);
  }
  if (result.status.ok()) result.texts = search.Best();
  return result;
}

bool SameTexts(const std::vector<Hypothesis>& a, const std::vector<Hypothesis>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Hypothesis& x, const Hypothesis& y) {
    return x.ids == y.ids && x.logprobs == y.logprobs && x.score == y.score && x.finish == y.finish;
  });
}

class BeamSearchTest : public testing::Test {
 protected:
  size_t slots_used() { return model_.decoder.slots().used(); }

  const TinyModel tiny_ = MakeTinyModel(UntiedConfig(), 41);
  const std::vector<int32_t> prompt_ = RandomIds(UntiedConfig(), 7, 42);
  LoadedModel model_{tiny_, Scheme::kF32, 1};
  BeamSearch search_{model_.decoder, model_.pool};
};

TEST_F(BeamSearchTest, WithoutEndsFindsWhatANaiveSearchFinds) {
  struct Text {
    std::vector<int32_t> ids;
    double sum = 0;
  };
  for (int32_t beams : {2, 3, 8}) {
    std::vector<Text> kept = {{prompt_, 0}};
    for (int step = 0; step < 6; ++step) {
      std::vector<Text> all;
      for (const Text& text : kept) {
        const std::vector<double> logits = ReferenceLogits(tiny_, text.ids);
        for (int32_t token = 0; token < int32_t(V); ++token) {
          Text next = text;
          next.ids.push_back(token);
          next.sum += ReferenceLogprob(logits.data() + (text.ids.size() - 1) * V, V, token);
          all.push_back(std::move(next));
        }
      }
      std::sort(all.begin(), all.end(), [](const Text& a, const Text& b) { return a.sum > b.sum; });
      all.resize(size_t(beams));
      kept = std::move(all);
    }
    GenerateOptions options = Beams(beams, 6);
    options.length_penalty = 0.5;
    const BeamResult run = RunToEnd(search_, prompt_, options);
    ASSERT_TRUE(Succeeds(run.status));
    ASSERT_EQ(run.texts.size(), size_t(beams));
    for (size_t i = 0; i < kept.size(); ++i) {
      EXPECT_EQ(run.texts[i].ids, kept[i].ids) << i << " of " << beams;
      EXPECT_NEAR(run.texts[i].score, kept[i].sum / std::sqrt(6.0), 1e-3);
      EXPECT_EQ(run.texts[i].finish, Finish::kLength);
      double sum = 0;
      for (double logprob : run.texts[i].logprobs) sum += logprob;
      EXPECT_NEAR(sum, kept[i].sum, 1e-3);
    }
  }
}

TEST_F(BeamSearchTest, CostsARowForEachBeamAndStepAndSharesWhatBeamsHaveInCommon) {
  const size_t before = model_.decoder.rows_computed();
  const BeamResult run = RunToEnd(search_, prompt_, Beams(4, 6));
  ASSERT_TRUE(Succeeds(run.status));
  EXPECT_EQ(model_.decoder.rows_computed() - before, prompt_.size() + 4 * 5);
  EXPECT_LE(model_.decoder.slots().peak(), prompt_.size() + 4 * 5);
  EXPECT_EQ(slots_used(), 0u);
}

TEST_F(BeamSearchTest, IsTheSameForAnyNumberOfThreads) {
  for (bool sampled : {false, true}) {
    GenerateOptions options = Beams(5, 8);
    options.do_sample = sampled;
    options.eos_token_ids = {3, 50};
    const BeamResult reference = RunToEnd(search_, prompt_, options);
    for (size_t threads : {2, 3}) {
      LoadedModel model(tiny_, Scheme::kF32, threads);
      BeamSearch search(model.decoder, model.pool);
      EXPECT_TRUE(SameTexts(RunToEnd(search, prompt_, options).texts, reference.texts)) << threads << " threads";
    }
    EXPECT_TRUE(SameTexts(RunToEnd(search_, prompt_, options).texts, reference.texts)) << "again";
  }
}

TEST_F(BeamSearchTest, AnEndAtTheFirstStepIsAText) {
  const std::vector<Hypothesis> free = RunToEnd(search_, prompt_, Beams(3, 4)).texts;
  GenerateOptions options = Beams(3, 4);
  options.eos_token_ids = {free[0].ids[prompt_.size()]};
  options.length_penalty = -5;  // for short texts
  const BeamResult run = RunToEnd(search_, prompt_, options);
  ASSERT_TRUE(Succeeds(run.status));
  EXPECT_EQ(run.texts[0].ids.size(), prompt_.size() + 1);
  EXPECT_EQ(run.texts[0].finish, Finish::kEos);
  EXPECT_EQ(run.texts[0].score, float(run.texts[0].logprobs[0]));
  for (const Hypothesis& text : run.texts) {
    EXPECT_EQ(text.finish == Finish::kEos, text.ids.back() == options.eos_token_ids[0]);
    EXPECT_EQ(text.logprobs.size(), text.ids.size() - prompt_.size());
  }
}

TEST_F(BeamSearchTest, StopsEndTextsLikeEnds) {
  const std::vector<Hypothesis> free = RunToEnd(search_, prompt_, Beams(3, 6)).texts;
  const int32_t token = free[0].ids[prompt_.size() + 1];
  GenerateOptions by_end = Beams(3, 6), by_stop = by_end;
  by_end.eos_token_ids = {token};
  const std::vector<Hypothesis> a = RunToEnd(search_, prompt_, by_end).texts;
  const std::vector<Hypothesis> b = RunToEnd(search_, prompt_, by_stop, [&](const auto& ids) { return ids.back() == token; }).texts;
  ASSERT_EQ(a.size(), b.size());
  bool any = false;
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].ids, b[i].ids);
    EXPECT_EQ(a[i].score, b[i].score);
    any = any || b[i].finish == Finish::kStop;
    EXPECT_EQ(b[i].finish, a[i].finish == Finish::kEos ? Finish::kStop : Finish::kLength);
  }
  EXPECT_TRUE(any);
  const BeamResult all = RunToEnd(search_, prompt_, by_stop, [](const auto&) { return true; });
  EXPECT_EQ(all.texts[0].ids.size(), prompt_.size() + 1) << "nothing is left to go on with";
}

TEST_F(BeamSearchTest, EarlyStoppingEndsAtTheNumberOfBeams) {
  GenerateOptions options = Beams(2, 40);
  for (int32_t token = 0; token < int32_t(V); token += 3) options.eos_token_ids.push_back(token);
  std::map<EarlyStopping, size_t> rows;
  for (EarlyStopping early : {EarlyStopping::kTrue, EarlyStopping::kFalse, EarlyStopping::kNever}) {
    options.early_stopping = early;
    const size_t before = model_.decoder.rows_computed();
    ASSERT_TRUE(Succeeds(RunToEnd(search_, prompt_, options).status));
    rows[early] = model_.decoder.rows_computed() - before;
  }
  EXPECT_LE(rows[EarlyStopping::kTrue], rows[EarlyStopping::kFalse]);
  EXPECT_LE(rows[EarlyStopping::kFalse], rows[EarlyStopping::kNever]);
  EXPECT_LT(rows[EarlyStopping::kTrue], rows[EarlyStopping::kNever]);
}

TEST_F(BeamSearchTest, WhereEveryTokenIsRuledOutThereIsNoText) {
  GenerateOptions options = Beams(2, 4);
  for (int32_t token = 0; token < int32_t(V); ++token) options.suppress_tokens.push_back(token);
  for (bool sampled : {false, true}) {
    options.do_sample = sampled;
    const BeamResult run = RunToEnd(search_, prompt_, options);
    ASSERT_TRUE(Succeeds(run.status));
    EXPECT_TRUE(run.texts.empty());
    EXPECT_EQ(slots_used(), 0u);
  }
}

TEST_F(BeamSearchTest, ATextEndsWhereEveryTokenIsRuledOut) {
  GenerateOptions options = Beams(2, 4);
  for (int32_t token = 0; token < int32_t(V); ++token) {
    if (token != 5 && token != 6) options.suppress_tokens.push_back(token);
  }
  options.no_repeat_ngram_size = 1;
  for (bool sampled : {false, true}) {
    options.do_sample = sampled;
    const BeamResult run = RunToEnd(search_, prompt_, options);
    ASSERT_TRUE(Succeeds(run.status));
    ASSERT_EQ(run.texts.size(), 2u);
    std::set<std::vector<int32_t>> texts;
    for (const Hypothesis& text : run.texts) {
      EXPECT_EQ(text.finish, Finish::kBanned);
      EXPECT_EQ(text.logprobs.size(), 2u);
      texts.insert({text.ids.begin() + ptrdiff_t(prompt_.size()), text.ids.end()});
    }
    EXPECT_EQ(texts, (std::set<std::vector<int32_t>>{{5, 6}, {6, 5}}));
    EXPECT_EQ(slots_used(), 0u);
  }
}

TEST_F(BeamSearchTest, FollowsAForcedPath) {
  // One continuation only: the other beams repeat it, with Hugging Face's "unlikely" scores.
  GenerateOptions options = Beams(3, 2);
  for (int32_t token = 1; token < int32_t(V); ++token) options.suppress_tokens.push_back(token);
  const BeamResult run = RunToEnd(search_, prompt_, options);
  ASSERT_EQ(run.texts.size(), 3u);
  for (const Hypothesis& text : run.texts) {
    EXPECT_EQ(std::vector<int32_t>(text.ids.end() - 2, text.ids.end()), (std::vector<int32_t>{0, 0}));
  }
  EXPECT_GT(run.texts[0].score, -1e3);
  EXPECT_LT(run.texts[1].score, -1e8);
}

TEST_F(BeamSearchTest, AFailureEndsTheRunAndTheNextWorks) {
  const std::vector<int32_t> long_prompt = RandomIds(UntiedConfig(), 50, 43);
  using Fault = FaultyDecoder::Fault;
  for (Fault fault : {Fault::kError, Fault::kNaN, Fault::kOneNaN, Fault::kInfinity}) {
    for (size_t step : {0, 1, 3}) {
      if (fault != Fault::kError && step == 0) continue;  // a first chunk of the prompt gives no logits
      FaultyDecoder faulty(model_.decoder, fault, step);
      BeamSearch search(faulty, model_.pool);
      const BeamResult run = RunToEnd(search, long_prompt, Beams(3, 6));
      EXPECT_EQ(run.status.code, fault == Fault::kError ? Code::kOutOfMemory : Code::kBadShard);
      EXPECT_TRUE(search.done());
      EXPECT_EQ(slots_used(), 0u);
      EXPECT_TRUE(Succeeds(RunToEnd(search, long_prompt, Beams(3, 6)).status));
    }
  }
}

TEST_F(BeamSearchTest, RefusesWhatDoesNotFit) {
  GenerateOptions options = Beams(2, 1000);
  EXPECT_EQ(search_.Start(prompt_, options).code, Code::kContextFull);
  EXPECT_EQ(search_.Start({}, Beams(2, 3)).code, Code::kBadOption);
  options = Beams(2, 3);
  options.overflow = Overflow::kSlide;
  EXPECT_TRUE(FailsWith(search_.Start(prompt_, options), Code::kBadOption, "overflow is \"slide\""));
  EXPECT_TRUE(search_.done());
}

TEST(DrawProposals, AreDifferentAndInProportion) {
  // The first of two draws: weights 1, 2, 5 in one beam and 3 in another, of 11.
  std::map<std::pair<int32_t, int32_t>, int> counts;
  const int draws = 20'000;
  for (uint32_t i = 0; i < draws; ++i) {
    std::vector<float> a = {0, std::log(2.0f), -INFINITY, std::log(5.0f)}, b = {-INFINITY, std::log(3.0f), -INFINITY, -INFINITY};
    const std::span<float> rows[] = {a, b};
    const std::vector<Proposal> drawn = DrawProposals(rows, 2, 7, 0, i);
    ASSERT_EQ(drawn.size(), 2u);
    ++counts[{drawn[0].beam, drawn[0].token}];
    EXPECT_FALSE(drawn[0].beam == drawn[1].beam && drawn[0].token == drawn[1].token);
  }
  const std::pair<std::pair<int32_t, int32_t>, double> expected[] = {{{0, 0}, 1}, {{0, 1}, 2}, {{0, 3}, 5}, {{1, 1}, 3}};
  double chi_square = 0;  // 3 degrees of freedom: below 16.3 in 999 of 1000 cases
  for (const auto& [which, weight] : expected) {
    const double mean = draws * weight / 11;
    chi_square += (counts[which] - mean) * (counts[which] - mean) / mean;
  }
  EXPECT_LT(chi_square, 16.3);
  EXPECT_EQ(counts.size(), 4u);
}

TEST(DrawProposals, TakeWhatIsPossibleAndThenWhatIsUnlikely) {
  std::vector<float> a = {0, -INFINITY, 1}, b = {-1e9f, -1.1e9f, -INFINITY};
  const std::span<float> rows[] = {a, b};
  std::vector<Proposal> drawn = DrawProposals(rows, 10, 1, 0, 3);
  ASSERT_EQ(drawn.size(), 4u);
  EXPECT_EQ(drawn[0].beam + drawn[1].beam, 0);
  EXPECT_EQ(drawn[2].score, -1e9f);
  EXPECT_EQ(drawn[3].token, 1);
}

TEST(BestOfBeam, TakesTheLowerIdsOfEqualScores) {
  Scratch scratch;
  ASSERT_TRUE(scratch.Resize(6).ok());
  std::vector<Proposal> best;
  const std::vector<float> scores = {1, 3, 2, 2, -INFINITY, 2};
  BestOfBeam(4, scores, 3, scratch, &best);
  std::sort(best.begin(), best.end(), IsBetter);
  ASSERT_EQ(best.size(), 3u);
  EXPECT_EQ(best[0].token, 1);
  EXPECT_EQ(best[1].token, 2);
  EXPECT_EQ(best[2].token, 3);
  EXPECT_EQ(best[2].beam, 4);
  BestOfBeam(0, scores, 100, scratch, &best);
  EXPECT_EQ(best.size(), 5u) << "what is ruled out is no continuation";
}

}  // namespace
}  // namespace variorum
