#include "engine/planner/unit_candidates.hpp"

#include <algorithm>
#include <cmath>

#include "engine/planner/work.hpp"

namespace sluice {

namespace {

constexpr std::int64_t kSmallestEdge = 8;
// Blocks of long thin images are put together until a unit has this many pixels.
constexpr std::int64_t kFewPixels = 1 << 16;
// More units than these are only looked at where fewer are impossible.
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

struct Rated {
  UnitGrid grid;
  double score;
  std::int64_t bytes;
};

// Judged by one unit from the middle of the image, so that a pipeline gets the same units, and
// takes the same memory, for any image that is larger than a few units.
Rated rate(const Stage& stage, const UnitGrid& grid, int threads) {
  const StageFit fit = sluice::fit(stage, grid, true);
  std::int64_t bytes = fit.arena_bytes;
  if (const Sink* sink = stage.sink()) {
    const BlockGrid blocks = sink->grid();
    bytes += ceil_div(grid.cell_width, blocks.block_width) *
             ceil_div(grid.cell_height, blocks.block_height) * sink->encoded_bound();
  }
  // With few units, threads wait for the last of them.
  const double units = static_cast<double>(grid.count());
  const double idle = std::ceil(units / threads) * threads / units;
  return {grid, work_per_pixel(stage, fit) * idle, bytes};
}

}  // namespace

std::vector<UnitGrid> unit_candidates(const Stage& stage, const TestHooks& hooks, int threads) {
  const ImageInfo& info = stage.info();
  const Blocks blocks = blocks_of(stage);
  if (hooks.unit_width > 0 && hooks.unit_height > 0) {
    // Several block rows in one unit would commit blocks out of order.
    const std::int64_t height =
        blocks.any_order ? hooks.unit_height : std::min(hooks.unit_height, blocks.height);
    return {grid_for(info, blocks, hooks.unit_width, height)};
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
