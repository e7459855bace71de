// The threads of one engine: our own kernels' and, for its linear layers, XNNPACK's.
#pragma once

#include <pthreadpool.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>

namespace variorum {

// A fork-join team. A step of the decoder is a few dozen short parallel loops, with little between them, so threads that wait
// spin for a while before they sleep: longer than the gap between two loops, much shorter than the gap between two steps, in
// which a browser's own threads want the cores. Work is divided evenly and in order, a contiguous range per thread, so that a
// thread reads memory in order; what a thread that the system has put aside has not begun is taken over by the others.
class ThreadPool {
 public:
  // Which library's loops the threads run; XNNPACK brings its own.
  enum class Kind { kTeam, kXnnpack };

  // `threads` ≥ 1 counts the calling thread; 1 starts none. Fewer, if not all can be started.
  explicit ThreadPool(size_t threads, Kind kind = Kind::kTeam);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Threads that really work.
  size_t threads() const { return threads_; }

  // Starting the others and waiting for them costs about as much as this many operations; less work is done faster by the
  // calling thread alone.
  static constexpr size_t kWorthSharing = 100'000;

  // The pool for an XNNPACK operator of `work` operations: null, which means the calling thread, if that is little.
  pthreadpool_t ForXnnpack(uint64_t work) const { return work < kWorthSharing ? nullptr : xnnpack_; }

  // Calls task(begin, end) for ranges that together are 0…count, each index being about `work` operations, and returns when all
  // are done. Ranges run at the same time, so tasks must not share what they write: then results do not depend on the threads.
  template <typename Task>
  void ParallelRanges(size_t count, size_t work, const Task& task) const {
    Share(count, work, [](const void* t, size_t begin, size_t end) { (*static_cast<const Task*>(t))(begin, end); }, &task);
  }
  // The same, with task(i) for every i < count.
  template <typename Task>
  void ParallelFor(size_t count, size_t work, const Task& task) const {
    ParallelRanges(count, work, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) task(i);
    });
  }

  // For tests: called on the thread of every range, before it.
  void SetProbe(std::function<void()> probe) { probe_ = std::move(probe); }

 private:
  using RangeFunction = void (*)(const void* task, size_t begin, size_t end);
  struct Team;

  void Share(size_t count, size_t work, RangeFunction function, const void* task) const;
  void Run(RangeFunction function, const void* task, size_t begin, size_t end) const;

  size_t threads_ = 1;
  pthreadpool_t xnnpack_ = nullptr;
  std::unique_ptr<Team> team_;
  std::function<void()> probe_;
};

}  // namespace variorum
