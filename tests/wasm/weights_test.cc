// Weights: a checkpoint's tensors come in one by one; what does not fit is refused with a message that names it.

#include "model/weights.h"

#include <cmath>
#include <cstring>

#include "kernels/quantize.h"
#include "support.h"
#include "tiny_model.h"

namespace variorum {
namespace {

std::vector<float> LogitsOf(const TinyModel& model, Scheme scheme, Kernels kernels = Kernels::kOwn) {
  LoadedModel loaded(model, scheme, 1, kernels);
  Sequence sequence(loaded.decoder.slots());
  const std::vector<int32_t> ids = RandomIds(model.config, 12, 3);
  return Logits(loaded.decoder, sequence, ids, ids.size());
}

TEST(Weights, TensorsComeInAnyOrder) {
  for (const NamedConfig& named : TinyConfigs()) {
    const TinyModel plain = MakeTinyModel(named.config, 1), q8 = Quantized(plain), q4 = Quantized(plain, Scheme::kQ4);
    Random random(2);
    for (const auto& [model, scheme] : {std::pair{&plain, Scheme::kF32}, {&plain, Scheme::kQ8}, {&q8, Scheme::kQ8}, {&q4, Scheme::kQ4}}) {
      const std::vector<float> expected = LogitsOf(*model, scheme);
      for (int i = 0; i < 5; ++i) {
        TinyModel shuffled = *model;
        random.Shuffle(shuffled.tensors);
        ASSERT_TRUE(SameBits(LogitsOf(shuffled, scheme), expected)) << named.name;
      }
    }
  }
}

TEST(Weights, QuantisedOnLoadEqualsQuantisedBefore) {
  for (const NamedConfig& named : TinyConfigs()) {
    const TinyModel model = MakeTinyModel(named.config, 4);
    for (auto [scheme, kernels] : {std::pair{Scheme::kQ8, Kernels::kOwn}, {Scheme::kQ8, Kernels::kXnnpack}, {Scheme::kQ4, Kernels::kOwn}}) {
      EXPECT_TRUE(SameBits(LogitsOf(model, scheme, kernels), LogitsOf(Quantized(model, scheme), scheme, kernels))) << named.name;
    }
  }
}

TEST(Weights, HalfFloatsLoadAsTheFloatsTheyAre) {
  for (DType dtype : {DType::kF16, DType::kBF16}) {
    TinyModel half = MakeTinyModel(TinyConfig(), 5), same = half;
    Random random(6);
    for (size_t i = 0; i < half.tensors.size(); ++i) {
      StoredTensor& tensor = half.tensors[i];
      const size_t count = ElementCount(tensor.shape);
      std::vector<uint8_t> bytes(2 * count);
      for (size_t j = 0; j < count; ++j) {
        // Sign, exponent near 2⁻³, mantissa: of both formats.
        const uint32_t bits = uint32_t(random.Below(0x10000));
        const uint16_t stored = uint16_t(dtype == DType::kF16 ? (bits & 0x83ff) | 0x3000 : (bits & 0x807f) | 0x3e00);
        std::memcpy(&bytes[2 * j], &stored, 2);
      }
      tensor.dtype = dtype;
      tensor.bytes = bytes;
      same.tensors[i].Set(tensor.Floats());
    }
    for (Scheme scheme : kSchemes) EXPECT_TRUE(SameBits(LogitsOf(half, scheme), LogitsOf(same, scheme)));
  }
}

TEST(Weights, DoublesLoadAsTheFloatsNearest) {
  TinyModel doubles = MakeTinyModel(TinyConfig(), 5), same = doubles;
  Random random(7);
  for (size_t i = 0; i < doubles.tensors.size(); ++i) {
    StoredTensor& tensor = doubles.tensors[i];
    std::vector<double> values;
    for (float value : tensor.Floats()) values.push_back(double(value) * (1 + double(random.Below(1000)) * 1e-9));
    std::vector<float> rounded(values.begin(), values.end());
    tensor.dtype = DType::kF64;
    tensor.bytes.resize(8 * values.size());
    std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
    same.tensors[i].Set(rounded);
  }
  for (Scheme scheme : kSchemes) EXPECT_TRUE(SameBits(LogitsOf(doubles, scheme), LogitsOf(same, scheme)));
}

TEST(Weights, KnowsWhichTensorsItNeeds) {
  Config config = TinyConfig();
  const Weights f32(config, Scheme::kF32, Kernels::kOwn, kOneThread), q8(config, Scheme::kQ8, Kernels::kOwn, kOneThread);
  for (const StoredTensor& tensor : MakeTinyModel(config, 1).tensors) {
    EXPECT_TRUE(f32.Needs(tensor.name));
    EXPECT_TRUE(q8.Needs(tensor.name));
  }
  for (const char* other : {"h.0.attn.bias", "h.0.attn.masked_bias", "h.2.ln_1.weight", "lm_head.weight", "wpe.weight_scale", "", "wte"}) {
    EXPECT_FALSE(f32.Needs(other)) << other;
    EXPECT_FALSE(q8.Needs(other)) << other;
  }
  EXPECT_FALSE(f32.Needs("h.0.attn.c_attn.weight_scale"));
  EXPECT_TRUE(q8.Needs("h.0.attn.c_attn.weight_scale"));
  config.tie_word_embeddings = false;
  EXPECT_TRUE(Weights(config, Scheme::kF32, Kernels::kOwn, kOneThread).Needs("lm_head.weight"));
}

TEST(Weights, RefusesATensorItDoesNotNeed) {
  TinyModel model = MakeTinyModel(TinyConfig(), 1);
  model.tensors[3].name = "h.7.attn.c_attn.weight";
  EXPECT_TRUE(FailsWith(Load(model, Scheme::kF32), Code::kBadShard, "no tensor h.7.attn.c_attn.weight"));
}

TEST(Weights, RefusesAWrongShape) {
  for (Scheme scheme : kSchemes) {
    const TinyModel model = MakeTinyModel(TinyConfig(), 1);
    const uint32_t most = UINT32_MAX;
    const std::vector<uint32_t> shapes[] = {{144, 48}, {48}, {48, 144, 1}, {6912}, {}, {48, 145}, {0, 0}, {most, most, most}};
    for (const auto& shape : shapes) {
      Weights weights(model.config, scheme, Kernels::kOwn, kOneThread);
      Place place{reinterpret_cast<uint8_t*>(1), 1};
      const Status status = weights.Stage("h.0.attn.c_attn.weight", DType::kF32, shape, &place);
      EXPECT_TRUE(FailsWith(status, Code::kBadShard, "asks for [48, 144]"));
      EXPECT_EQ(place.bytes, nullptr);
      EXPECT_EQ(place.size, 0u);
    }
    Weights weights(model.config, scheme, Kernels::kOwn, kOneThread);
    Place place;
    EXPECT_TRUE(FailsWith(weights.Stage("wte.weight", DType::kF32, {98, 48}, &place), Code::kBadShard, "wte.weight has shape [98, 48]"));
  }
}

TEST(Weights, RefusesATypeThatDoesNotGoWithTheScheme) {
  const Config config = TinyConfig();
  Place place;
  Weights q8(config, Scheme::kQ8, Kernels::kOwn, kOneThread);
  EXPECT_TRUE(FailsWith(q8.Stage("wpe.weight", DType::kI8, {80, 48}, &place), Code::kBadShard, "wpe.weight is of a type"));
  EXPECT_TRUE(FailsWith(q8.Stage("ln_f.weight", DType::kI8, {48}, &place), Code::kBadShard, "is of a type"));
  EXPECT_TRUE(FailsWith(q8.Stage("h.0.mlp.c_fc.bias", DType::kI8, {192}, &place), Code::kBadShard, "is of a type"));
  EXPECT_TRUE(FailsWith(q8.Stage("wte.weight_scale", DType::kI8, {97}, &place), Code::kBadShard, "is of a type"));
  EXPECT_TRUE(Succeeds(q8.Stage("wte.weight", DType::kI8, {97, 48}, &place)));
  Weights f32(config, Scheme::kF32, Kernels::kOwn, kOneThread);
  EXPECT_TRUE(FailsWith(f32.Stage("wte.weight", DType::kI8, {97, 48}, &place), Code::kBadShard, "wte.weight is of a type"));
}

TEST(Weights, RefusesATensorThatComesTwice) {
  for (const TinyModel& model : {MakeTinyModel(TinyConfig(), 1), Quantized(MakeTinyModel(TinyConfig(), 1))}) {
    for (const StoredTensor& twice : model.tensors) {
      TinyModel doubled = model;
      doubled.tensors.push_back(twice);
      EXPECT_TRUE(FailsWith(Load(doubled, Scheme::kQ8), Code::kBadShard, twice.name + " occurs twice"));
    }
  }
}

TEST(Weights, NamesWhatIsMissing) {
  for (const TinyModel& model : {MakeTinyModel(TinyConfig(), 1), Quantized(MakeTinyModel(TinyConfig(), 1))}) {
    for (size_t i = 0; i < model.tensors.size(); ++i) {
      TinyModel partial = model;
      partial.tensors.erase(partial.tensors.begin() + long(i));
      EXPECT_TRUE(FailsWith(Load(partial, Scheme::kQ8), Code::kBadShard, "Tensor " + model.tensors[i].name + " is missing"));
    }
  }
  TinyModel partial = MakeTinyModel(TinyConfig(), 1);
  partial.tensors.resize(partial.tensors.size() - 3);
  EXPECT_TRUE(FailsWith(Load(partial, Scheme::kF32), Code::kBadShard, "and 2 more are missing"));
  EXPECT_TRUE(FailsWith(Load({TinyConfig(), {}}, Scheme::kF32), Code::kBadShard, "missing"));
}

TEST(Weights, AnUntiedHeadIsNeeded) {
  TinyModel model = MakeTinyModel(TinyConfig(), 1);
  model.config.tie_word_embeddings = false;
  EXPECT_TRUE(FailsWith(Load(model, Scheme::kF32), Code::kBadShard, "lm_head.weight is missing"));
}

TEST(Weights, RefusesNumbersThatAreNotFinite) {
  for (Scheme scheme : kSchemes) {
    const TinyModel sound = MakeTinyModel(TinyConfig(), 1);
    for (float bad : {NAN, INFINITY, -INFINITY}) {
      for (size_t i = 0; i < sound.tensors.size(); ++i) {
        TinyModel model = sound;
        std::vector<float> values = model.tensors[i].Floats();
        values[values.size() * 2 / 3] = bad;
        model.tensors[i].Set(values);
        EXPECT_TRUE(FailsWith(Load(model, scheme), Code::kBadShard, model.tensors[i].name + " holds numbers that are not finite"));
      }
    }
  }
}

TEST(Weights, ARowOfZerosInTheVocabularyHasLogitZero) {
  // Vocabularies are padded with such rows; their scale is 0.
  TinyModel model = MakeTinyModel(TinyConfig(), 7);
  std::vector<float> wte = model.At("wte.weight").Floats();
  for (size_t i = 0; i < 48; ++i) wte[96 * 48 + i] = 0;
  model.At("wte.weight").Set(wte);
  for (Scheme scheme : kSchemes) EXPECT_EQ(LogitsOf(model, scheme)[96], 0.0f);
  for (Scheme scheme : {Scheme::kQ8, Scheme::kQ4}) {
    EXPECT_TRUE(SameBits(LogitsOf(model, scheme), LogitsOf(Quantized(model, scheme), scheme)));
  }
}

TEST(Weights, ARefusedTensorLeavesNothingStaged) {
  const TinyModel model = MakeTinyModel(TinyConfig(), 1);
  Weights weights(model.config, Scheme::kF32, Kernels::kOwn, kOneThread);
  Place place;
  EXPECT_TRUE(Succeeds(weights.Commit(&place))) << "nothing is staged, nothing to do";
  ASSERT_TRUE(Succeeds(weights.Stage("ln_f.bias", DType::kF32, {48}, &place)));
  EXPECT_EQ(place.size, 48u * 4);
  EXPECT_FALSE(weights.Stage("ln_f.bias", DType::kF32, {49}, &place).ok());
  EXPECT_TRUE(Succeeds(weights.Commit(&place)));
  EXPECT_TRUE(Succeeds(LoadTensors(model.tensors, &weights))) << "ln_f.bias did not arrive before";
  EXPECT_TRUE(Succeeds(weights.Finish()));
}

TEST(AllFinite, SeesWhatIsNotAtAnyPlace) {
  for (size_t count : {0, 1, 4, 7, 33}) {
    std::vector<float> values(count, -3e38f);
    EXPECT_TRUE(AllFinite(values.data(), count));
    for (size_t at = 0; at < count; ++at) {
      for (float bad : {NAN, INFINITY, -INFINITY}) {
        std::vector<float> damaged = values;
        damaged[at] = bad;
        EXPECT_FALSE(AllFinite(damaged.data(), count));
      }
    }
  }
}

TEST(ElementCount, MultipliesAndDoesNotOverflow) {
  EXPECT_EQ(ElementCount({}), 1u);
  EXPECT_EQ(ElementCount({7}), 7u);
  EXPECT_EQ(ElementCount({50257, 768}), 50257u * 768);
  EXPECT_EQ(ElementCount({5, 0, 3}), 0u);
  EXPECT_EQ(ElementCount({1 << 24, 1 << 16}), SIZE_MAX);
  EXPECT_EQ(ElementCount({1u << 31, 2, 1u << 31, 4}), SIZE_MAX);
}

}  // namespace
}  // namespace variorum
