#include "plan_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "numbers.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

struct Part {
  const char* name;  // in the text
  const char* key;   // in JSON
  std::int64_t PlannedMemory::*bytes;
};
constexpr Part kParts[] = {
    {"tiles", "tiles_bytes", &PlannedMemory::tiles},
    {"decoded blocks", "decoded_bytes", &PlannedMemory::decoded},
    {"kept tiles", "kept_bytes", &PlannedMemory::kept},
    {"blocks put together", "assembled_bytes", &PlannedMemory::assembled},
    {"encoded blocks", "encoded_bytes", &PlannedMemory::encoded},
    {"codecs", "codecs_bytes", &PlannedMemory::codecs},
    {"results", "results_bytes", &PlannedMemory::results},
    {"index", "index_bytes", &PlannedMemory::index},
    {"metadata", "metadata_bytes", &PlannedMemory::metadata},
    {"measurements", "profile_bytes", &PlannedMemory::profile},
    {"the run itself", "fixed_bytes", &PlannedMemory::fixed},
};

std::string size_text(std::int64_t width, std::int64_t height) {
  return fmt::format("{} x {}", width, height);
}

std::string name_of_node(const Graph& graph, NodeId node, const std::string& otherwise) {
  return node >= 0 ? graph.node(node).place.text() : otherwise;
}

// Whether columns of the source become rows on the way to the first stage that fetches it.
bool turned(const PlannedPass& pass, NodeId source) {
  for (const PlannedStage& stage : pass.stages)
    for (const PlannedStep& step : stage.steps)
      if (step.node == source) return step.transposed;
  return false;
}

std::string source_text(const Graph& graph, const PlannedPass& pass, const PlannedSource& source) {
  std::string text = fmt::format(
      "  source {}: {}: {} of {} blocks decoded, {} in\n", name_of_node(graph, source.node, "read"),
      source.name, source.blocks_decoded, source.blocks_total, bytes_text(source.bytes_read));
  text += fmt::format("    holds at most {} blocks of {}, {}", source.blocks_alive,
                      bytes_text(source.block_bytes),
                      bytes_text(source.blocks_alive * source.block_bytes));
  const std::string why = why_held(pass, source);
  return text + (why.empty() ? "\n" : ":\n    " + why + "\n");
}

std::string steps_text(const Graph& graph, const std::vector<PlannedStep>& steps) {
  std::string text;
  std::size_t width = 4;
  for (const PlannedStep& step : steps)
    width = std::max(width, name_of_node(graph, step.node, step.name).size());
  text += fmt::format("    {:<{}}  {:>17}  {:>13}  {:>9}  {:>10}\n", "step", width, "output",
                      "largest tile", "computed", "recomputed");
  for (const PlannedStep& step : steps)
    // Pixels of a source or a kept node are fetched for every unit, but made once.
    text += fmt::format("    {:<{}}  {:>17}  {:>13}  {:>7.1f} %  {:>10}\n",
                        name_of_node(graph, step.node, step.name), width,
                        size_text(step.width, step.height),
                        size_text(step.tile_width, step.tile_height), step.computed_share * 100,
                        step.fetched ? "fetched" : fmt::format("{:.1f} %", step.recomputed * 100));
  return text;
}

std::string stage_text(const Graph& graph, const PlannedStage& stage) {
  std::string text =
      fmt::format("  stage {}{}: {} units of {} in a grid of {}; a unit takes {}, ",
                  name_of_node(graph, stage.target, stage.name),
                  stage.purpose.empty() ? "" : ", " + stage.purpose, stage.unit_count,
                  size_text(stage.unit_width, stage.unit_height),
                  size_text(stage.unit_columns, stage.unit_rows), bytes_text(stage.arena_bytes));
  text += stage.accumulator_bytes > 0
              ? fmt::format("a thread gathers in {}\n", bytes_text(stage.accumulator_bytes))
              : fmt::format("its output {}\n", bytes_text(stage.output_bytes));
  return text + steps_text(graph, stage.steps);
}

std::string kept_text(const Graph& graph, const PlannedKept& kept) {
  return fmt::format("  kept {}: {} tiles of {}, at most {} at once, {}: {}\n", kept.name,
                     kept.tiles_computed, size_text(kept.tile_width, kept.tile_height),
                     kept.tiles_alive, bytes_text(kept.tiles_alive * kept.tile_bytes), kept.why) +
         steps_text(graph, kept.steps);
}

const char* travel_name(Travel travel) {
  constexpr const char* kNames[] = {"blocks", "rows", "columns", "bands"};
  return kNames[static_cast<int>(travel)];
}

// How units travel, what is recomputed where it might have been kept, what goes to a spool.
std::string order_text(const Graph& graph, const PlannedPass& pass) {
  std::string text;
  if (pass.spooled >= 0)
    text += fmt::format(
        "  writes {} to a temporary file of {}: later it is read in another order, for which the "
        "budget is too small\n",
        name_of_node(graph, pass.spooled, "pixels"), bytes_text(pass.spool_bytes));
  if (pass.travel == Travel::rows)
    text += "  units go row by row over the whole width: fewer blocks are held\n";
  if (pass.travel == Travel::columns)
    text += fmt::format("  units go down bands of {} columns: fewer blocks are held\n",
                        pass.band_width);
  if (pass.travel == Travel::bands)
    text += fmt::format("  units go by bands of {}, each decoding its blocks for itself\n",
                        size_text(pass.band_width, pass.band_height));
  for (const PlannedChoice& choice : pass.choices)
    if (!choice.kept)
      text += fmt::format(
          "  {} is computed {:.1f} times over: keeping it would {}\n", choice.name,
          choice.times_computed,
          choice.work_kept < choice.work_recomputed
              ? fmt::format("save {:.0f} % of the work, too little or in too much memory",
                            100 * (1 - choice.work_kept / choice.work_recomputed))
              : "cost more");
  return text;
}

std::string memory_text(const PlannedMemory& memory) {
  std::string text;
  for (const Part& part : kParts)
    if (memory.*part.bytes > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.name,
                          bytes_text(memory.*part.bytes));
  return "  memory: " + text + "\n";
}

// Where temporary files lie, if that is memory, which the budget does not count.
std::string temporary_text(const Plan& plan, const TemporaryFolder& folder) {
  if (!spools(plan) || !is_in_memory(folder)) return {};
  return fmt::format(
      "        temporary files in {} ({}) are memory of the machine, beside the budget: it is a "
      "tmpfs; --tmpdir names another folder\n",
      folder.path, folder.from == "option" ? "--tmpdir" : folder.from);
}

std::string budget_text(const Budget& budget) {
  const std::string bytes = bytes_text(budget.bytes);
  if (budget.from == "option") return bytes + " (--memory)";
  if (budget.raised) return bytes + ", the least; a quarter of what there is would be too little";
  return fmt::format("{}, a quarter of what {} leaves", bytes,
                     budget.from == "cgroup"  ? "the control group"
                     : budget.from == "slurm" ? "the Slurm job"
                                              : "the machine");
}

Json steps_json(const Graph& graph, const std::vector<PlannedStep>& steps) {
  Json json = Json::array();
  for (const PlannedStep& step : steps)
    json.push_back({{"step", name_of_node(graph, step.node, step.name)},
                    {"size", {step.width, step.height}},
                    {"largest_tile", {step.tile_width, step.tile_height}},
                    {"fetched", step.fetched},
                    {"computed_share", step.computed_share},
                    {"recomputed_share", step.recomputed}});
  return json;
}

Json stage_json(const Graph& graph, const PlannedStage& stage) {
  Json json{{"target", name_of_node(graph, stage.target, stage.name)},
            {"unit", {stage.unit_width, stage.unit_height}},
            {"grid", {stage.unit_columns, stage.unit_rows}},
            {"units", stage.unit_count},
            {"arena_bytes", stage.arena_bytes},
            {"output_bytes", stage.output_bytes}};
  if (!stage.purpose.empty()) json["purpose"] = stage.purpose;
  if (stage.accumulator_bytes > 0) json["accumulator_bytes"] = stage.accumulator_bytes;
  json["steps"] = steps_json(graph, stage.steps);
  return json;
}

Json source_json(const PlannedPass& pass, const PlannedSource& source) {
  Json json{{"name", source.name},
            {"in_order", source.in_order},
            {"held_whole", source.held_whole()},
            {"blocks_total", source.blocks_total},
            {"blocks_decoded", source.blocks_decoded},
            {"blocks_alive", source.blocks_alive},
            {"block_bytes", source.block_bytes},
            {"bytes_read", source.bytes_read}};
  if (const std::string why = why_held(pass, source); !why.empty()) json["held_because"] = why;
  return json;
}

Json pass_json(const Graph& graph, const PlannedPass& pass) {
  Json json{{"units_in_flight", pass.credits},
            {"threads", pass.threads},
            {"peak_bytes", pass.peak_bytes}};
  for (const Part& part : kParts)
    json["memory"][part.key] = pass.memory.*part.bytes;
  json["travel"] = travel_name(pass.travel);
  if (pass.band_height > 0) json["band"] = {pass.band_width, pass.band_height};
  json["work"] = pass.work;
  if (pass.spooled >= 0) {
    json["spooled"] = graph.node(pass.spooled).place.text();
    json["spool_bytes"] = pass.spool_bytes;
  }
  json["kept"] = Json::array();
  for (const PlannedKept& kept : pass.kept)
    json["kept"].push_back({{"step", kept.name},
                            {"tile", {kept.tile_width, kept.tile_height}},
                            {"tiles_computed", kept.tiles_computed},
                            {"tiles_alive", kept.tiles_alive},
                            {"tile_bytes", kept.tile_bytes},
                            {"because", kept.why},
                            {"steps", steps_json(graph, kept.steps)}});
  json["keeping_considered"] = Json::array();
  for (const PlannedChoice& choice : pass.choices)
    json["keeping_considered"].push_back({{"step", choice.name},
                                          {"kept", choice.kept},
                                          {"times_computed", choice.times_computed},
                                          {"work_recomputed", choice.work_recomputed},
                                          {"work_kept", choice.work_kept}});
  json["sources"] = Json::array();
  for (const PlannedSource& source : pass.sources)
    json["sources"].push_back(source_json(pass, source));
  json["stages"] = Json::array();
  for (const PlannedStage& stage : pass.stages)
    json["stages"].push_back(stage_json(graph, stage));
  return json;
}

// What two plans of the same pipeline are compared by: the one with less is the faster.
double work_of(const Plan& plan) {
  double work = 0;
  for (const PlannedPass& pass : plan.passes)
    work += pass.work;
  return work;
}

}  // namespace

std::string why_held(const PlannedPass& pass, const PlannedSource& source) {
  const BlockGrid& grid = source.grid;
  if (source.held_whole())
    return "it can only be decoded from its first row on, and is asked for in another order, so it "
           "is held whole";
  if (source.blocks_decoded > source.blocks_total)
    return "each band of units decodes them again, so that they need not wait for the next band";
  // Units run along the rows of the target: along columns of a source that is turned on the way.
  const bool columns = turned(pass, source.node) && !source.in_order;
  const char* const line = columns ? "column" : "row";
  if (columns && grid.columns() == 1 && 2 * source.blocks_alive > source.blocks_total)
    return "its blocks are as wide as the image, and units go along its columns, as it is turned: "
           "nearly all of it is held";
  const std::int64_t across = columns ? grid.rows() : grid.columns();
  if (across < 2 || source.blocks_alive < across || pass.band_height > 0) {
    if (!source.in_order) return {};
    return fmt::format("it is decoded from its first row on; {} rows of pixels wait for their use",
                       std::min(source.blocks_alive * grid.block_height, grid.image_height));
  }
  const std::int64_t lines = ceil_div(source.blocks_alive, across);
  const std::int64_t pixels = columns ? std::min(lines * grid.block_width, grid.image_width)
                                      : std::min(lines * grid.block_height, grid.image_height);
  return fmt::format(
      "up to {} {}{} of its blocks ({} {}s of pixels) over the whole {}: units go along {}s{}, and "
      "a block waits for all units that need it",
      lines, line, lines == 1 ? "" : "s", pixels, line, columns ? "height" : "width", line,
      columns ? ", as it is turned" : "");
}

std::string plan_text(const Graph& graph, const ProcessPlan& process,
                      const CommonOptions& options) {
  const Plan& plan = process.plan;
  std::string text;
  for (const PlannedRewrite& rewrite : plan.rewrites)
    text += fmt::format("rewrite {}: {}\n", rewrite.name, rewrite.text);
  for (std::size_t p = 0; p < plan.passes.size(); ++p) {
    const PlannedPass& pass = plan.passes[p];
    text +=
        fmt::format("pass {} of {}: {} units in flight on {} threads, peak {}\n", p + 1,
                    plan.passes.size(), pass.credits, pass.threads, bytes_text(pass.peak_bytes));
    text += order_text(graph, pass);
    for (const PlannedSource& source : pass.sources)
      text += source_text(graph, pass, source);
    for (const PlannedKept& kept : pass.kept)
      text += kept_text(graph, kept);
    for (const PlannedStage& stage : pass.stages)
      text += stage_text(graph, stage);
    text += memory_text(pass.memory);
  }
  for (const PlannedOutput& output : plan.outputs)
    text +=
        fmt::format("output {}: resumable: {}\n", output.name,
                    output.why_not_resumable.empty() ? "yes" : "no: " + output.why_not_resumable);
  text += fmt::format(
      "in all: {} units, {} bytes in; {} threads ({}); by declared costs as much work as copying "
      "{}\n",
      plan.units, plan.bytes_in, options.threads, options.threads_from,
      bytes_text(static_cast<std::int64_t>(work_of(plan))));
  text += fmt::format(
      "memory: planned peak {} ({} bytes): {} of the largest pass and {} of the "
      "process itself\n",
      bytes_text(process.planned_bytes()), process.planned_bytes(), bytes_text(plan.peak_bytes),
      bytes_text(process.process_bytes));
  text += fmt::format("        least that would do: {} ({} bytes)\n",
                      bytes_text(process.least_bytes()), process.least_bytes());
  return text + fmt::format("        budget: {}\n", budget_text(process.budget)) +
         temporary_text(plan, options.temporary_folder);
}

std::string plan_json(const Graph& graph, const ProcessPlan& process,
                      const CommonOptions& options) {
  const Plan& plan = process.plan;
  Json json{{"threads", options.threads},
            {"threads_from", options.threads_from},
            {"units", plan.units},
            {"bytes_in", plan.bytes_in},
            {"work", work_of(plan)}};
  json["memory"] = {
      {"budget_bytes", process.budget.bytes},     {"budget_from", process.budget.from},
      {"planned_bytes", process.planned_bytes()}, {"least_bytes", process.least_bytes()},
      {"process_bytes", process.process_bytes},   {"index_bytes", plan.index_bytes}};
  if (spools(plan))
    json["temporary_folder"] = {{"path", options.temporary_folder.path},
                                {"from", options.temporary_folder.from},
                                {"in_memory", is_in_memory(options.temporary_folder)}};
  json["outputs"] = Json::array();
  for (const PlannedOutput& output : plan.outputs)
    json["outputs"].push_back({{"name", output.name},
                               {"resumable", output.why_not_resumable.empty()},
                               {"why_not_resumable", output.why_not_resumable}});
  json["rewrites"] = Json::array();
  for (const PlannedRewrite& rewrite : plan.rewrites) {
    Json steps = Json::array();
    for (const NodeId node : rewrite.nodes)
      steps.push_back(graph.node(node).place.text());
    json["rewrites"].push_back(
        {{"name", rewrite.name}, {"text", rewrite.text}, {"steps", std::move(steps)}});
  }
  json["passes"] = Json::array();
  for (const PlannedPass& pass : plan.passes)
    json["passes"].push_back(pass_json(graph, pass));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sluice::tool
