#include "ops/common/planes.hpp"

#include <cstring>

#include "ops/common/plane_map.hpp"

namespace sluice {

void copy_plane(const TileView& input, int from, const TileView& output, int to) {
  const auto bytes =
      static_cast<std::size_t>(output.rect.width) * static_cast<std::size_t>(size_of(output.type));
  for (std::int64_t y = 0; y < output.rect.height; ++y)
    std::memcpy(output.row(to, y), input.row(from, y), bytes);
}

void keep_alpha(const TileView& input, int from, const TileView& output, int to, int bits,
                Isa isa) {
  const bool same = input.type == output.type && bits == 0;
  if (same && input.row(from, 0) == output.row(to, 0)) return;
  if (same) return copy_plane(input, from, output, to);
  map_plane(range_map(input.type, output.type, bits), input, from, output, to, isa);
}

}  // namespace sluice
