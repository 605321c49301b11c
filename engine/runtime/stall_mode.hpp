// For tests: holds what is handed from queue to queue back and lets it go in a seeded random order,
// with delays, so that a run meets orders of events that a quiet machine hardly ever shows.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace sluice {

/// Without a seed everything is handed straight through. With one, most of it is held until nothing
/// else can happen: no task runs and all credits are out (or all units admitted). Then some of what
/// is held goes, whichever queue it is for.
class StallMode {
 public:
  StallMode(std::uint64_t seed, int credits, std::int64_t total)
      : on_(seed != 0), credits_(credits), total_(total), random_(seed) {}

  /// Calls `put`, which starts a task: now or later, on any thread. Its task is a Task.
  template <class Put>
  void start(Put put) {
    if (!on_)
      put();
    else
      hold({std::move(put), true});
  }
  /// Calls `put`, which passes something on that need not start a task.
  template <class Put>
  void pass(Put put) {
    if (!on_)
      put();
    else
      hold({std::move(put), false});
  }

  ~StallMode() {
    // What the last tasks did is seen here (see UnitState::steps).
    const std::lock_guard lock(mutex_);
  }

  void admitted() { count(admitted_); }
  void committed() { count(committed_); }

  /// Sleeps for a random time: mostly some microseconds, now and then long enough for other threads
  /// to do a whole unit.
  void delay() {
    if (!on_) return;
    std::int64_t microseconds = 0;
    {
      const std::lock_guard lock(mutex_);
      microseconds = static_cast<std::int64_t>(random_() % (random_() % 64 == 0 ? 1000 : 50));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  }

  /// The time in which a task runs. `started`: by start().
  class Task {
   public:
    Task(StallMode& stall, bool started) : stall_(stall.on_ ? &stall : nullptr) {
      if (!stall_ || started) return;
      const std::lock_guard lock(stall_->mutex_);
      ++stall_->running_;
    }
    ~Task() {
      if (stall_) stall_->ended();
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

   private:
    // Without a seed null: behind the task's body its pass may be over.
    StallMode* const stall_;
  };

 private:
  struct Held {
    std::function<void()> put;
    bool starts;
  };

  void count(std::int64_t& events) {
    if (!on_) return;
    const std::lock_guard lock(mutex_);
    ++events;
  }

  void hold(Held held) {
    {
      const std::lock_guard lock(mutex_);
      if (random_() % 4 != 0) {
        held_.push_back(std::move(held));
        return;
      }
      if (held.starts) ++running_;
    }
    held.put();
  }

  void ended() {
    std::vector<Held> go;
    {
      const std::lock_guard lock(mutex_);
      --running_;
      const bool full = admitted_ - committed_ == credits_ || admitted_ == total_;
      if (running_ > 0 || !full) return;
      std::shuffle(held_.begin(), held_.end(), random_);
      // At least one task starts, or all that is held goes.
      std::size_t some = held_.empty() ? 0 : random_() % held_.size() + 1;
      while (!held_.empty() && (running_ == 0 || some > 0)) {
        go.push_back(std::move(held_.back()));
        held_.pop_back();
        if (go.back().starts) ++running_;
        if (some > 0) --some;
      }
    }
    for (const Held& held : go)
      held.put();
  }

  const bool on_;
  const int credits_;
  const std::int64_t total_;
  std::mutex mutex_;
  std::mt19937_64 random_;
  std::vector<Held> held_;
  std::int64_t admitted_ = 0, committed_ = 0;
  int running_ = 0;  ///< tasks that run, or are about to
};

}  // namespace sluice
