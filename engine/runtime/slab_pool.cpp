#include "engine/runtime/slab_pool.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstring>

#include "engine/error.hpp"
#include "engine/granted_size.hpp"

namespace sluice {

void Slab::release() {
  if (data_) pool_->give_back(data_, bytes_);
  data_ = nullptr;
}

SlabPool::~SlabPool() {
  for (const auto& [bytes, slabs] : free_)
    for (std::byte* slab : slabs)
      munmap(slab, static_cast<std::size_t>(bytes));
}

Slab SlabPool::take(std::int64_t bytes) {
  bytes = granted_size(bytes);
  std::byte* data = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& slabs = free_[bytes];
    if (!slabs.empty()) {
      data = slabs.back();
      slabs.pop_back();
    } else {
      if (granted_ + bytes > limit_)
        throw Error(ErrorKind::internal,
                    fmt::format("memory: {} bytes asked for with {} of {} planned bytes granted",
                                bytes, granted_, limit_));
      granted_ += bytes;
      peak_ = std::max(peak_, granted_);
    }
  }
  if (!data) {
    void* fresh = mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) {
      const std::lock_guard lock(mutex_);
      granted_ -= bytes;
      throw Error(ErrorKind::system, fmt::format("the system grants no {} bytes of memory: {}",
                                                 bytes, std::strerror(errno)));
    }
    data = static_cast<std::byte*>(fresh);
  }
  if (poison_ >= 0) std::memset(data, poison_, static_cast<std::size_t>(bytes));
  return Slab(this, data, bytes);
}

void SlabPool::give_back(std::byte* data, std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  free_[bytes].push_back(data);
}

std::int64_t SlabPool::granted_peak() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

}  // namespace sluice
