// Threads: that they really run, that every task runs once, that they wake up, and that the decoder uses them.

#include "thread_pool.h"

#include <algorithm>
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

class ThreadPoolTest : public testing::TestWithParam<ThreadPool::Kind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, ThreadPoolTest, testing::Values(ThreadPool::Kind::kTeam, ThreadPool::Kind::kXnnpack),
                         [](const auto& info) { return info.param == ThreadPool::Kind::kTeam ? "Team" : "Xnnpack"; });

TEST_P(ThreadPoolTest, ReallyRunsTasksOnItsThreads) {
  for (size_t threads : {1, 2, 3}) {
    ThreadPool pool(threads, GetParam());
    EXPECT_EQ(pool.threads(), threads);
    Rendezvous rendezvous(threads);
    pool.ParallelFor(threads * 4, ThreadPool::kWorthSharing, [&](size_t) { rendezvous.Arrive(std::chrono::seconds(10)); });
    EXPECT_EQ(rendezvous.seen(), threads);
  }
}

TEST_P(ThreadPoolTest, RunsEveryTaskOnce) {
  for (size_t threads : {1, 2, 3}) {
    const ThreadPool pool(threads, GetParam());
    for (size_t work : {size_t{1}, ThreadPool::kWorthSharing}) {
      for (size_t count : {0, 1, 2, 3, 5, 7, 31, 1000}) {
        std::vector<std::atomic<int>> runs(count);
        pool.ParallelFor(count, work, [&](size_t i) { ++runs[i]; });
        for (auto& times : runs) EXPECT_EQ(times, 1);
      }
    }
  }
}

using Range = std::pair<size_t, size_t>;

// The ranges of one loop, in their order.
std::vector<Range> Ranges(const ThreadPool& pool, size_t count, size_t work) {
  std::mutex mutex;
  std::vector<Range> ranges;
  pool.ParallelRanges(count, work, [&](size_t begin, size_t end) {
    std::lock_guard lock(mutex);
    ranges.emplace_back(begin, end);
  });
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

TEST_P(ThreadPoolTest, DividesWorkEvenlyAndInOrder) {
  for (size_t threads : {1, 2, 3}) {
    const ThreadPool pool(threads, GetParam());
    for (size_t count : {1, 2, 3, 4, 5, 8, 100, 1001}) {
      const std::vector<Range> ranges = Ranges(pool, count, ThreadPool::kWorthSharing);
      size_t next = 0;
      for (auto [begin, end] : ranges) {
        EXPECT_EQ(begin, next);
        EXPECT_GT(end, begin) << "an empty range is no range";
        // A loop of one index is not worth waking anybody.
        if (count > 1) EXPECT_LE(end - begin, (count + threads - 1) / threads);
        next = end;
      }
      EXPECT_EQ(next, count);
    }
    EXPECT_EQ(Ranges(pool, 1000, 1), (std::vector<Range>{{0, 1000}})) << "little work is not divided";
    EXPECT_TRUE(Ranges(pool, 0, ThreadPool::kWorthSharing).empty());
  }
}

TEST_P(ThreadPoolTest, ThreadsThatSleepWakeUp) {
  // Pauses around the time that a waiting thread spins, and far beyond it, when every thread sleeps.
  ThreadPool pool(3, GetParam());
  Random random(1);
  size_t total = 0, expected = 0;
  for (int loop = 0; loop < 400; ++loop) {
    std::vector<size_t> sums(3);
    pool.ParallelFor(3, ThreadPool::kWorthSharing, [&](size_t i) {
      if (size_t(loop) % 5 == i) std::this_thread::sleep_for(std::chrono::microseconds(100));  // the others wait, spin or sleep
      sums[i] = i + 1;
    });
    for (size_t sum : sums) total += sum;
    expected += 6;
    std::this_thread::sleep_for(std::chrono::microseconds(random.Below(400)));
  }
  EXPECT_EQ(total, expected);
  for (int loop = 0; loop < 3; ++loop) {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    Rendezvous rendezvous(3);
    pool.ParallelFor(3, ThreadPool::kWorthSharing, [&](size_t) { rendezvous.Arrive(std::chrono::seconds(10)); });
    EXPECT_EQ(rendezvous.seen(), 3u);
  }
}

TEST_P(ThreadPoolTest, EndsItsThreadsWhateverTheyDo) {
  // More threads in all than there are workers: a thread that did not end would be missing from a later pool.
  for (int pause : {-1, 0, 1, 30}) {  // milliseconds after a loop; −1: no loop at all
    for (int i = 0; i < 3; ++i) {
      ThreadPool pool(3, GetParam());
      ASSERT_EQ(pool.threads(), 3u);
      if (pause < 0) continue;
      std::atomic<int> runs = 0;
      pool.ParallelFor(3, ThreadPool::kWorthSharing, [&](size_t) { ++runs; });
      EXPECT_EQ(runs, 3);
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    }
  }
}

TEST_P(ThreadPoolTest, DoesLittleWorkOnTheCallingThread) {
  ThreadPool pool(2, GetParam());
  std::set<std::thread::id> seen;
  pool.SetProbe([&] { seen.insert(std::this_thread::get_id()); });  // no lock: one thread only
  pool.ParallelFor(10, ThreadPool::kWorthSharing / 10 - 1, [](size_t) {});
  pool.ParallelFor(1, ThreadPool::kWorthSharing, [](size_t) {});
  EXPECT_EQ(seen, std::set{std::this_thread::get_id()});
  EXPECT_EQ(pool.ForXnnpack(ThreadPool::kWorthSharing - 1), nullptr);
  EXPECT_EQ(pool.ForXnnpack(ThreadPool::kWorthSharing) != nullptr, GetParam() == ThreadPool::Kind::kXnnpack);
}

TEST_P(ThreadPoolTest, TheProbeSeesEveryRange) {
  ThreadPool pool(2, GetParam());
  std::atomic<size_t> calls = 0;
  pool.SetProbe([&] { ++calls; });
  EXPECT_EQ(Ranges(pool, 7, 1).size(), calls);
  EXPECT_EQ(calls, 1u);
  calls = 0;
  EXPECT_EQ(Ranges(pool, 9, ThreadPool::kWorthSharing).size(), calls);
  EXPECT_GT(calls, 1u);
}

// A model with activations of 32 rows that are worth sharing.
TinyModel ModelWorthSharing() {
  Config config = TinyConfig();
  config.n_inner = 4096;
  return MakeTinyModel(config, 1);
}

TEST(ThreadPool, AStepOfTheDecoderRunsOnTwoThreads) {
  for (Scheme scheme : {Scheme::kF32, Scheme::kQ8, Scheme::kQ4}) {
    LoadedModel model(ModelWorthSharing(), scheme, 2);
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
}

TEST(ThreadPool, AStepOfOneThreadStaysOnIt) {
  for (Scheme scheme : {Scheme::kF32, Scheme::kQ8}) {
    LoadedModel model(ModelWorthSharing(), scheme, 1);
    std::set<std::thread::id> seen;
    model.pool.SetProbe([&] { seen.insert(std::this_thread::get_id()); });
    Sequence sequence(model.decoder.slots());
    Logits(model.decoder, sequence, std::vector<int32_t>(Decoder::kMaxRows, 5), Decoder::kMaxRows);
    EXPECT_EQ(seen, std::set{std::this_thread::get_id()});
  }
}

}  // namespace
}  // namespace variorum
