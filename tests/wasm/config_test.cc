// Validate(Config): what config.json may say.

#include "model/config.h"

#include <cmath>
#include <string>

#include "support.h"
#include "tiny_model.h"

namespace variorum {
namespace {

TEST(Config, SoundOnesPass) {
  for (const NamedConfig& named : TinyConfigs()) EXPECT_TRUE(Succeeds(Validate(named.config))) << named.name;
  Config xl;
  xl.vocab_size = 50257;
  xl.n_positions = 1024;
  xl.n_embd = 1600;
  xl.n_layer = 48;
  xl.n_head = 25;
  EXPECT_TRUE(Succeeds(Validate(xl)));
  EXPECT_EQ(xl.head_size(), 64);
  EXPECT_EQ(xl.inner(), 6400);
}

TEST(Config, EveryCountHasLimitsThatTheMessageNames) {
  const struct {
    const char* name;
    int32_t Config::* field;
    int32_t least, most;
  } counts[] = {
      {"vocab_size", &Config::vocab_size, 1, 1 << 24}, {"n_positions", &Config::n_positions, 1, 1 << 20},
      {"n_embd", &Config::n_embd, 1, 1 << 16},         {"n_layer", &Config::n_layer, 1, 1 << 10},
      {"n_head", &Config::n_head, 1, 1 << 16},         {"n_inner", &Config::n_inner, 0, 1 << 18},
  };
  for (const auto& count : counts) {
    for (int32_t bad : {count.least - 1, count.most + 1, INT32_MIN, INT32_MAX}) {
      Config config = TinyConfig();
      config.*count.field = bad;
      const Status status = Validate(config);
      EXPECT_TRUE(FailsWith(status, Code::kBadConfig, std::string(count.name) + " is " + std::to_string(bad)));
      const std::string range = "from " + std::to_string(count.least) + " to " + std::to_string(count.most);
      EXPECT_TRUE(FailsWith(status, Code::kBadConfig, range));
    }
    Config config = TinyConfig();
    config.n_embd = config.n_head = 1;
    config.*count.field = count.least;
    EXPECT_TRUE(Succeeds(Validate(config))) << count.name;
    config.n_embd = 1 << 16;
    config.*count.field = count.most;
    EXPECT_TRUE(Succeeds(Validate(config))) << count.name;
  }
}

TEST(Config, HeadsMustDivideTheWidth) {
  Config config = TinyConfig();
  config.n_head = 5;
  EXPECT_TRUE(FailsWith(Validate(config), Code::kBadConfig, "n_embd (48) must be a multiple of n_head (5)"));
  config.n_head = 96;
  EXPECT_TRUE(FailsWith(Validate(config), Code::kBadConfig, "multiple"));
}

TEST(Config, EpsilonMustBePositive) {
  for (float bad : {0.0f, -1e-5f, NAN, INFINITY}) {
    Config config = TinyConfig();
    config.layer_norm_epsilon = bad;
    EXPECT_TRUE(FailsWith(Validate(config), Code::kBadConfig, "layer_norm_epsilon"));
  }
}

TEST(Config, TheMlpIsFourTimesTheWidthUnlessItSays) {
  Config config = TinyConfig();
  EXPECT_EQ(config.inner(), 192);
  config.n_inner = 37;
  EXPECT_EQ(config.inner(), 37);
}

}  // namespace
}  // namespace variorum
