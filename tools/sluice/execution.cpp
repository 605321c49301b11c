#include "execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "engine/error.hpp"
#include "numbers.hpp"
#include "pipelines/registry.hpp"
#include "profile_report.hpp"
#include "progress.hpp"
#include "resume.hpp"
#include "run_report.hpp"
#include "text_files.hpp"
#include "values.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

std::string summary(const ProcessPlan& plan, const CommonOptions& options) {
  return fmt::format("{} passes, {} work units, {} threads ({}), {}, {} planned of {} ({})",
                     plan.plan.passes.size(), plan.plan.units, options.threads,
                     options.threads_from, name_of(options.isa), bytes_text(plan.planned_bytes()),
                     bytes_text(plan.budget.bytes), plan.budget.from);
}

struct Text {
  const char* option;
  std::function<void()> write;
};

// Writes what is told of a run that ended well. Each text is tried, whatever becomes of the others.
void write_after_run(const std::vector<Text>& texts, const Report& report) {
  std::string failed;
  for (const Text& text : texts) {
    try {
      text.write();
    } catch (const Error& error) {
      failed += fmt::format("; {} was not written: {}", text.option, error.what());
    }
  }
  if (!failed.empty())
    throw Error(ErrorKind::system,
                fmt::format("the run is done{}{}",
                            report.outputs.empty() ? "" : " and its outputs are whole", failed));
}

// Files that steps are to write and that are there, where the step does not say that it overwrites.
std::vector<std::string> outputs_in_the_way(const Pipeline& pipeline) {
  std::vector<std::string> outputs;
  for (const PipelineStep& step : pipeline.steps) {
    const StepSpec* spec = find_step(step.name);
    const std::pair<std::string, std::string> replaces("overwrite", "true");
    if (!spec || spec->inputs.most == 0 ||
        std::find(step.options.begin(), step.options.end(), replaces) != step.options.end())
      continue;
    for (const auto& [name, value] : step.options) {
      const OptionSpec* option = spec->find(name);
      std::error_code none;
      if (option && option->file && value != "-" && std::filesystem::exists(value, none))
        outputs.push_back(value);
    }
  }
  return outputs;
}

// An image goes there, so nothing else may.
bool writes_standard_output(const Graph& graph) {
  return std::any_of(graph.nodes().begin(), graph.nodes().end(),
                     [](const Node& node) { return node.sink && node.sink->path().empty(); });
}

}  // namespace

std::string pipeline_file_of(const std::vector<std::string>& words) {
  return words.size() == 1 && !find_step(words.front()) ? words.front() : std::string();
}

void check_pipeline(const Pipeline& pipeline, const CommonOptions& options, const std::string& file,
                    const std::string& svg) {
  if (!options.quiet)
    for (const std::string& warning : pipeline.warnings)
      std::fputs((warning + "\n").c_str(), stderr);
  check_files(*pipeline.graph, options, file, svg);
}

Pipeline pipeline_of(const std::vector<std::string>& words, const CommonOptions& options,
                     const std::string& svg) {
  const std::string file = pipeline_file_of(words);
  PipelineOptions how = options.pipeline();
  how.defaults.emplace_back("overwrite", "true");  // outputs that exist are no mistake here
  Pipeline pipeline = file.empty() ? parse_command_line(words, how) : load_pipeline(file, how);
  if (!options.overwrite)
    for (const std::string& output : outputs_in_the_way(pipeline))
      pipeline.warnings.push_back(fmt::format(
          "warning: '{}' exists already: a run replaces it only with --overwrite", output));
  check_pipeline(pipeline, options, file, svg);
  return pipeline;
}

Report execute(Pipeline& pipeline, const CommonOptions& options, Signals& signals) {
  ProfileReport profile(options);
  ProcessPlan plan;
  Report report;
  try {
    ProgressDisplay display(options.progress, options.quiet);
    RunOptions run_with;
    run_with.stop = signals.token();
    run_with.profile = profile.measured();
    if (options.resume) set_resume(run_with, pipeline, signals);
    run_with.progress = [&](const Progress& progress) { display.update(progress); };
    run_with.warning = [&](const std::string& text) {
      if (!options.quiet) display.line("warning: " + text);
    };
    if (!signals.watched())
      run_with.warning(
          "no thread could be made that waits for signals: SIGINT, SIGTERM and SIGUSR1 end this "
          "process at once");
    report = run_within(*pipeline.graph, options, run_with, [&](const ProcessPlan& made) {
      plan = made;
      display.expect(*pipeline.graph, plan.plan);
      if (!plan.warning().empty()) run_with.warning(plan.warning());
      if (options.verbose && !options.quiet) display.line(summary(plan, options));
    });
    display.finish(report.seconds);
  } catch (const Error& error) {
    profile.write_after(error);
    throw;
  }
  const std::string values =
      options.json
          ? values_json(pipeline, false).dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
          : values_table(pipeline);
  std::fputs(values.c_str(), writes_standard_output(*pipeline.graph) ? stderr : stdout);
  write_after_run({{"--report", [&] { write_report(pipeline, options, plan, report); }},
                   {"--profile", [&] { profile.write(); }}},
                  report);
  return report;
}

}  // namespace sluice::tool
