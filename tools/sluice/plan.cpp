// Prints what a run would do.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common_options.hpp"
#include "execution.hpp"
#include "exit_codes.hpp"
#include "numbers.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

std::string size_text(std::int64_t width, std::int64_t height) {
  return fmt::format("{} x {}", width, height);
}

std::string name_of_node(const Graph& graph, NodeId node, const std::string& otherwise) {
  return node >= 0 ? graph.node(node).place.text() : otherwise;
}

std::string stage_text(const Graph& graph, const PlannedStage& stage) {
  std::string text =
      fmt::format("  stage {}: {} units of {} in a grid of {}; a unit takes {}, its output {}\n",
                  name_of_node(graph, stage.target, stage.name), stage.unit_count,
                  size_text(stage.unit_width, stage.unit_height),
                  size_text(stage.unit_columns, stage.unit_rows), bytes_text(stage.arena_bytes),
                  bytes_text(stage.output_bytes));
  std::size_t width = 4;
  for (const PlannedStep& step : stage.steps)
    width = std::max(width, name_of_node(graph, step.node, step.name).size());
  text += fmt::format("    {:<{}}  {:>17}  {:>13}  {:>8}  {:>10}\n", "step", width, "output",
                      "largest tile", "computed", "recomputed");
  for (const PlannedStep& step : stage.steps)
    text += fmt::format("    {:<{}}  {:>17}  {:>13}  {:>6.1f} %  {:>8.1f} %\n",
                        name_of_node(graph, step.node, step.name), width,
                        size_text(step.width, step.height),
                        size_text(step.tile_width, step.tile_height), step.computed_share * 100,
                        step.recomputed * 100);
  return text;
}

std::string plan_text(const Graph& graph, const ProcessPlan& process) {
  const Plan& plan = process.plan;
  std::string text;
  for (const PlannedRewrite& rewrite : plan.rewrites)
    text += fmt::format("rewrite {}: {}\n", rewrite.name, rewrite.text);
  for (std::size_t p = 0; p < plan.passes.size(); ++p) {
    const PlannedPass& pass = plan.passes[p];
    text +=
        fmt::format("pass {} of {}: {} units in flight on {} threads, peak {}\n", p + 1,
                    plan.passes.size(), pass.credits, pass.threads, bytes_text(pass.peak_bytes));
    for (const PlannedSource& source : pass.sources)
      text += fmt::format(
          "  source {}: {} of {} blocks decoded, {} bytes in, at most {} blocks of {} kept{}\n",
          source.name, source.blocks_decoded, source.blocks_total, source.bytes_read,
          source.blocks_alive, bytes_text(source.block_bytes),
          source.in_order ? "; read in order" : "");
    for (const PlannedStage& stage : pass.stages)
      text += stage_text(graph, stage);
  }
  text += fmt::format("in all: {} units, {} bytes in\n", plan.units, plan.bytes_in);
  text += fmt::format(
      "memory: planned peak {} ({} bytes), of these {} for the process itself and {} of index\n",
      bytes_text(process.planned_bytes()), process.planned_bytes(),
      bytes_text(process.process_bytes), bytes_text(plan.index_bytes));
  text += fmt::format("        least that would do: {} ({} bytes)\n",
                      bytes_text(process.least_bytes()), process.least_bytes());
  return text;
}

Json stage_json(const Graph& graph, const PlannedStage& stage) {
  Json json{{"target", name_of_node(graph, stage.target, stage.name)},
            {"unit", {stage.unit_width, stage.unit_height}},
            {"grid", {stage.unit_columns, stage.unit_rows}},
            {"units", stage.unit_count},
            {"arena_bytes", stage.arena_bytes},
            {"output_bytes", stage.output_bytes}};
  json["steps"] = Json::array();
  for (const PlannedStep& step : stage.steps)
    json["steps"].push_back({{"step", name_of_node(graph, step.node, step.name)},
                             {"size", {step.width, step.height}},
                             {"largest_tile", {step.tile_width, step.tile_height}},
                             {"computed_share", step.computed_share},
                             {"recomputed_share", step.recomputed}});
  return json;
}

Json plan_json(const Graph& graph, const ProcessPlan& process, const CommonOptions& options) {
  const Plan& plan = process.plan;
  Json json{{"threads", options.threads},
            {"threads_from", options.threads_from},
            {"units", plan.units},
            {"bytes_in", plan.bytes_in}};
  json["memory"] = {
      {"budget_bytes", process.budget.bytes},     {"budget_from", process.budget.from},
      {"planned_bytes", process.planned_bytes()}, {"least_bytes", process.least_bytes()},
      {"process_bytes", process.process_bytes},   {"index_bytes", plan.index_bytes}};
  json["rewrites"] = Json::array();
  for (const PlannedRewrite& rewrite : plan.rewrites) {
    Json steps = Json::array();
    for (const NodeId node : rewrite.nodes)
      steps.push_back(graph.node(node).place.text());
    json["rewrites"].push_back(
        {{"name", rewrite.name}, {"text", rewrite.text}, {"steps", std::move(steps)}});
  }
  json["passes"] = Json::array();
  for (const PlannedPass& pass : plan.passes) {
    Json item{{"units_in_flight", pass.credits},
              {"threads", pass.threads},
              {"peak_bytes", pass.peak_bytes}};
    item["sources"] = Json::array();
    for (const PlannedSource& source : pass.sources)
      item["sources"].push_back({{"name", source.name},
                                 {"in_order", source.in_order},
                                 {"blocks_total", source.blocks_total},
                                 {"blocks_decoded", source.blocks_decoded},
                                 {"blocks_alive", source.blocks_alive},
                                 {"block_bytes", source.block_bytes},
                                 {"bytes_read", source.bytes_read}});
    item["stages"] = Json::array();
    for (const PlannedStage& stage : pass.stages)
      item["stages"].push_back(stage_json(graph, stage));
    json["passes"].push_back(std::move(item));
  }
  return json;
}

}  // namespace

int plan_command(const std::vector<std::string>& words, Signals&) {
  CommandLine line("plan", "FILE | STEP ! STEP ...",
                   "Shows what a run would do and need; computes and writes nothing.");
  line.add_run_options();
  line.add_json();
  const auto rest = line.parse(words);
  if (!rest) return kDone;
  const Pipeline pipeline = pipeline_of(*rest, line.options());
  const ProcessPlan plan = plan_within(*pipeline.graph, line.options());
  const std::string text = line.options().json
                               ? plan_json(*pipeline.graph, plan, line.options())
                                         .dump(2, ' ', false, Json::error_handler_t::replace) +
                                     "\n"
                               : plan_text(*pipeline.graph, plan);
  std::fputs(text.c_str(), stdout);
  return kDone;
}

}  // namespace sluice::tool
