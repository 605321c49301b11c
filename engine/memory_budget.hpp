// Memory that several runs share.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>

namespace sluice {

/// Bytes that runs with the same RunOptions::budget are granted together, never more at once. A run
/// takes the peak of its plan once, before it begins its outputs, and gives it back when it ends; a
/// run that has to wait waits in run(), on the caller's thread, in the order of asking. Each plans
/// as if the whole were its own: RunOptions::memory is what makes it smaller, so that several fit
/// beside each other. No run waits while it holds a share, so they cannot wait for each other;
/// but a callback or operation of one run must not begin another one with the same budget and wait
/// for it. Thread-safe; lives until its last run has ended.
class MemoryBudget {
 public:
  /// Throws Error (usage) for less than one byte.
  explicit MemoryBudget(std::int64_t bytes);
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  std::int64_t bytes() const { return bytes_; }
  std::int64_t granted() const;  ///< to runs at the moment
  int waiting() const;           ///< runs that wait at the moment

  /// A share, given back at its end.
  class Grant {
   public:
    Grant() = default;
    Grant(Grant&& other) noexcept;
    Grant& operator=(Grant&& other) noexcept;
    ~Grant() { release(); }
    std::int64_t bytes() const { return bytes_; }
    void release() noexcept;

   private:
    friend class MemoryBudget;
    Grant(MemoryBudget* budget, std::int64_t bytes) : budget_(budget), bytes_(bytes) {}
    MemoryBudget* budget_ = nullptr;
    std::int64_t bytes_ = 0;
  };

  /// Waits until all who asked before have been served and so much is free. Throws Error
  /// (cancelled) when `stop` is requested first, Error (memory) for more than the whole.
  Grant take(std::int64_t bytes, const std::stop_token& stop = {});

 private:
  void give_back(std::int64_t bytes) noexcept;

  const std::int64_t bytes_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::int64_t granted_ = 0;
  std::deque<std::uint64_t> queue_;  ///< of those who wait, the first of them first
  std::uint64_t next_ = 0;
};

}  // namespace sluice
