// What the benchmarks of operations share: described images and tiles full of samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/source.hpp"
#include "engine/tile.hpp"

namespace sluice {

inline constexpr std::int64_t kSide = 256;

/// A source that is never read: it gives graphs their inputs.
class Described final : public Source {
 public:
  explicit Described(ImageInfo info) : Source(std::move(info)) {}
  std::string name() const override { return "described"; }
  BlockGrid grid() const override { return {info_.width, info_.height, kSide, kSide}; }
};

/// An aligned tile with small numbers in every sample type.
struct Tile {
  std::vector<std::byte> memory;
  TileView view;
  explicit Tile(const ImageInfo& info, const Rect& rect = {0, 0, kSide, kSide}) {
    const TileLayout layout =
        tile_layout(rect.width, rect.height, info.type, info.channels(), false);
    memory.resize(static_cast<std::size_t>(layout.bytes + kAlignment));
    for (std::size_t i = 0; i < memory.size(); ++i)
      memory[i] = static_cast<std::byte>(i % 4 == 3 ? 0x3F : i * 37 % 61);
    const auto base = reinterpret_cast<std::uintptr_t>(memory.data());
    view = tile_at(memory.data() + (64 - base % 64) % 64, rect, info.type, info.channels(), false);
  }
};

}  // namespace sluice
