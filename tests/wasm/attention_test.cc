// Attend against its definition, and that its bits depend on positions only, not on where the cache holds them.

#include "kernels/attention.h"

#include <cmath>
#include <numeric>

#include "support.h"

namespace variorum {
namespace {

// One layer's keys and values of 96 positions and H heads of D numbers, between those of other layers.
class Cache {
 public:
  static constexpr size_t kSlots = 3 * KvLayer::kSlotsPerBlock;

  Cache(size_t H, size_t D, const std::vector<int32_t>& slots, uint32_t seed)
      : slots(slots), layer{nullptr, 2 * KvLayer::kSlotsPerBlock * H * D, H * D, D} {
    const size_t C = H * D;
    Random random(seed);
    for (size_t b = 0; b < kSlots / KvLayer::kSlotsPerBlock; ++b) {
      // Three layers; what is not written below must not be read.
      blocks_.emplace_back(3 * 2 * KvLayer::kSlotsPerBlock * C, NAN);
    }
    for (auto& block : blocks_) data_.push_back(block.data());
    layer.blocks = data_.data();
    for (int32_t slot : slots) {  // in the order of positions, so that positions have the same content in any slots
      for (size_t h = 0; h < H; ++h) {
        for (size_t d = 0; d < D; ++d) layer.key(slot, h)[d] = random.Normal();
        for (size_t d = 0; d < D; ++d) layer.value(slot, h)[d] = random.Normal();
      }
    }
  }

  std::vector<int32_t> slots;
  KvLayer layer;

 private:
  std::vector<std::vector<float>> blocks_;
  std::vector<float*> data_;
};

std::vector<int32_t> Ordered() {
  std::vector<int32_t> slots(Cache::kSlots);
  std::iota(slots.begin(), slots.end(), 0);
  return slots;
}

std::vector<float> Query(size_t D) {
  Random random(77);
  return random.Normals(D);
}

// Attention of that query, with guards behind the scratch and the result.
std::vector<float> Attended(const Cache& cache, size_t count, size_t head, float scale) {
  const size_t D = cache.layer.D, scratch = AttentionScratch(count);
  const std::vector<float> q = Query(D);
  std::vector<float> scores(scratch + 4, 123.0f), out(D + 4, 123.0f);
  Attend(q.data(), cache.layer, cache.slots.data(), count, head, scale, scores.data(), out.data());
  for (size_t i = scratch; i < scores.size(); ++i) EXPECT_EQ(scores[i], 123.0f) << "wrote past the scratch, count " << count;
  for (size_t i = D; i < out.size(); ++i) EXPECT_EQ(out[i], 123.0f) << "wrote past the result, D " << D;
  out.resize(D);
  return out;
}

TEST(Attention, MatchesItsDefinitionForAnyHeadSizeAndLength) {
  for (size_t D : {1, 2, 3, 4, 5, 7, 8, 13, 24, 31, 32, 33, 36, 64, 67, 80}) {
    const Cache cache(3, D, Ordered(), uint32_t(D));
    const std::vector<float> q = Query(D);
    const float scale = 1.0f / std::sqrt(float(D));
    for (size_t count = 1; count <= 40; ++count) {
      for (size_t head = 0; head < 3; ++head) {
        const std::vector<float> out = Attended(cache, count, head, scale);
        std::vector<float> expected(D);
        AttendReference(q.data(), cache.layer, cache.slots.data(), count, head, scale, expected.data());
        for (size_t d = 0; d < D; ++d) ASSERT_NEAR(out[d], expected[d], 3e-6) << "D " << D << " count " << count << " d " << d;
      }
    }
  }
}

TEST(Attention, ShuffledSlotsGiveTheSameBits) {
  Random random(5);
  for (size_t D : {5, 24, 32, 64, 80}) {
    const Cache ordered(2, D, Ordered(), 9);
    std::vector<int32_t> slots = Ordered();
    random.Shuffle(slots);
    const Cache shuffled(2, D, slots, 9);
    for (size_t count : {1, 2, 31, 32, 33, 40, 65, 96}) {
      EXPECT_TRUE(SameBits(Attended(ordered, count, 1, 0.3f), Attended(shuffled, count, 1, 0.3f))) << "D " << D << " count " << count;
    }
  }
}

TEST(Attention, OverOnePositionIsItsValue) {
  for (size_t D : {5, 16}) {
    const Cache cache(1, D, Ordered(), 3);
    const std::vector<float> out = Attended(cache, 1, 0, 1);
    EXPECT_TRUE(SameBits(out, {cache.layer.value(0, 0), D}));
  }
}

TEST(Attention, SurvivesScoresThatExpCannotHold) {
  const size_t D = 8, count = 10;
  const Cache cache(1, D, Ordered(), 4);
  const std::vector<float> q = Query(D);
  for (float scale : {1e3f, -1e3f, 1e20f}) {
    const std::vector<float> out = Attended(cache, count, 0, scale);
    std::vector<float> expected(D);
    AttendReference(q.data(), cache.layer, cache.slots.data(), count, 0, scale, expected.data());
    for (size_t d = 0; d < D; ++d) EXPECT_NEAR(out[d], expected[d], 1e-5) << "scale " << scale;
  }
}

TEST(Attention, ANaNInQueryOrKeyIsNotLost) {
  const size_t D = 6, count = 9;
  Cache cache(1, D, Ordered(), 4);
  cache.layer.key(cache.slots[5], 0)[3] = NAN;
  for (float v : Attended(cache, count, 0, 1)) EXPECT_TRUE(std::isnan(v));
  for (float v : Attended(cache, 5, 0, 1)) EXPECT_TRUE(std::isfinite(v)) << "position 5 is not attended to";
}

}  // namespace
}  // namespace variorum
