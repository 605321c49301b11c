// Accumulators of a reduction while its pass runs.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/reduction.hpp"

namespace sluice {

/// Accumulators of a reduction: one for each task that is adding at the moment.
class AccumulatorPool {
 public:
  explicit AccumulatorPool(const Reduction& reduction) : reduction_(reduction) {}
  void add(const TileView& tile, Isa isa) {
    std::unique_ptr<Accumulator> mine;
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        mine = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (!mine) mine = reduction_.start();
    mine->add(tile, isa);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(mine));
  }
  std::unique_ptr<Accumulator> merged() {
    std::unique_ptr<Accumulator> all = reduction_.start();
    for (const auto& part : free_)
      all->merge(*part);
    return all;
  }

 private:
  const Reduction& reduction_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Accumulator>> free_;
};

}  // namespace sluice
