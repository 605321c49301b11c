// Objects that are costly to make and serve one thread at a time.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice {

/// Lends objects and keeps those given back: as many as were ever lent at once. Thread-safe; the
/// lock is held for a push or a pop only.
template <class T>
class LeasePool {
 public:
  /// Gives its object back at its end.
  class Lease {
   public:
    Lease(LeasePool& pool, std::unique_ptr<T> object) : pool_(pool), object_(std::move(object)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      const std::lock_guard lock(pool_.mutex_);
      pool_.idle_.push_back(std::move(object_));
    }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_.get(); }

   private:
    LeasePool& pool_;
    std::unique_ptr<T> object_;
  };

  /// An idle object, else what `make` returns: a std::unique_ptr<T>.
  template <class Make>
  Lease take(Make&& make) {
    std::unique_ptr<T> object;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        object = std::move(idle_.back());
        idle_.pop_back();
      } else {
        // So that giving back allocates nothing and cannot throw.
        idle_.reserve(++lent_);
      }
    }
    if (!object) object = make();
    return Lease(*this, std::move(object));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace sluice
