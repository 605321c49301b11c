// Pipeline descriptions (a file, a text, the words of a command line) made into graphs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../engine/error.hpp"
#include "../engine/graph.hpp"
#include "../engine/options.hpp"

namespace sluice {

/// A description with mistakes in it, of kind usage. what() tells the first; messages() all that
/// were found, each a whole line as compilers write it:
/// "sharpen.yaml:4:5: error: resize has no option 'scal'; did you mean 'scale'?".
class PipelineError : public Error {
 public:
  PipelineError(std::string reason, std::vector<std::string> messages)
      : Error(ErrorKind::usage, std::move(reason)), messages_(std::move(messages)) {}
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  std::vector<std::string> messages_;
};

/// A value for one of the description's `params`, as written: "90", "[2, 98]", "slide.svs".
using Params = std::vector<std::pair<std::string, std::string>>;

struct PipelineOptions {
  Params params;
  /// Values for options of these names in every step that has them and is not given them:
  /// {"overwrite", "true"}.
  Params defaults;
  /// Opens what the path "-" of a step that writes stands for: the host's standard output. Without
  /// it "-" is refused.
  OpenStream open_stream = {};
};

/// One step as it was understood.
struct PipelineStep {
  std::string name;
  std::string where;  ///< "line 4", "step 2"
  std::string as;
  std::vector<std::string> from;
  std::vector<std::pair<std::string, std::string>> options;  ///< those given, as they were read
  NodeId node = -1;                                          ///< of its image or result
};

struct NamedResult {
  std::string name;  ///< as given by `as`, else the step's own
  Result result;
  bool consumed = false;  ///< feeds an option of another step
};

/// A checked pipeline, ready for plan() and run().
struct Pipeline {
  std::string name;
  std::shared_ptr<Graph> graph;
  std::vector<PipelineStep> steps;
  std::vector<NamedResult> results;
  std::vector<std::pair<std::string, Image>> images;  ///< by the names that `as` gave
  /// What is no mistake but probably not meant, each a whole line as messages() has them.
  std::vector<std::string> warnings;
};

/// All that decides the pixels of its outputs, as text: a line a step with its options as they were
/// read, parameters filled in. Where the steps stand and how outputs get their names (overwrite,
/// sync) does not matter. For ResumeOptions::pipeline.
std::string canonical_text(const Pipeline& pipeline);

/// Reads a pipeline file (YAML, of which JSON is a part; at most 1 MiB). Image files it names are
/// opened, their headers read; nothing is created. Relative paths are taken from the current
/// folder. Throws PipelineError for mistakes in the description, Error (system, data) for files.
Pipeline load_pipeline(const std::string& path, const PipelineOptions& options = {});

/// The same for a text; `name` stands for the file in messages.
Pipeline parse_pipeline(std::string_view text, const std::string& name,
                        const PipelineOptions& options = {});

/// The same for words as on the tool's command line: steps with "!" between them, each its name
/// and then `option=value` or the value of its bare option; `as=name`, `from=name,name`.
Pipeline parse_command_line(const std::vector<std::string>& words,
                            const PipelineOptions& options = {});

}  // namespace sluice
