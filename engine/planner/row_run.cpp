#include "engine/planner/row_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/rewrite/rewrite.hpp"

namespace sluice {

namespace {

// A first-level cache has 32 KiB and more. A multiple of that would do nearly as well where the
// second level is fast; less would cost calls.
constexpr std::int64_t kBlockBytes = 32 << 10;

const Slot& input_of(const Stage& stage, const Slot& slot) {
  return stage.slots()[static_cast<std::size_t>(slot.inputs[0])];
}

const ImageInfo& info_of(const Stage& stage, const Slot& slot) {
  return stage.graph().node(slot.node).info;
}

}  // namespace

RowRun::RowRun(const Stage& stage, const Slot& top, const Rect& rect) {
  for (bottom = &top; count < kMost; bottom = &input_of(stage, *bottom)) {
    const Operation* operation = stage.operation(bottom->node);
    if (bottom->leaf || !operation || bottom->inputs.size() != 1 ||
        !in_same_place(operation->traits().reach))
      break;
    links[static_cast<std::size_t>(count++)] = {bottom, operation};
  }
  bottom_is_leaf = bottom->leaf;
  cut(stage, rect);
  if (count < (bottom_is_leaf ? 1 : 2)) {
    count = 0;
    return;
  }
  rows = std::max<std::int64_t>(1, kBlockBytes / row_bytes(stage, rect.width));
}

// Leaves off links whose scratch would lie where the bottom is kept, and finds the owner. In an
// arena a link's scratch and all that is needed to compute its input share their place.
void RowRun::cut(const Stage& stage, const Rect& rect) {
  bool scratch_above = false;
  for (int i = 0; i < count; ++i) {
    const auto& [slot, operation] = links[static_cast<std::size_t>(i)];
    if (input_of(stage, *slot).own_tile) {
      if (scratch_above && !bottom_is_leaf) {
        count = i;
        bottom = slot;
        return;
      }
      owner = i;
    }
    scratch_above = scratch_above || operation->scratch(rect.width, rect.height) > 0;
  }
}

std::int64_t RowRun::row_bytes(const Stage& stage, std::int64_t width) const {
  const auto bytes = [&](const Slot& slot) {
    const ImageInfo& info = info_of(stage, slot);
    return width * info.channels() * static_cast<std::int64_t>(size_of(info.type));
  };
  std::int64_t sum = bytes(*links[0].slot);
  for (int i = 0; i < count; ++i) {
    const Slot& slot = *links[static_cast<std::size_t>(i)].slot;
    if (input_of(stage, slot).own_tile) sum += bytes(input_of(stage, slot));
  }
  return sum;
}

void describe_row_runs(const Graph& graph, const std::vector<PassPlan>& passes,
                       std::vector<PlannedRewrite>& rewrites) {
  for (const PassPlan& pass : passes)
    for (std::size_t i = 0; i < pass.shape->stages.size(); ++i) {
      const Stage& stage = pass.shape->stages[i];
      const StageFit& fit = (*pass.fits)[i];
      std::vector<bool> inside(stage.slots().size(), false);
      for (std::size_t s = 0; s < stage.slots().size(); ++s) {
        const Slot& slot = stage.slots()[s];
        if (inside[s]) continue;
        const SlotFit& size = fit.slots[s];
        // Nothing of a slot is computed where only a margin around its image is wanted.
        if (size.max_width == 0 || size.max_height == 0) continue;
        const RowRun run(stage, slot, {0, 0, size.max_width, size.max_height});
        PlannedRewrite rewrite{"rows", "", {}};
        for (int k = 0; k < run.count; ++k) {
          const Slot& link = *run.links[static_cast<std::size_t>(k)].slot;
          inside[static_cast<std::size_t>(&link - stage.slots().data())] = true;
          rewrite.nodes.insert(rewrite.nodes.begin(), link.node);
        }
        if (run.count < 2 || run.rows >= size.max_height) continue;
        rewrite.text = fmt::format("{} over {} row{} at a time", steps_text(graph, rewrite.nodes),
                                   run.rows, run.rows == 1 ? "" : "s");
        rewrites.push_back(std::move(rewrite));
      }
    }
}

}  // namespace sluice
