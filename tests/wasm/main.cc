// Runs the tests. The last line of output is for the runners: "N passed, N failed".

#include <gtest/gtest.h>

#include <cstdio>

#include "kernels/xnnpack_linear.h"

#if __has_feature(address_sanitizer)
// What asks for too much memory gets none, as without the sanitizer; and what is freed is kept in view only for a while.
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:quarantine_size_mb=8";
}  // NOLINT(bugprone-reserved-identifier)
#endif

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const variorum::Status status = variorum::InitializeXnnpack(); !status.ok()) {
    std::printf("%s\n", status.message.c_str());
    return 1;
  }
  const int result = RUN_ALL_TESTS();
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  const int passed = tests.successful_test_count(), failed = tests.failed_test_count();
  std::printf("%d passed, %d failed\n", passed, failed);
  std::fflush(stdout);
  return result != 0 || passed + failed == 0;
}
