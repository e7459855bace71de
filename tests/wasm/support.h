// What all tests share: random numbers that are the same everywhere, comparisons to the bit, and checks of a Status.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "buffer.h"
#include "generate/philox.h"
#include "status.h"

namespace variorum {

// Integer arithmetic only, so that a test sees the same numbers in every engine and with every C library.
class Random {
 public:
  explicit Random(uint32_t seed) : seed_(seed) {}

  double Uniform() { return UniformAt(seed_, 0xA5A5A5A5, next_++); }  // in [0, 1)
  float Uniform(float least, float most) { return float(least + (double(most) - least) * Uniform()); }
  size_t Below(size_t n) { return size_t(Uniform() * double(n)); }
  // Mean 0, variance 1: close enough to a normal distribution.
  float Normal() { return float((Uniform() + Uniform() + Uniform() + Uniform() - 2) * 1.7320508075688772); }

  std::vector<float> Normals(size_t n, float deviation = 1, float mean = 0) {
    std::vector<float> values(n);
    for (float& value : values) value = mean + deviation * Normal();
    return values;
  }

  template <typename T>
  void Shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[Below(i)]);
  }

 private:
  uint32_t seed_;
  uint32_t next_ = 0;
};

// A Buffer with these values: what kernels that read past the end want.
inline Buffer<float> ToBuffer(std::span<const float> values) {
  Buffer<float> buffer;
  EXPECT_TRUE(buffer.Resize(values.size()).ok());
  for (size_t i = 0; i < values.size(); ++i) buffer[i] = values[i];
  return buffer;
}

inline testing::AssertionResult SameBits(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return testing::AssertionFailure() << a.size() << " and " << b.size() << " values";
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<uint32_t>(a[i]) != std::bit_cast<uint32_t>(b[i])) {
      return testing::AssertionFailure() << "value " << i << " of " << a.size() << ": " << a[i] << " and " << b[i];
    }
  }
  return testing::AssertionSuccess();
}

inline testing::AssertionResult Succeeds(const Status& status) {
  if (status.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << CodeName(status.code) << ": " << status.message;
}

// Whether `status` has this code and a message that contains `part`.
inline testing::AssertionResult FailsWith(const Status& status, Code code, std::string_view part) {
  if (status.code == code && status.message.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "got \"" << CodeName(status.code) << "\": " << status.message;
}

}  // namespace variorum
