// A block of memory whose allocation can fail politely: std::vector would abort the module when memory runs out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "status.h"

namespace variorum {

// Elements are uninitialised. 64-byte aligned, and followed by kPadding readable bytes, because SIMD kernels (XNNPACK's
// among them) read whole vectors past the end.
template <typename T>
class Buffer {
 public:
  static constexpr size_t kPadding = 64;

  Buffer() = default;
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(data_); }

  // Makes room for `size` elements; what was there is lost. Keeps the memory if it is large enough already.
  Status Resize(size_t size) {
    if (size <= size_) return {};
    Free();
    void* memory = nullptr;
    if (size > (SIZE_MAX - kPadding) / sizeof(T) || posix_memalign(&memory, 64, size * sizeof(T) + kPadding) != 0) {
      return {Code::kOutOfMemory, "Not enough memory for " + std::to_string(size * sizeof(T)) +
                                      " bytes: close other tabs, use fewer variants, or load a smaller model."};
    }
    data_ = static_cast<T*>(memory);
    size_ = size;
    std::memset(data_ + size, 0, kPadding);
    return {};
  }
  void Free() {
    std::free(data_);
    data_ = nullptr;
    size_ = 0;
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace variorum
