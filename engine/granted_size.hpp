// What a piece of pixel memory counts against the budget.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/geometry.hpp"

namespace sluice {

/// Bytes of a slab that holds `bytes`: whole pages, at least one.
inline std::int64_t granted_size(std::int64_t bytes) {
  constexpr std::int64_t kPage = 4096;
  return round_up(std::max<std::int64_t>(bytes, 1), kPage);
}

}  // namespace sluice
