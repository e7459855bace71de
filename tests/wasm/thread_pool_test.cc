// Threads: that they really run, that every task runs once, and that the decoder uses them.

#include "thread_pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "support.h"
#include "tiny_model.h"

namespace variorum {
namespace {

// A place where threads wait for each other, with a limit: no luck is needed to see them all, and no test hangs.
class Rendezvous {
 public:
  explicit Rendezvous(size_t threads) : threads_(threads) {}

  // Returns when all threads have been here, or after `limit`.
  void Arrive(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    seen_.insert(std::this_thread::get_id());
    if (seen_.size() >= threads_) all_here_.notify_all();
    all_here_.wait_for(lock, limit, [this] { return seen_.size() >= threads_; });
  }
  size_t seen() {
    std::lock_guard lock(mutex_);
    return seen_.size();
  }

 private:
  const size_t threads_;
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::set<std::thread::id> seen_;
};

TEST(ThreadPool, ReallyRunsTasksOnItsThreads) {
  for (size_t threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    Rendezvous rendezvous(threads);
    pool.ParallelFor(threads * 4, ThreadPool::kWorthSharing, [&](size_t) { rendezvous.Arrive(std::chrono::seconds(10)); });
    EXPECT_EQ(rendezvous.seen(), threads);
  }
}

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (size_t threads : {1, 2, 3}) {
    const ThreadPool pool(threads);
    for (size_t work : {size_t{1}, ThreadPool::kWorthSharing}) {
      for (size_t count : {0, 1, 2, 3, 5, 7, 31, 1000}) {
        std::vector<std::atomic<int>> runs(count);
        pool.ParallelFor(count, work, [&](size_t i) { ++runs[i]; });
        for (auto& times : runs) EXPECT_EQ(times, 1);
      }
    }
  }
}

TEST(ThreadPool, DoesLittleWorkOnTheCallingThread) {
  ThreadPool pool(2);
  std::set<std::thread::id> seen;
  pool.SetProbe([&] { seen.insert(std::this_thread::get_id()); });  // no lock: one thread only
  pool.ParallelFor(10, ThreadPool::kWorthSharing / 10 - 1, [](size_t) {});
  pool.ParallelFor(1, ThreadPool::kWorthSharing, [](size_t) {});
  EXPECT_EQ(seen, std::set{std::this_thread::get_id()});
  EXPECT_EQ(pool.For(ThreadPool::kWorthSharing - 1), nullptr);
  EXPECT_EQ(pool.For(ThreadPool::kWorthSharing), pool.get());
}

TEST(ThreadPool, TheProbeSeesEveryTask) {
  ThreadPool pool(2);
  std::atomic<int> calls = 0;
  pool.SetProbe([&] { ++calls; });
  pool.ParallelFor(7, 1, [](size_t) {});
  pool.ParallelFor(9, ThreadPool::kWorthSharing, [](size_t) {});
  EXPECT_EQ(calls, 16);
}

TEST(ThreadPool, AStepOfTheDecoderRunsOnTwoThreads) {
  Config config = TinyConfig();
  config.n_inner = 4096;  // activations of 32 rows are worth sharing
  LoadedModel model(MakeTinyModel(config, 1), Scheme::kF32, 2);
  Rendezvous rendezvous(2);
  // Tasks too small to be shared come by here too, alone and in vain, so the wait is short and the step is repeated.
  model.pool.SetProbe([&] { rendezvous.Arrive(std::chrono::milliseconds(1)); });
  const std::vector<int32_t> ids(Decoder::kMaxRows, 5);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (rendezvous.seen() < 2 && std::chrono::steady_clock::now() < limit) {
    Sequence sequence(model.decoder.slots());
    Logits(model.decoder, sequence, ids, ids.size());
  }
  EXPECT_EQ(rendezvous.seen(), 2u);
}

TEST(ThreadPool, AStepOfOneThreadStaysOnIt) {
  Config config = TinyConfig();
  config.n_inner = 4096;
  LoadedModel model(MakeTinyModel(config, 1), Scheme::kF32, 1);
  std::set<std::thread::id> seen;
  model.pool.SetProbe([&] { seen.insert(std::this_thread::get_id()); });
  Sequence sequence(model.decoder.slots());
  Logits(model.decoder, sequence, std::vector<int32_t>(Decoder::kMaxRows, 5), Decoder::kMaxRows);
  EXPECT_EQ(seen, std::set{std::this_thread::get_id()});
}

}  // namespace
}  // namespace variorum
