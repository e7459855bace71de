// Buffer and Status: memory that can run out politely.

#include "buffer.h"

#include <string>

#include "support.h"

namespace variorum {
namespace {

TEST(Buffer, IsAlignedAndFollowedByReadableZeros) {
  for (size_t size : {1u, 2u, 3u, 17u, 64u, 1000u}) {
    Buffer<float> buffer;
    ASSERT_TRUE(Succeeds(buffer.Resize(size)));
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    const char* end = reinterpret_cast<const char*>(buffer.data() + size);
    for (size_t i = 0; i < Buffer<float>::kPadding; ++i) EXPECT_EQ(end[i], 0);
  }
}

TEST(Buffer, KeepsItsMemoryWhenLessIsAskedFor) {
  Buffer<int32_t> buffer;
  ASSERT_TRUE(Succeeds(buffer.Resize(100)));
  const int32_t* before = buffer.data();
  ASSERT_TRUE(Succeeds(buffer.Resize(10)));
  EXPECT_EQ(buffer.data(), before);
  EXPECT_EQ(buffer.size(), 100u);
}

TEST(Buffer, ReportsThatMemoryRanOutAndStaysUsable) {
  Buffer<float> buffer;
  ASSERT_TRUE(Succeeds(buffer.Resize(8)));
  for (size_t impossible : {size_t{900'000'000}, SIZE_MAX / 4, SIZE_MAX / 2, SIZE_MAX}) {
    EXPECT_TRUE(FailsWith(buffer.Resize(impossible), Code::kOutOfMemory, "Not enough memory"));
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.data(), nullptr);
  }
  ASSERT_TRUE(Succeeds(buffer.Resize(8)));
  buffer[7] = 1;
  EXPECT_EQ(buffer.size(), 8u);
}

TEST(Buffer, MovesItsMemory) {
  Buffer<int32_t> a;
  ASSERT_TRUE(Succeeds(a.Resize(3)));
  a[2] = 42;
  const int32_t* memory = a.data();
  Buffer<int32_t> b = std::move(a);
  EXPECT_EQ(b.data(), memory);
  EXPECT_EQ(b[2], 42);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): what is left is promised
  b.Free();
  EXPECT_TRUE(b.empty());
}

TEST(Status, CodesHaveTheNamesThatTypeScriptKnows) {
  EXPECT_TRUE(Status().ok());
  EXPECT_STREQ(CodeName(Code::kOk), "");
  EXPECT_STREQ(CodeName(Code::kBadConfig), "bad-config");
  EXPECT_STREQ(CodeName(Code::kBadShard), "bad-shard");
  EXPECT_STREQ(CodeName(Code::kBadOption), "bad-option");
  EXPECT_STREQ(CodeName(Code::kContextFull), "context-full");
  EXPECT_STREQ(CodeName(Code::kOutOfMemory), "out-of-memory");
  EXPECT_STREQ(CodeName(Code::kUnsupported), "unsupported");
}

TEST(Status, TryReturnsTheFirstFailure) {
  int calls = 0;
  const auto call = [&](Code code) -> Status {
    ++calls;
    return {code, "message"};
  };
  const auto both = [&](Code first, Code second) -> Status {
    VARIORUM_TRY(call(first));
    VARIORUM_TRY(call(second));
    return {};
  };
  EXPECT_TRUE(Succeeds(both(Code::kOk, Code::kOk)));
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(FailsWith(both(Code::kBadShard, Code::kBadConfig), Code::kBadShard, "message"));
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace variorum
