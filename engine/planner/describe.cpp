// The plan as its readers see it.

#include "engine/planner/pass_plan.hpp"
#include "engine/planner/row_run.hpp"
#include "engine/rewrite/rewrite.hpp"
#include "engine/with_place.hpp"

namespace sluice {

namespace {

std::vector<PlannedStep> steps_of(const Graph& graph, const Stage& stage, const StageFit& fit) {
  std::vector<PlannedStep> steps;
  for (std::size_t i = stage.slots().size(); i-- > 0;) {
    const Slot* slot = &stage.slots()[i];
    const SlotFit& of = fit.slots[i];
    const Node& node = graph.node(slot->node);
    PlannedStep step;
    step.node = slot->node;
    step.name = node.place.text();
    step.transposed = slot->transposed;
    for (const int input : slot->inputs)
      step.inputs.push_back(stage.slots()[static_cast<std::size_t>(input)].node);
    step.fetched = slot->leaf;
    step.width = node.info.width;
    step.height = node.info.height;
    step.tile_width = of.max_width;
    step.tile_height = of.max_height;
    // Widths were summed over unit columns and heights over unit rows: their product counts every
    // sample as often as it is computed.
    const double computed = of.columns * of.rows;
    const double all = static_cast<double>(node.info.width) * static_cast<double>(node.info.height);
    step.computed_share = computed / all;
    step.recomputed = std::max(0.0, computed / all - 1);
    steps.push_back(std::move(step));
  }
  return steps;
}

PlannedKept describe_kept(const Graph& graph, const PassPlan& pass, int stage) {
  const auto index = static_cast<std::size_t>(pass.shape->made_by(stage));
  const Supply& tiles = pass.shape->supplies[index];
  PlannedKept out;
  out.node = tiles.node;
  out.name = graph.node(tiles.node).place.text();
  out.tile_width = std::min(tiles.grid.block_width, tiles.grid.image_width);
  out.tile_height = std::min(tiles.grid.block_height, tiles.grid.image_height);
  out.tiles_computed = pass.uses[index].used;
  out.tiles_alive = pass.uses[index].alive;
  out.tile_bytes = tiles.block_bytes;
  out.steps = steps_of(graph, pass.stage(stage), pass.fit(stage));
  out.why = tiles.kept()->why;
  return out;
}

PlannedStage describe_stage(const Graph& graph, const PassPlan& pass, int s) {
  const Stage& stage = pass.stage(s);
  PlannedStage out;
  out.target = stage.target();
  out.name = stage.named_node().place.text();
  if (const Reduction* reduction = stage.reduction()) {
    out.purpose = reduction->purpose();
    out.accumulator_bytes = reduction->accumulator_bytes();
  }
  const UnitGrid& grid = pass.fit(s).grid;
  out.unit_width = std::min(grid.unit_width, grid.width);
  out.unit_height = std::min(grid.unit_height, grid.height);
  out.unit_columns = ceil_div(grid.width, grid.unit_width);
  out.unit_rows = ceil_div(grid.height, grid.unit_height);
  out.unit_count = grid.count();
  out.arena_bytes = pass.fit(s).arena_bytes;
  const OutputNeed need = output_need(stage, grid, pass.route, pass.credits);
  out.output_bytes = need.tile_bytes * need.tiles + need.encoded_bytes * need.encoded;
  out.steps = steps_of(graph, stage, pass.fit(s));
  return out;
}

}  // namespace

Plan describe(const RewrittenGraph& rewritten, const std::vector<PassPlan>& passes,
              const RunOptions& options) {
  const Graph& graph = *rewritten.graph;
  Plan plan;
  plan.rewrites = rewritten.rewrites;
  plan.threads_asked = options.threads;
  plan.threads_allowed = allowed_threads();
  if (options.rewrites == Rewrites::automatic) describe_row_runs(graph, passes, plan.rewrites);
  for (const PassPlan& pass : passes) {
    PlannedPass p;
    p.credits = pass.credits;
    p.threads = pass.threads;
    p.peak_bytes = pass.memory.total();
    p.memory = pass.memory.parts;
    p.travel = pass.route.travel;
    p.work = pass.work;
    p.choices = pass.choices;
    p.spooled = pass.spooled;
    p.spool_bytes = pass.spool_bytes;
    for (int s = 0; s < static_cast<int>(pass.shape->stages.size()); ++s) {
      const Stage& stage = pass.stage(s);
      if (pass.shape->is_goal(s))
        p.stages.push_back(describe_stage(graph, pass, s));
      else
        p.kept.push_back(describe_kept(graph, pass, s));
      if (stage.sink() && stage.target() >= 0)
        plan.outputs.push_back(
            {stage.target(), stage.sink()->name(), why_not_resumable(graph, stage.target())});
    }
    const UnitGrid& grid = pass.fit(0).grid;
    if (pass.route.travel == Travel::columns) {
      p.band_width =
          std::min(grid.width, ceil_div(pass.route.band_width, grid.cell_width) * grid.cell_width);
      p.band_height = grid.height;
    } else if (pass.route.travel == Travel::bands) {
      p.band_width =
          std::min(grid.width, ceil_div(grid.cell_columns(), pass.route.columns) * grid.cell_width);
      p.band_height =
          std::min(grid.height, ceil_div(grid.cell_rows(), pass.route.rows) * grid.cell_height);
    }
    for (std::size_t i = 0; i < pass.uses.size(); ++i) {
      const Supply& supply = pass.shape->supplies[i];
      const SupplyUse& use = pass.uses[i];
      if (!supply.decoded()) continue;
      p.sources.push_back({supply.node, supply.decoded()->source->name(), supply.in_order(),
                           supply.grid.count(), use.used, use.alive, supply.block_bytes,
                           use.bytes_read, supply.grid});
      // What a spool gives back has been read before.
      if (!supply.decoded()->spool) plan.bytes_in += use.bytes_read;
    }
    plan.threads = std::max(plan.threads, pass.threads);
    plan.peak_bytes = std::max(plan.peak_bytes, pass.memory.total());
    plan.least_bytes = std::max(plan.least_bytes, pass.least);
    plan.index_bytes = std::max(plan.index_bytes, pass.memory.parts.index);
    plan.units += pass.units;
    plan.passes.push_back(std::move(p));
  }
  return plan;
}

Plan plan(const Graph& graph, const RunOptions& options) {
  return with_place(
      [&] {
        const RunOptions within = within_shared(options);
        const RewrittenGraph rewritten = rewrite(graph, within);
        return describe(rewritten, plan_passes(rewritten, within), within);
      },
      [](Error&) {});
}

}  // namespace sluice
