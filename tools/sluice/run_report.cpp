#include "run_report.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "process_memory.hpp"
#include "text_files.hpp"
#include "values.hpp"
#include "version.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

// The size of the file, gaps between its parts included; what was written where it is no file.
std::int64_t file_bytes(const Report::Output& output) {
  std::error_code error;
  const auto size = std::filesystem::file_size(output.name, error);
  return error ? output.bytes : static_cast<std::int64_t>(size);
}

Json steps_json(const Pipeline& pipeline) {
  Json steps = Json::array();
  for (const PipelineStep& step : pipeline.steps) {
    Json json{{"step", step.name}};
    Json options = Json::object();
    for (const auto& [name, value] : step.options)
      options[name] = value;
    if (!options.empty()) json["options"] = options;
    if (!step.from.empty()) json["from"] = step.from;
    if (!step.as.empty()) json["as"] = step.as;
    steps.push_back(std::move(json));
  }
  return steps;
}

}  // namespace

void write_report(const Pipeline& pipeline, const CommonOptions& options, const ProcessPlan& plan,
                  const Report& report) {
  if (options.report.empty()) return;
  Json json{{"version", version()},
            {"pipeline", {{"name", pipeline.name}, {"steps", steps_json(pipeline)}}},
            {"threads", options.threads},
            {"threads_from", options.threads_from},
            {"threads_used", report.threads},
            {"isa", std::string(name_of(options.isa))},
            {"seconds", report.seconds},
            {"passes", report.plan.passes.size()},
            {"units", report.plan.units}};
  json["memory"] = {{"budget_bytes", plan.budget.bytes},
                    {"budget_from", plan.budget.from},
                    {"planned_bytes", plan.planned_bytes()},
                    {"least_bytes", plan.least_bytes()},
                    {"process_bytes", plan.process_bytes},
                    {"granted_peak_bytes", report.granted_peak_bytes},
                    {"resident_peak_bytes", resident_peak_bytes()}};
  json["sources"] = Json::array();
  for (const Report::SourceUse& source : report.sources)
    json["sources"].push_back({{"name", source.name},
                               {"blocks_total", source.blocks_total},
                               {"blocks_decoded", source.blocks_decoded},
                               {"bytes_read", source.bytes_read}});
  json["outputs"] = Json::array();
  for (const Report::Output& output : report.outputs)
    json["outputs"].push_back({{"name", output.name}, {"bytes", file_bytes(output)}});
  if (options.resume)
    json["resumed"] = {{"blocks_before", report.resumed.blocks_before},
                       {"blocks_total", report.resumed.blocks_total}};
  json["values"] = values_json(pipeline, true);

  // Names of files need not be UTF-8: what is not is replaced.
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const auto file = create_text_file(options.report, options.sync);
  file->write(0, std::as_bytes(std::span(text)));
  file->commit();
}

}  // namespace sluice::tool
