#include "execution.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "engine/error.hpp"
#include "numbers.hpp"
#include "pipelines/registry.hpp"
#include "process_memory.hpp"
#include "progress.hpp"
#include "run_report.hpp"
#include "values_table.hpp"

namespace sluice::tool {

namespace {

// Refuses a report that cannot be written, or would replace an image of the pipeline, before
// anything runs.
void check_report(const std::string& path, const Graph& graph) {
  check_creatable(path, {.overwrite = true});
  const auto same = [&](const std::string& other) {
    std::error_code ignored;
    return std::filesystem::weakly_canonical(path, ignored) ==
           std::filesystem::weakly_canonical(other, ignored);
  };
  for (const Node& node : graph.nodes())
    if ((node.sink && same(node.sink->name())) || (node.source && same(node.source->name())))
      throw Error(ErrorKind::usage,
                  fmt::format("--report '{}' is the image file of {}", path, node.place.text()));
}

// Why a plan needs as much as it does, where the reason is a file's own order; else "".
std::string reason_for_memory(const Plan& plan) {
  for (const PlannedPass& pass : plan.passes)
    for (const PlannedSource& source : pass.sources)
      if (source.held_whole())
        return fmt::format(
            "; {} can only be decoded from its first row on, and this pipeline asks for it in "
            "another order, so it is held whole ({})",
            source.name, bytes_text(source.blocks_alive * source.block_bytes));
  return {};
}

}  // namespace

Pipeline pipeline_of(const std::vector<std::string>& words, const CommonOptions& options) {
  if (words.size() == 1 && !find_step(words.front()))
    return load_pipeline(words.front(), options.pipeline());
  return parse_command_line(words, options.pipeline());
}

ProcessPlan plan_within(const Graph& graph, const CommonOptions& options) {
  ProcessPlan result;
  result.process_bytes = process_bytes(options.threads);
  RunOptions run;
  run.threads = options.threads;
  run.isa = options.isa;
  result.plan = plan(graph, run);
  if (!options.memory) return result;
  if (*options.memory < result.least_bytes())
    throw Error(ErrorKind::memory,
                fmt::format("the pipeline needs at least {} ({} bytes); --memory is {}{}",
                            bytes_text(result.least_bytes()), result.least_bytes(),
                            bytes_text(*options.memory), reason_for_memory(result.plan)));
  result.budget_bytes = *options.memory - result.process_bytes;
  run.memory = result.budget_bytes;
  result.plan = plan(graph, run);
  return result;
}

double pixels_of(const Plan& plan) {
  double pixels = 0;
  for (const PlannedPass& pass : plan.passes)
    for (const PlannedStage& stage : pass.stages) {
      double most = 0;
      for (const PlannedStep& step : stage.steps)
        most = std::max(most, std::min(1.0, step.computed_share) * static_cast<double>(step.width) *
                                  static_cast<double>(step.height));
      pixels += most;
    }
  return pixels;
}

RunOptions run_options(const CommonOptions& options, const ProcessPlan& plan,
                       const Signals& signals) {
  RunOptions run;
  run.threads = options.threads;
  run.memory = plan.budget_bytes;
  run.isa = options.isa;
  run.stop = signals.token();
  return run;
}

Report execute(Pipeline& pipeline, const CommonOptions& options, const Signals& signals) {
  if (!options.report.empty()) check_report(options.report, *pipeline.graph);
  const ProcessPlan plan = plan_within(*pipeline.graph, options);
  if (options.verbose && !options.quiet)
    std::fputs(fmt::format("{} passes, {} work units, {} threads, {}, {} planned\n",
                           plan.plan.passes.size(), plan.plan.units, options.threads,
                           name_of(options.isa), bytes_text(plan.planned_bytes()))
                   .c_str(),
               stderr);
  // The tool is the host: it sets TBB's limit, which the library leaves alone.
  const oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism,
                                            static_cast<std::size_t>(options.threads));
  RunOptions run_with = run_options(options, plan, signals);
  Report report;
  {
    ProgressDisplay display(options.progress, options.quiet, pixels_of(plan.plan));
    run_with.progress = [&](const Progress& progress) { display.update(progress); };
    run_with.warning = [&](const std::string& text) {
      if (!options.quiet) display.line("warning: " + text);
    };
    report = run(*pipeline.graph, run_with);
    display.finish(report.seconds);
  }
  std::fputs(values_table(pipeline).c_str(), stdout);
  if (!options.report.empty()) write_report(pipeline, options, plan, report);
  return report;
}

}  // namespace sluice::tool
