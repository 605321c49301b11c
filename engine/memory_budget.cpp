#include "engine/memory_budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/error.hpp"

namespace sluice {

MemoryBudget::MemoryBudget(std::int64_t bytes) : bytes_(bytes) {
  if (bytes < 1)
    throw Error(ErrorKind::usage, fmt::format("a memory budget of {} bytes grants nothing", bytes));
}

std::int64_t MemoryBudget::granted() const {
  const std::lock_guard lock(mutex_);
  return granted_;
}

int MemoryBudget::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(queue_.size());
}

MemoryBudget::Grant MemoryBudget::take(std::int64_t bytes, const std::stop_token& stop) {
  if (bytes > bytes_)
    throw Error(
        ErrorKind::memory,
        fmt::format("{} bytes of memory are needed; the shared budget has {}", bytes, bytes_));
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = next_++;
  queue_.push_back(mine);
  const bool served = changed_.wait(
      lock, stop, [&] { return queue_.front() == mine && bytes <= bytes_ - granted_; });
  queue_.erase(std::find(queue_.begin(), queue_.end(), mine));
  if (served) granted_ += bytes;
  // Whoever is first now may fit, too.
  changed_.notify_all();
  if (!served) throw Error(ErrorKind::cancelled, "stopped on request while waiting for memory");
  return Grant(this, bytes);
}

void MemoryBudget::give_back(std::int64_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  granted_ -= bytes;
  changed_.notify_all();
}

MemoryBudget::Grant::Grant(Grant&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryBudget::Grant& MemoryBudget::Grant::operator=(Grant&& other) noexcept {
  release();
  budget_ = std::exchange(other.budget_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

void MemoryBudget::Grant::release() noexcept {
  if (budget_) std::exchange(budget_, nullptr)->give_back(std::exchange(bytes_, 0));
}

}  // namespace sluice
