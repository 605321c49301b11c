#include "engine/planner/unit_candidates.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

namespace {

// Starting, scheduling and finishing a unit costs about 2 us: as much as copying this many bytes.
constexpr double kUnitOverhead = 40000;
// Each source block that a unit uses is found, counted and copied from in rows of its own.
constexpr double kBlockOverhead = 6000;
// Tiles past the second-level cache are slower to work in.
constexpr double kCacheBytes = 2 << 20;
constexpr std::int64_t kSmallestEdge = 8;
// Blocks of long thin images are put together until a unit has this many pixels.
constexpr std::int64_t kFewPixels = 1 << 16;
// Planning walks all units several times; smaller units are not worth minutes of it.
constexpr std::int64_t kMostUnits = 1'000'000;
constexpr std::int64_t kReductionBlock = 512;
constexpr std::size_t kMostCandidates = 6;

struct Blocks {
  std::int64_t width, height;
  bool any_order;
};

Blocks blocks_of(const Stage& stage) {
  if (const Sink* sink = stage.sink()) {
    const BlockGrid grid = sink->grid();
    return {grid.block_width, grid.block_height, sink->any_order()};
  }
  const ImageInfo& info = stage.info();
  const bool known = info.block_width > 0 && info.block_height > 0;
  return {known ? std::min<std::int64_t>(info.block_width, 1 << 14) : kReductionBlock,
          known ? std::min<std::int64_t>(info.block_height, 1 << 12) : kReductionBlock, true};
}

// Edges of a unit along one axis: whole blocks (several where allowed), or a block cut into pieces.
// `across`: pixels of the image or a block on the other axis, whichever is less.
std::vector<std::int64_t> edges(std::int64_t block, std::int64_t size, std::int64_t across,
                                bool several) {
  std::vector<std::int64_t> found{block};
  if (several)
    for (std::int64_t n = 2;
         n * block < size + block && (n <= 16 || n * block * across <= kFewPixels); n *= 2)
      found.push_back(n * block);
  const std::int64_t inside = std::min(block, size);
  for (std::int64_t parts = 2;; parts *= 2) {
    const std::int64_t piece = round_up(ceil_div(inside, parts), kSmallestEdge);
    if (piece >= found.back() && found.size() > 1 && parts > 2) break;
    if (piece < block) found.push_back(piece);
    if (piece <= kSmallestEdge) break;
  }
  return found;
}

UnitGrid grid_for(const ImageInfo& info, const Blocks& blocks, std::int64_t width,
                  std::int64_t height) {
  UnitGrid grid;
  grid.width = info.width;
  grid.height = info.height;
  grid.unit_width = width >= blocks.width ? round_up(width, blocks.width) : width;
  grid.unit_height = height >= blocks.height ? round_up(height, blocks.height) : height;
  grid.cell_width = std::max(grid.unit_width, blocks.width);
  grid.cell_height = std::max(grid.unit_height, blocks.height);
  return grid;
}

// True when every unit is a part of one block of the source, and nothing is computed: its pixels
// are handed on where they lie.
bool is_part_of_block(const Stage& stage, const UnitGrid& grid) {
  const Node& node = stage.graph().node(stage.root().node);
  if (!node.source) return false;
  const BlockGrid blocks = node.source->grid();
  const auto fits = [](std::int64_t block, std::int64_t size, std::int64_t cell,
                       std::int64_t unit) {
    return block >= size || (block % unit == 0 && cell % unit == 0);
  };
  return fits(blocks.block_width, grid.width, grid.cell_width, grid.unit_width) &&
         fits(blocks.block_height, grid.height, grid.cell_height, grid.unit_height);
}

/// Source blocks that the largest unit uses, on average over where it may lie.
double blocks_used(const Stage& stage) {
  double used = 0;
  for (const Slot& slot : stage.slots()) {
    const Node& node = stage.graph().node(slot.leaf ? slot.blocks : slot.node);
    if (!slot.leaf || !node.source) continue;
    const BlockGrid blocks = node.source->grid();
    const auto along = [](std::int64_t pixels, std::int64_t block, std::int64_t size) {
      return block >= size ? 1 : 1 + static_cast<double>(pixels - 1) / static_cast<double>(block);
    };
    used += along(slot.max_width, blocks.block_width, blocks.image_width) *
            along(slot.max_height, blocks.block_height, blocks.image_height);
  }
  return used;
}

struct Rated {
  UnitGrid grid;
  double score;
  std::int64_t bytes;
};

// Judged by one unit from the middle of the image, so that a pipeline gets the same units, and
// takes the same memory, for any image that is larger than a few units.
Rated rate(Stage& stage, const UnitGrid& grid, int threads) {
  stage.fit(grid, true);
  double cost = kUnitOverhead + kBlockOverhead * blocks_used(stage);
  if (!is_part_of_block(stage, grid)) cost += stage.unit_cost();
  std::int64_t bytes = stage.arena_bytes();
  const double pixels = static_cast<double>(std::min(grid.unit_width, grid.width)) *
                        static_cast<double>(std::min(grid.unit_height, grid.height));
  if (const Sink* sink = stage.sink()) {
    const BlockGrid blocks = sink->grid();
    const std::int64_t per_cell = ceil_div(grid.cell_width, blocks.block_width) *
                                  ceil_div(grid.cell_height, blocks.block_height);
    // Blocks put together from several units are copied once more.
    if (grid.split())
      cost += pixels * stage.info().channels() * static_cast<double>(size_of(stage.info().type));
    bytes += per_cell * sink->encoded_bound();
  }
  const double arena = static_cast<double>(stage.arena_bytes());
  if (arena > kCacheBytes) cost *= 1 + 0.15 * std::log2(arena / kCacheBytes);
  // With few units, threads wait for the last of them.
  const double units = static_cast<double>(grid.count());
  const double idle = std::ceil(units / threads) * threads / units;
  return {grid, cost / pixels * idle, bytes};
}

}  // namespace

std::vector<UnitGrid> unit_candidates(Stage& stage, const Debug& debug, int threads) {
  const ImageInfo& info = stage.info();
  const Blocks blocks = blocks_of(stage);
  if (debug.unit_width > 0 && debug.unit_height > 0) {
    // Several block rows in one unit would commit blocks out of order.
    const std::int64_t height =
        blocks.any_order ? debug.unit_height : std::min(debug.unit_height, blocks.height);
    return {grid_for(info, blocks, debug.unit_width, height)};
  }
  std::vector<Rated> rated;
  for (const std::int64_t height :
       edges(blocks.height, info.height, std::min(blocks.width, info.width), blocks.any_order))
    for (const std::int64_t width :
         edges(blocks.width, info.width, std::min(blocks.height, info.height), true)) {
      const UnitGrid grid = grid_for(info, blocks, width, height);
      rated.push_back(rate(stage, grid, threads));
    }
  const auto fewest = std::min_element(
      rated.begin(), rated.end(),
      [](const Rated& a, const Rated& b) { return a.grid.count() < b.grid.count(); });
  const std::int64_t most = std::max(kMostUnits, fewest->grid.count());
  std::erase_if(rated, [&](const Rated& r) { return r.grid.count() > most; });
  std::stable_sort(rated.begin(), rated.end(),
                   [](const Rated& a, const Rated& b) { return a.score < b.score; });
  std::vector<UnitGrid> ladder;
  std::int64_t bytes = 0;
  for (const Rated& r : rated) {
    if (!ladder.empty() && r.bytes > bytes / 2) continue;
    ladder.push_back(r.grid);
    bytes = r.bytes;
    if (ladder.size() == kMostCandidates) break;
  }
  return ladder;
}

}  // namespace sluice
