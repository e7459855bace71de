// The threads of one engine. XNNPACK's operators and our own kernels share them.
#pragma once

#include <pthreadpool.h>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace variorum {

class ThreadPool {
 public:
  // `threads` ≥ 1 counts the calling thread; 1 starts none.
  explicit ThreadPool(size_t threads) : pool_(threads > 1 ? pthreadpool_create(threads) : nullptr) {}
  ~ThreadPool() { pthreadpool_destroy(pool_); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Threads that really work: 1 where they could not be started.
  size_t threads() const { return pool_ == nullptr ? 1 : pthreadpool_get_threads_count(pool_); }
  pthreadpool_t get() const { return pool_; }

  // Waking the threads and waiting for them costs about as much as this many floating-point operations; work below it
  // is done faster by the calling thread alone. In a browser, whose own threads want the same cores, it costs more.
  static constexpr size_t kWorthSharing = 300'000;

  // The pool for an XNNPACK operator of `work` operations: null, which means the calling thread, if that is little.
  pthreadpool_t For(uint64_t work) const { return work < kWorthSharing ? nullptr : pool_; }

  // Calls task(i) for every i < count, each of about `work` operations, and returns when all are done. Which thread runs
  // which i is not fixed, so tasks must not share what they write: then results do not depend on the number of threads.
  template <typename Task>
  void ParallelFor(size_t count, size_t work, const Task& task) const {
    if (count <= 1 || For(uint64_t{count} * work) == nullptr) {
      for (size_t i = 0; i < count; ++i) Run(task, i);
      return;
    }
    struct Call {
      const ThreadPool* self;
      const Task* task;
    } call{this, &task};
    pthreadpool_parallelize_1d(
        pool_, [](void* p, size_t i) { static_cast<Call*>(p)->self->Run(*static_cast<Call*>(p)->task, i); }, &call,
        count, /*flags=*/0);
  }

  // For tests: called on the thread of every ParallelFor task, before it.
  void SetProbe(std::function<void()> probe) { probe_ = std::move(probe); }

 private:
  template <typename Task>
  void Run(const Task& task, size_t i) const {
    if (probe_) probe_();
    task(i);
  }

  pthreadpool_t pool_;
  std::function<void()> probe_;
};

}  // namespace variorum
