// Where pixel memory is granted: recycled, page-aligned slabs under a budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice {

class SlabPool;

/// A piece of memory on loan; goes back to its pool when destroyed.
class Slab {
 public:
  Slab() = default;
  Slab(SlabPool* pool, std::byte* data, std::int64_t bytes)
      : pool_(pool), data_(data), bytes_(bytes) {}
  Slab(Slab&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  Slab& operator=(Slab&& other) noexcept {
    if (this != &other) {
      release();
      pool_ = std::exchange(other.pool_, nullptr);
      data_ = std::exchange(other.data_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~Slab() { release(); }
  std::byte* data() const { return data_; }
  std::int64_t bytes() const { return bytes_; }
  explicit operator bool() const { return data_ != nullptr; }
  void release();

 private:
  SlabPool* pool_ = nullptr;
  std::byte* data_ = nullptr;
  std::int64_t bytes_ = 0;
};

/// Grants slabs and keeps returned ones for the next taker of the same size, since the first touch
/// of fresh pages costs more than most kernels. Never more than `limit` bytes are granted: the plan
/// has promised that this suffices, so passing it is a defect and throws Error (internal).
/// Thread-safe. All slabs must be back before it is destroyed.
class SlabPool {
 public:
  /// `poison` 0..255: every slab handed out is filled with that byte (tests); -1: not.
  explicit SlabPool(std::int64_t limit, int poison = -1) : limit_(limit), poison_(poison) {}
  ~SlabPool();
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  /// At least `bytes`, page-aligned. What a slab costs is granted_size(bytes).
  Slab take(std::int64_t bytes);
  std::int64_t granted_peak() const;

 private:
  friend class Slab;
  void give_back(std::byte* data, std::int64_t bytes);

  const std::int64_t limit_;
  const int poison_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, std::vector<std::byte*>> free_;
  std::int64_t granted_ = 0;
  std::int64_t peak_ = 0;
};

}  // namespace sluice
