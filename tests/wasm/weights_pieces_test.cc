// A tensor comes in piece by piece, so that no second copy of the model is ever in memory: what the pieces are, and what
// becomes of a tensor that does not come whole.

#include <cmath>
#include <cstring>

#include "support.h"
#include "tiny_model.h"

namespace variorum {
namespace {

// Matrices of several pieces in every form.
Config LargeConfig() {
  Config config = TinyConfig();
  config.vocab_size = 6000;
  config.n_embd = 96;
  config.n_inner = 3100;
  config.n_layer = 1;
  return config;
}

// The sizes of a tensor's pieces, which are filled with its bytes.
std::vector<size_t> Pieces(Weights& weights, const StoredTensor& tensor) {
  std::vector<size_t> sizes;
  Place place;
  EXPECT_TRUE(Succeeds(weights.Stage(tensor.name, tensor.dtype, tensor.shape, &place)));
  size_t at = 0;
  while (place.bytes != nullptr) {
    std::memcpy(place.bytes, tensor.bytes.data() + at, place.size);
    at += place.size;
    sizes.push_back(place.size);
    EXPECT_TRUE(Succeeds(weights.Commit(&place)));
  }
  EXPECT_EQ(at, tensor.bytes.size());
  return sizes;
}

TEST(WeightsInPieces, ALargeTensorNeedsLittleMemoryAtATime) {
  const TinyModel floats = MakeTinyModel(LargeConfig(), 1);
  for (auto [scheme, stored] : {std::pair{Scheme::kF32, false}, {Scheme::kQ8, false}, {Scheme::kQ8, true}, {Scheme::kQ4, true}}) {
    const TinyModel model = stored ? Quantized(floats, scheme) : floats;
    Weights weights(model.config, scheme, Kernels::kOwn, kOneThread);
    for (const char* name : {"wte.weight", "h.0.mlp.c_proj.weight", "h.0.mlp.c_fc.weight"}) {
      const StoredTensor& tensor = model.At(name);
      // A scale depends on all inputs of its channel, so a matrix whose rows are inputs has to be whole to be quantised.
      const bool whole = scheme != Scheme::kF32 && !stored && tensor.name != "wte.weight";
      const std::vector<size_t> sizes = Pieces(weights, tensor);
      if (whole) {
        EXPECT_EQ(sizes.size(), 1u) << name;
      } else if (tensor.bytes.size() > 512 << 10) {
        EXPECT_GT(sizes.size(), 1u) << name;
        for (size_t size : sizes) EXPECT_LE(size, 512u << 10) << name;
      }
      for (size_t i = 1; i + 1 < sizes.size(); ++i) EXPECT_EQ(sizes[i], sizes[0]) << "all but the last are equal";
    }
  }
}

TEST(WeightsInPieces, GiveTheModelTheyAreTheWeightsOf) {
  const TinyModel model = MakeTinyModel(LargeConfig(), 2);
  const std::vector<int32_t> ids = RandomIds(model.config, 4, 3);
  for (auto [scheme, kernels] : {std::pair{Scheme::kF32, Kernels::kOwn},
                                 {Scheme::kQ8, Kernels::kOwn},
                                 {Scheme::kQ8, Kernels::kXnnpack},
                                 {Scheme::kQ4, Kernels::kOwn}}) {
    // The same weights as floats that need no rounding: f32 reads them in pieces of other sizes.
    const TinyModel rounded = scheme == Scheme::kF32 ? model : Rounded(model, scheme);
    LoadedModel reference(rounded, Scheme::kF32, 1), floats(model, scheme, 1, kernels);
    LoadedModel stored(scheme == Scheme::kF32 ? model : Quantized(model, scheme), scheme, 1, kernels);
    Sequence a(reference.decoder.slots()), b(floats.decoder.slots()), c(stored.decoder.slots());
    const std::vector<float> expected = Logits(reference.decoder, a, ids, 4), got = Logits(floats.decoder, b, ids, 4);
    EXPECT_TRUE(SameBits(got, Logits(stored.decoder, c, ids, 4)));
    double error = 0, power = 0;
    for (size_t i = 0; i < got.size(); ++i) error += std::pow(got[i] - expected[i], 2), power += std::pow(expected[i], 2);
    EXPECT_LT(std::sqrt(error / power), 0.05);
  }
}

TEST(WeightsInPieces, DamageInAnyPieceIsSeen) {
  const TinyModel model = MakeTinyModel(LargeConfig(), 3);
  const StoredTensor& wte = model.At("wte.weight");
  for (Scheme scheme : {Scheme::kF32, Scheme::kQ8}) {
    Weights sound(model.config, scheme, Kernels::kOwn, kOneThread);
    const size_t pieces = Pieces(sound, wte).size();
    ASSERT_GT(pieces, 2u);
    for (size_t bad : {size_t{0}, size_t{1}, pieces - 1}) {
      Weights weights(model.config, scheme, Kernels::kOwn, kOneThread);
      Place place;
      ASSERT_TRUE(Succeeds(weights.Stage(wte.name, wte.dtype, wte.shape, &place)));
      size_t at = 0;
      Status status;
      for (size_t piece = 0; place.bytes != nullptr; ++piece) {
        ASSERT_TRUE(Succeeds(status)) << "piece " << piece;
        std::memcpy(place.bytes, wte.bytes.data() + at, place.size);
        at += place.size;
        const float nan = NAN;
        if (piece == bad) std::memcpy(place.bytes + place.size - 4, &nan, 4);
        status = weights.Commit(&place);
        if (piece == bad) break;
      }
      EXPECT_TRUE(FailsWith(status, Code::kBadShard, "Tensor wte.weight holds numbers that are not finite"));
      EXPECT_EQ(place.bytes, nullptr);
      EXPECT_EQ(place.size, 0u);
      // The tensor has not arrived, and may come again.
      EXPECT_TRUE(Succeeds(LoadTensors(model.tensors, &weights)));
      EXPECT_TRUE(Succeeds(weights.Finish()));
    }
  }
}

TEST(WeightsInPieces, ATensorThatIsGivenUpMayComeAgain) {
  const TinyModel model = MakeTinyModel(LargeConfig(), 4);
  const StoredTensor& wte = model.At("wte.weight");
  for (Scheme scheme : {Scheme::kF32, Scheme::kQ8}) {
    Weights weights(model.config, scheme, Kernels::kOwn, kOneThread);
    Place place;
    ASSERT_TRUE(Succeeds(weights.Stage(wte.name, wte.dtype, wte.shape, &place)));
    std::memset(place.bytes, 0, place.size);
    ASSERT_TRUE(Succeeds(weights.Commit(&place)));
    ASSERT_NE(place.bytes, nullptr);
    EXPECT_TRUE(FailsWith(weights.Finish(), Code::kBadShard, "wte.weight")) << "it did not come whole";
    ASSERT_TRUE(Succeeds(LoadTensors(model.tensors, &weights)));
    ASSERT_TRUE(Succeeds(weights.Finish()));
    ThreadPool pool(1, ThreadPool::Kind::kXnnpack);
    CpuDecoder decoder(model.config, weights, pool);
    LoadedModel reference(model, scheme, 1);
    Sequence a(decoder.slots()), b(reference.decoder.slots());
    const std::vector<int32_t> ids = RandomIds(model.config, 3, 5);
    EXPECT_TRUE(SameBits(Logits(decoder, a, ids, 3), Logits(reference.decoder, b, ids, 3)));
  }
}

}  // namespace
}  // namespace variorum
