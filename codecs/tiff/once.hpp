#pragma once

#include <atomic>
#include <mutex>

namespace sluice::tiff {

/// Something that is done by the first thread that needs it, while the others wait; after an
/// exception by the next.
class Once {
 public:
  template <class F>
  void run(F&& f) {
    if (done_.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(mutex_);
    if (done_.load(std::memory_order_relaxed)) return;
    f();
    done_.store(true, std::memory_order_release);
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> done_ = false;
};

}  // namespace sluice::tiff
