#include "pipelines/pipeline.hpp"

#include <fmt/format.h>

#include <vector>

#include "engine/source.hpp"
#include "pipelines/checker.hpp"
#include "pipelines/registry.hpp"

namespace sluice {

std::string canonical_text(const Pipeline& pipeline) {
  std::string text;
  for (const PipelineStep& step : pipeline.steps) {
    text += step.name;
    for (const auto& [name, value] : step.options)
      if (name != "overwrite" && name != "sync" && name != "resume")
        text += fmt::format(" {}={}", name, value);
    for (const std::string& input : step.from)
      text += " from=" + input;
    if (!step.as.empty()) text += " as=" + step.as;
    text += '\n';
  }
  return text;
}

Pipeline parse_pipeline(std::string_view text, const std::string& name,
                        const PipelineOptions& options) {
  Diagnostics diagnostics({name, {}, false});
  const Description description = describe_file(text, diagnostics);
  return build_pipeline(description, all_steps(), options, diagnostics);
}

Pipeline load_pipeline(const std::string& path, const PipelineOptions& options) {
  const std::shared_ptr<ByteSource> file = open_file(path);
  if (file->size() > static_cast<std::int64_t>(kLongestDocument))
    throw Error(ErrorKind::usage, fmt::format("the file has {} bytes; a pipeline has at most {}",
                                              file->size(), kLongestDocument))
        .at_file(path);
  std::string text(static_cast<std::size_t>(file->size()), '\0');
  file->read(0, std::as_writable_bytes(std::span(text)));
  return parse_pipeline(text, path, options);
}

Pipeline parse_command_line(const std::vector<std::string>& words, const PipelineOptions& options) {
  Diagnostics diagnostics({"", words, true});
  const Description description = describe_words(diagnostics);
  return build_pipeline(description, all_steps(), options, diagnostics);
}

}  // namespace sluice
