#include "engine/runtime/crew.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/flow_graph.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <thread>

#include "engine/callbacks.hpp"

namespace sluice {

struct Crew::Helper {
  /// An empty graph of the arena that is not done before the shift ends: who waits for it runs what
  /// the arena has to do.
  std::optional<oneapi::tbb::flow::graph> shift;
  bool on_shift = false;
  std::thread thread;
};

Crew::Crew(const RunOptions& options) : options_(options) {}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    home_ = true;
  }
  changed_.notify_all();
  for (const auto& helper : helpers_)
    helper->thread.join();
}

void Crew::hire(std::size_t helpers) {
  try {
    helpers_.reserve(helpers);
    while (helpers_.size() < helpers) {
      auto helper = std::make_unique<Helper>();
      helper->thread = std::thread([this, &hired = *helper] { work(hired); });
      helpers_.push_back(std::move(helper));
    }
  } catch (const std::system_error& error) {
    refused_ = true;
    call_host("warning", options_.warning,
              fmt::format("of {} threads only {} could be had, and the run goes on with {}: {} "
                          "(see ulimit -u, and the control group's pids.max)",
                          helpers + 1, helpers_.size() + 1, helpers_.empty() ? "it" : "these",
                          error.code().message()));
  }
}

void Crew::work(Helper& helper) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return home_ || helper.on_shift; });
    if (!helper.on_shift) return;
    lock.unlock();
    try {
      helper.shift->wait_for_all();
    } catch (...) {
      // No memory to enter the arena with: the others do the work.
    }
    lock.lock();
    helper.on_shift = false;
    changed_.notify_all();
  }
}

Crew::Shift::Shift(Crew& crew, oneapi::tbb::task_arena& arena, int threads) : crew_(crew) {
  const auto wanted = static_cast<std::size_t>(std::max(threads, 1) - 1);
  if (crew.helpers_.size() < wanted && !crew.refused_) crew.hire(wanted);
  helpers_ = std::min(wanted, crew.helpers_.size());
  crew.most_ = std::max(crew.most_, static_cast<int>(helpers_) + 1);
  arena.execute([&] {
    for (std::size_t i = 0; i < helpers_; ++i)
      crew.helpers_[i]->shift.emplace();
  });
  {
    const std::lock_guard lock(crew.mutex_);
    for (std::size_t i = 0; i < helpers_; ++i) {
      crew.helpers_[i]->shift->reserve_wait();
      crew.helpers_[i]->on_shift = true;
    }
  }
  crew.changed_.notify_all();
}

Crew::Shift::~Shift() {
  for (std::size_t i = 0; i < helpers_; ++i)
    crew_.helpers_[i]->shift->release_wait();
  std::unique_lock lock(crew_.mutex_);
  for (std::size_t i = 0; i < helpers_; ++i) {
    crew_.changed_.wait(lock, [&] { return !crew_.helpers_[i]->on_shift; });
    crew_.helpers_[i]->shift.reset();
  }
}

}  // namespace sluice
