// What lies outside an image, plainly.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/operation.hpp"

namespace sluice::test {

/// The coordinate inside [0, size) that stands for `v`; nullopt for the constant. Mirror repeats
/// the edge pixel.
inline std::optional<std::int64_t> inside(std::int64_t v, std::int64_t size, Edge edge) {
  if (v >= 0 && v < size) return v;
  switch (edge) {
    case Edge::replicate:
      return v < 0 ? 0 : size - 1;
    case Edge::wrap:
      return (v % size + size) % size;
    case Edge::mirror: {
      const std::int64_t m = (v % (2 * size) + 2 * size) % (2 * size);
      return m < size ? m : 2 * size - 1 - m;
    }
    case Edge::constant:
      break;
  }
  return std::nullopt;
}

}  // namespace sluice::test
