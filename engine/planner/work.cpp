#include "engine/planner/work.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

namespace {

// Starting, scheduling and finishing a unit costs about 2 us: as much as copying this many bytes.
constexpr double kUnitOverhead = 40000;
// Finding a kept tile, waking those that wait for it and handing it on, beside that.
constexpr double kTileOverhead = 20000;
// Each source block that a unit uses is found, counted and copied from in rows of its own.
constexpr double kBlockOverhead = 6000;
// Tiles past the second-level cache are slower to work in.
constexpr double kCacheBytes = 2 << 20;

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
double blocks_used(const Stage& stage, const StageFit& fit) {
  double used = 0;
  for (std::size_t i = 0; i < stage.slots().size(); ++i) {
    const Slot& slot = stage.slots()[i];
    const Node& node = stage.graph().node(slot.leaf ? slot.blocks : slot.node);
    if (!slot.leaf || !node.source) continue;
    const BlockGrid blocks = node.source->grid();
    const auto along = [](std::int64_t pixels, std::int64_t block, std::int64_t size) {
      return block >= size ? 1 : 1 + static_cast<double>(pixels - 1) / static_cast<double>(block);
    };
    used += along(fit.slots[i].max_width, blocks.block_width, blocks.image_width) *
            along(fit.slots[i].max_height, blocks.block_height, blocks.image_height);
  }
  return used;
}

double copying_bytes(const Stage& stage) {
  return stage.info().channels() * static_cast<double>(size_of(stage.info().type));
}

double cache_penalty(const StageFit& fit) {
  const double arena = static_cast<double>(fit.arena_bytes);
  return arena > kCacheBytes ? 1 + 0.15 * std::log2(arena / kCacheBytes) : 1;
}

double unit_overhead(const Stage& stage, const StageFit& fit) {
  return kUnitOverhead + (stage.makes_kept_tiles() ? kTileOverhead : 0) +
         kBlockOverhead * blocks_used(stage, fit);
}

// Per pixel of the target.
double assembly(const Stage& stage, const UnitGrid& grid) {
  return stage.sink() && grid.split() ? copying_bytes(stage) : 0;
}

}  // namespace

double work_of(const Stage& stage, const StageFit& fit) {
  const double pixels = static_cast<double>(fit.grid.width) * static_cast<double>(fit.grid.height);
  const double computing = is_part_of_block(stage, fit.grid) ? 0 : fit.cost;
  return cache_penalty(fit) * (computing + pixels * assembly(stage, fit.grid) +
                               static_cast<double>(fit.grid.count()) * unit_overhead(stage, fit));
}

double work_per_pixel(const Stage& stage, const StageFit& fit) {
  const double pixels = static_cast<double>(std::min(fit.grid.unit_width, fit.grid.width)) *
                        static_cast<double>(std::min(fit.grid.unit_height, fit.grid.height));
  const double computing = is_part_of_block(stage, fit.grid) ? 0 : fit.largest_unit;
  return cache_penalty(fit) *
         ((computing + unit_overhead(stage, fit)) / pixels + assembly(stage, fit.grid));
}

double work_of(const PassShape& shape, const std::vector<StageFit>& fits,
               std::span<const std::int64_t> used) {
  double work = 0;
  for (std::size_t s = 0; s < shape.stages.size(); ++s) {
    double share = 1;
    if (!shape.is_goal(static_cast<int>(s))) {
      // Only tiles that somebody needs are computed, some by several parts of the pass.
      const auto supply = static_cast<std::size_t>(shape.made_by(static_cast<int>(s)));
      share = static_cast<double>(used[supply]) /
              static_cast<double>(shape.supplies[supply].grid.count());
    }
    work += share * work_of(shape.stages[s], fits[s]);
  }
  for (std::size_t i = 0; i < shape.supplies.size(); ++i)
    if (const Supply::Decoded* decoded = shape.supplies[i].decoded())
      work += static_cast<double>(used[i]) * static_cast<double>(shape.supplies[i].block_bytes) *
              decoded->source->decode_cost();
  return work;
}

}  // namespace sluice
