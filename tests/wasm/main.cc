// Runs the tests. The last line of output is for the runners: "N passed, N failed".

#include <gtest/gtest.h>

#include <cstdio>

#include "kernels/xnnpack_linear.h"

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
