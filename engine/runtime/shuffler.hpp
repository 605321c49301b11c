// For tests: holds ready units back and lets them go in a seeded random order, with small delays.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "engine/runtime/unit_state.hpp"

namespace sluice {

/// Without a seed it hands units straight through. With one, a unit is let go only when nothing
/// else can happen before: all credits are out (or all units admitted) and every unit in flight is
/// held or waits for one that is.
class Shuffler {
 public:
  Shuffler(std::uint64_t seed, int credits, std::int64_t total)
      : seed_(seed), credits_(credits), total_(total), random_(seed) {}

  void admitted() {
    if (seed_ == 0) return;
    const std::lock_guard lock(mutex_);
    ++admitted_;
  }
  std::vector<UnitState*> ready(UnitState* unit) {
    if (seed_ == 0) return {unit};
    const std::lock_guard lock(mutex_);
    held_.push_back(unit);
    return release();
  }
  std::vector<UnitState*> committed() {
    if (seed_ == 0) return {};
    const std::lock_guard lock(mutex_);
    ++committed_;
    return release();
  }
  void delay() {
    if (seed_ == 0) return;
    std::int64_t microseconds = 0;
    {
      const std::lock_guard lock(mutex_);
      microseconds = static_cast<std::int64_t>(random_() % 64);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  }

 private:
  // All that are held go, in random order, once every unit that can be in flight is held or
  // started.
  std::vector<UnitState*> release() {
    const std::int64_t in_flight = admitted_ - committed_;
    const bool full = in_flight == credits_ || admitted_ == total_;
    const std::int64_t waiting = in_flight - started_in_flight();
    if (!full || static_cast<std::int64_t>(held_.size()) < waiting) return {};
    std::vector<UnitState*> go = std::exchange(held_, {});
    std::shuffle(go.begin(), go.end(), random_);
    started_ += static_cast<std::int64_t>(go.size());
    return go;
  }
  std::int64_t started_in_flight() const { return started_ - committed_; }

  const std::uint64_t seed_;
  const int credits_;
  const std::int64_t total_;
  std::mutex mutex_;
  std::mt19937_64 random_;
  std::vector<UnitState*> held_;
  std::int64_t admitted_ = 0, committed_ = 0, started_ = 0;
};

}  // namespace sluice
