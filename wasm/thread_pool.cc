#include "thread_pool.h"

#include <emscripten/threading.h>
#include <pthread.h>

#include <climits>
#include <cmath>
#include <vector>

namespace variorum {
namespace {

// Turns of a waiting loop before it sleeps: some 100 microseconds.
constexpr int kSpins = 100'000;

// Pieces of a thread's share that another thread may take over.
constexpr size_t kPieces = 16;

// Wakes all who wait for `word`, though one would often do: Emscripten leaves asynchronous waits behind in the memory of threads
// that have ended, and where that memory has become `word`, one of them would take the only call.
void WakeAll(std::atomic<uint32_t>& word) { emscripten_futex_wake(&word, INT_MAX); }

// Returns when `word` differs from `old`.
void WaitWhile(std::atomic<uint32_t>& word, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
  }
  while (word.load(std::memory_order_acquire) == old) emscripten_futex_wait(&word, old, INFINITY);
}

}  // namespace

struct ThreadPool::Team {
  struct Worker {
    Team* team;
    size_t index;  // from 1: 0 is the calling thread
    pthread_t thread;
  };
  // How many pieces of a share are taken. On a cache line of its own.
  struct alignas(64) Taken {
    std::atomic<size_t> pieces{0};
  };

  const ThreadPool* pool = nullptr;
  std::vector<Worker> workers;
  std::unique_ptr<Taken[]> taken;  // by share

  // The loop that is run; written by the caller before `round` changes.
  RangeFunction function = nullptr;
  const void* task = nullptr;
  size_t count = 0;

  std::atomic<uint32_t> round{0};
  std::atomic<uint32_t> running{0};   // workers that have not finished this round
  std::atomic<uint32_t> sleepers{0};  // workers that may have gone to sleep
  bool stop = false;

  // A thread's own share, then what is left of the others': one that the system has put aside holds nobody up for long.
  void RunShares(size_t own) {
    const size_t shares = workers.size() + 1, pieces = shares * kPieces;
    for (size_t i = 0; i < shares; ++i) {
      const size_t share = (own + i) % shares;
      for (size_t piece; (piece = taken[share].pieces.fetch_add(1, std::memory_order_relaxed)) < kPieces;) {
        const size_t number = share * kPieces + piece;
        pool->Run(function, task, count * number / pieces, count * (number + 1) / pieces);
      }
    }
  }

  static void* Main(void* argument) {
    auto* worker = static_cast<Worker*>(argument);
    Team& team = *worker->team;
    for (uint32_t seen = 0;;) {
      team.Await(seen);
      seen = team.round.load(std::memory_order_acquire);
      if (team.stop) return nullptr;
      team.RunShares(worker->index);
      if (team.running.fetch_sub(1, std::memory_order_acq_rel) == 1) WakeAll(team.running);
    }
  }

  void Await(uint32_t seen) {
    for (int i = 0; i < kSpins; ++i) {
      if (round.load(std::memory_order_acquire) != seen) return;
    }
    // Sequentially consistent, as in Announce: either the caller sees a sleeper, or the sleeper sees the new round.
    sleepers.fetch_add(1);
    while (round.load() == seen) emscripten_futex_wait(&round, seen, INFINITY);
    sleepers.fetch_sub(1);
  }

  void Announce() {
    round.fetch_add(1);
    if (sleepers.load() > 0) WakeAll(round);
  }
};

ThreadPool::ThreadPool(size_t threads, Kind kind) {
  if (threads <= 1) return;
  if (kind == Kind::kXnnpack) {
    xnnpack_ = pthreadpool_create(threads);
    threads_ = xnnpack_ == nullptr ? 1 : pthreadpool_get_threads_count(xnnpack_);
    return;
  }
  team_ = std::make_unique<Team>();
  team_->pool = this;
  team_->workers.resize(threads - 1);
  for (size_t i = 0; i < team_->workers.size(); ++i) {
    Team::Worker& worker = team_->workers[i];
    worker = {team_.get(), i + 1, {}};
    if (pthread_create(&worker.thread, nullptr, Team::Main, &worker) != 0) {
      team_->workers.resize(i);
      break;
    }
  }
  threads_ = team_->workers.size() + 1;
  team_->taken = std::make_unique<Team::Taken[]>(threads_);
}

ThreadPool::~ThreadPool() {
  if (team_ != nullptr) {
    team_->stop = true;
    team_->Announce();
    for (Team::Worker& worker : team_->workers) pthread_join(worker.thread, nullptr);
  }
  pthreadpool_destroy(xnnpack_);
}

void ThreadPool::Share(size_t count, size_t work, RangeFunction function, const void* task) const {
  if (count == 0) return;
  if (count == 1 || threads_ == 1 || uint64_t{count} * work < kWorthSharing) return Run(function, task, 0, count);
  if (xnnpack_ != nullptr) {
    struct Call {
      const ThreadPool* self;
      RangeFunction function;
      const void* task;
      size_t count;
    } call{this, function, task, count};
    pthreadpool_parallelize_1d(
        xnnpack_,
        [](void* p, size_t i) {
          const Call& c = *static_cast<Call*>(p);
          c.self->Run(c.function, c.task, c.count * i / c.self->threads_, c.count * (i + 1) / c.self->threads_);
        },
        &call, threads_, /*flags=*/0);
    return;
  }
  team_->function = function;
  team_->task = task;
  team_->count = count;
  for (size_t i = 0; i < threads_; ++i) team_->taken[i].pieces.store(0, std::memory_order_relaxed);
  team_->running.store(uint32_t(team_->workers.size()), std::memory_order_relaxed);
  team_->Announce();
  team_->RunShares(0);
  for (uint32_t left; (left = team_->running.load(std::memory_order_acquire)) != 0;) WaitWhile(team_->running, left);
}

void ThreadPool::Run(RangeFunction function, const void* task, size_t begin, size_t end) const {
  if (begin == end) return;
  if (probe_) probe_();
  function(task, begin, end);
}

}  // namespace variorum
