// The plan as its readers see it.

#include "engine/planner/pass_plan.hpp"
#include "engine/rewrite/rewrite.hpp"
#include "engine/runtime/row_run.hpp"

namespace sluice {

namespace {

std::vector<PlannedStep> steps_of(const Graph& graph, const Stage& stage) {
  std::vector<PlannedStep> steps;
  for (auto slot = stage.slots().rbegin(); slot != stage.slots().rend(); ++slot) {
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
    step.tile_width = slot->max_width;
    step.tile_height = slot->max_height;
    // Widths were summed over unit columns and heights over unit rows: their product counts every
    // sample as often as it is computed.
    const double computed = slot->columns * slot->rows;
    const double all = static_cast<double>(node.info.width) * static_cast<double>(node.info.height);
    step.computed_share = computed / all;
    step.recomputed = std::max(0.0, computed / all - 1);
    steps.push_back(std::move(step));
  }
  return steps;
}

PlannedKept describe_kept(const Graph& graph, const PassPlan& pass, const Stage& stage) {
  const NodeId node = stage.root().node;
  const SourcePlan& tiles =
      pass.sources[static_cast<std::size_t>(pass.source_of_node[static_cast<std::size_t>(node)])];
  PlannedKept out;
  out.node = node;
  out.name = stage.named_node().place.text();
  out.tile_width = std::min(tiles.grid.block_width, tiles.grid.image_width);
  out.tile_height = std::min(tiles.grid.block_height, tiles.grid.image_height);
  out.tiles_computed = tiles.decoded;
  out.tiles_alive = tiles.alive;
  out.tile_bytes = tiles.block_bytes;
  out.steps = steps_of(graph, stage);
  out.why = tiles.why;
  return out;
}

PlannedStage describe(const Graph& graph, const PassPlan& pass, const Stage& stage) {
  PlannedStage out;
  out.target = stage.target();
  out.name = stage.named_node().place.text();
  const UnitGrid& grid = stage.grid();
  out.unit_width = std::min(grid.unit_width, grid.width);
  out.unit_height = std::min(grid.unit_height, grid.height);
  out.unit_columns = ceil_div(grid.width, grid.unit_width);
  out.unit_rows = ceil_div(grid.height, grid.unit_height);
  out.unit_count = grid.count();
  out.arena_bytes = stage.arena_bytes();
  const OutputNeed need = output_need(stage, pass.credits);
  out.output_bytes = need.tile_bytes * need.tiles + need.encoded_bytes * need.encoded;
  out.steps = steps_of(graph, stage);
  return out;
}

}  // namespace

Plan describe(const RewrittenGraph& rewritten, const std::vector<PassPlan>& passes,
              const RunOptions& options) {
  const Graph& graph = *rewritten.graph;
  Plan plan;
  plan.rewrites = rewritten.rewrites;
  if (options.rewrites == Rewrites::automatic) describe_row_runs(graph, passes, plan.rewrites);
  for (const PassPlan& pass : passes) {
    PlannedPass p;
    p.credits = pass.credits;
    p.threads = pass.threads;
    p.peak_bytes = pass.memory.total();
    p.memory = pass.memory.parts;
    p.travel = pass.travel;
    p.work = pass.work;
    p.choices = pass.choices;
    p.spooled = pass.spooled;
    p.spool_bytes = pass.spool_bytes;
    for (std::size_t s = 0; s < pass.stages.size(); ++s) {
      const Stage& stage = pass.stages[s];
      if (s < static_cast<std::size_t>(pass.goals))
        p.stages.push_back(describe(graph, pass, stage));
      else
        p.kept.push_back(describe_kept(graph, pass, stage));
      if (stage.sink() && stage.target() >= 0)
        plan.outputs.push_back(
            {stage.target(), stage.sink()->name(), why_not_resumable(graph, stage.target())});
    }
    if (const UnitGrid& grid = pass.stages.front().grid();
        pass.again || pass.travel == Travel::columns) {
      p.band_width = grid.band_columns > 0
                         ? std::min(grid.width, grid.band_columns * grid.cell_width)
                         : grid.width;
      p.band_height = grid.band_rows > 0 ? std::min(grid.height, grid.band_rows * grid.cell_height)
                                         : grid.height;
    }
    for (const SourcePlan& s : pass.sources) {
      if (!s.source) continue;
      p.sources.push_back({s.node, s.source->name(), s.in_order, s.grid.count(), s.decoded, s.alive,
                           s.block_bytes, s.bytes_read, s.grid});
      // What a spool gives back has been read before.
      if (graph.node(s.node).source == s.source) plan.bytes_in += s.bytes_read;
    }
    plan.threads = std::max(plan.threads, pass.threads);
    plan.peak_bytes = std::max(plan.peak_bytes, pass.memory.total());
    plan.least_bytes = std::max(plan.least_bytes, pass.least);
    plan.index_bytes = std::max(plan.index_bytes, pass.memory.parts.index);
    plan.units += pass.units();
    plan.passes.push_back(std::move(p));
  }
  return plan;
}

Plan plan(const Graph& graph, const RunOptions& options) {
  const RewrittenGraph rewritten = rewrite(graph, options);
  return describe(rewritten, plan_passes(*rewritten.graph, options), options);
}

}  // namespace sluice
