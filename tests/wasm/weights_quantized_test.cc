// Quantised tensors as files hold them: what Weights takes, and what it refuses, by a message that names it.

#include <cmath>
#include <cstring>

#include "support.h"
#include "tiny_model.h"

namespace variorum {
namespace {

constexpr Scheme kQuantized[] = {Scheme::kQ8, Scheme::kQ4};

Status Staged(Scheme scheme, const std::string& name, DType dtype, const std::vector<uint32_t>& shape) {
  Config config = TinyConfig();
  config.n_inner = 33;  // an odd number of inputs
  Weights weights(config, scheme, Kernels::kOwn, kOneThread);
  Place place;
  return weights.Stage(name, dtype, shape, &place);
}

TEST(QuantizedWeights, HaveTheTypesOfTheirScheme) {
  const std::string linear = "h.0.mlp.c_proj.weight", wte = "wte.weight";
  EXPECT_TRUE(Succeeds(Staged(Scheme::kQ8, linear, DType::kI8, {33, 48})));
  EXPECT_TRUE(Succeeds(Staged(Scheme::kQ4, linear, DType::kU8, {17, 48})));
  EXPECT_TRUE(Succeeds(Staged(Scheme::kQ4, wte, DType::kI8, {97, 48}))) << "the embedding of a q4 model is q8";
  for (DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    EXPECT_TRUE(Succeeds(Staged(Scheme::kQ8, linear, dtype, {33, 48})));
    EXPECT_TRUE(Succeeds(Staged(Scheme::kQ4, linear, dtype, {33, 48})));
    EXPECT_TRUE(Succeeds(Staged(Scheme::kQ8, linear + "_scale", dtype, {48})));
    EXPECT_TRUE(Succeeds(Staged(Scheme::kQ4, wte + "_scale", dtype, {97})));
  }
  EXPECT_TRUE(Succeeds(Staged(Scheme::kQ4, linear + "_scale", DType::kF16, {2, 48})));

  const auto refused = [](Scheme scheme, const std::string& name, DType dtype, const std::vector<uint32_t>& shape) {
    EXPECT_TRUE(FailsWith(Staged(scheme, name, dtype, shape), Code::kBadShard, "Tensor " + name + " is of a type")) << int(dtype);
  };
  refused(Scheme::kF32, linear, DType::kI8, {33, 48});
  refused(Scheme::kF32, linear, DType::kU8, {17, 48});
  refused(Scheme::kQ8, linear, DType::kU8, {17, 48});
  refused(Scheme::kQ4, linear, DType::kI8, {33, 48});
  refused(Scheme::kQ4, wte, DType::kU8, {49, 48});
  for (DType dtype : {DType::kF32, DType::kBF16, DType::kI8, DType::kU8}) refused(Scheme::kQ4, linear + "_scale", dtype, {2, 48});
  for (DType dtype : {DType::kI8, DType::kU8}) refused(Scheme::kQ8, linear + "_scale", dtype, {48});
}

TEST(QuantizedWeights, HaveTheShapesOfTheirScheme) {
  const std::string linear = "h.0.mlp.c_proj.weight";
  const auto refused = [](Scheme scheme, const std::string& name, DType dtype, const std::vector<uint32_t>& shape, const char* asks) {
    EXPECT_TRUE(FailsWith(Staged(scheme, name, dtype, shape), Code::kBadShard, asks)) << name;
  };
  refused(Scheme::kQ8, linear, DType::kI8, {48, 33}, "asks for [33, 48]");
  refused(Scheme::kQ8, linear + "_scale", DType::kBF16, {33}, "asks for [48]");
  refused(Scheme::kQ8, linear + "_scale", DType::kBF16, {1, 48}, "asks for [48]");
  for (uint32_t rows : {0, 16, 18, 33}) refused(Scheme::kQ4, linear, DType::kU8, {rows, 48}, "asks for [17, 48]");
  refused(Scheme::kQ4, linear, DType::kF32, {17, 48}, "asks for [33, 48]");
  for (uint32_t groups : {0, 1, 3, 33}) refused(Scheme::kQ4, linear + "_scale", DType::kF16, {groups, 48}, "asks for [2, 48]");
  refused(Scheme::kQ4, linear + "_scale", DType::kF16, {48}, "asks for [2, 48]");
}

TEST(QuantizedWeights, NeedTheirScales) {
  for (Scheme scheme : kQuantized) {
    const TinyModel model = Quantized(MakeTinyModel(TinyConfig(), 1), scheme);
    for (const StoredTensor& tensor : model.tensors) {
      if (!model.Has(tensor.name + "_scale")) continue;
      TinyModel partial = model;
      std::erase_if(partial.tensors, [&](const StoredTensor& other) { return other.name == tensor.name + "_scale"; });
      EXPECT_TRUE(FailsWith(Load(partial, scheme), Code::kBadShard, "Tensor " + tensor.name + "_scale is missing"));
    }
  }
}

TEST(QuantizedWeights, RefuseWhatIsNotOfSevenBits) {
  for (Kernels kernels : {Kernels::kOwn, Kernels::kXnnpack}) {
    for (int bad : {-64, 64, 127, -128}) {
      for (const char* name : {"h.1.mlp.c_fc.weight", "wte.weight"}) {
        TinyModel model = Quantized(MakeTinyModel(TinyConfig(), 1));
        model.At(name).bytes[1000] = uint8_t(int8_t(bad));
        EXPECT_TRUE(FailsWith(Load(model, Scheme::kQ8, kernels), Code::kBadShard, std::string(name) + " has values beyond"));
      }
    }
  }
}

TEST(QuantizedWeights, RefuseScalesThatAreNegativeOrNotFinite) {
  for (Scheme scheme : kQuantized) {
    const TinyModel sound = Quantized(MakeTinyModel(TinyConfig(), 1), scheme);
    ASSERT_TRUE(Succeeds(Load(sound, scheme)));
    for (const char* matrix : {"h.1.mlp.c_fc.weight", "wte.weight"}) {
      const std::string name = std::string(matrix) + "_scale";
      for (float bad : {NAN, INFINITY, -INFINITY, -0.01f}) {
        TinyModel model = sound;
        StoredTensor& scales = model.At(name);
        const uint16_t stored = scales.dtype == DType::kF16 ? FloatToHalf(bad) : uint16_t(std::bit_cast<uint32_t>(bad) >> 16);
        std::memcpy(&scales.bytes[2 * 7], &stored, 2);
        EXPECT_TRUE(FailsWith(Load(model, scheme), Code::kBadShard, name + " holds scales that are negative or not finite")) << bad;
      }
    }
  }
}

TEST(QuantizedWeights, RefuseScalesOfAMatrixThatIsNotQuantised) {
  // In whatever order the two come.
  for (Scheme scheme : kQuantized) {
    const TinyModel floats = MakeTinyModel(TinyConfig(), 1);
    for (const char* name : {"wte.weight", "h.0.attn.c_proj.weight"}) {
      TinyModel model = Quantized(floats, scheme);
      model.At(name) = floats.At(name);
      EXPECT_TRUE(FailsWith(Load(model, scheme), Code::kBadShard, name));
      std::reverse(model.tensors.begin(), model.tensors.end());
      EXPECT_TRUE(FailsWith(Load(model, scheme), Code::kBadShard, name));
    }
  }
}

TEST(QuantizedWeights, MayStandBesideFloatsInOneModel) {
  // A matrix at a time, as it comes.
  for (Scheme scheme : kQuantized) {
    const TinyModel floats = MakeTinyModel(TinyConfig(), 2), quantized = Quantized(floats, scheme);
    TinyModel mixed = floats;
    mixed.At("h.0.mlp.c_fc.weight") = quantized.At("h.0.mlp.c_fc.weight");
    mixed.tensors.push_back(quantized.At("h.0.mlp.c_fc.weight_scale"));
    LoadedModel a(floats, scheme, 1), b(mixed, scheme, 1);
    const std::vector<int32_t> ids = RandomIds(TinyConfig(), 9, 3);
    Sequence left(a.decoder.slots()), right(b.decoder.slots());
    EXPECT_TRUE(SameBits(Logits(a.decoder, left, ids, 9), Logits(b.decoder, right, ids, 9)));
  }
}

}  // namespace
}  // namespace variorum
