// A generated graph as plain data: it can be built again for every run, printed and repeated.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph.hpp"
#include "engine/options.hpp"
#include "support/doubles.hpp"
#include "support/picture.hpp"

namespace sluice::test {

/// An option as it is given to a step, or a number of a step that gives a result.
struct GivenOption {
  std::string name;
  Value value;
  int late_step = -1;  ///< the step whose result it is
  std::string late_array;
  int late_index = 0;
};

/// A step of the registry, or a source in memory.
struct GraphStep {
  std::string name;
  std::vector<int> inputs;  ///< steps before it
  std::vector<GivenOption> options;
  std::shared_ptr<const Source> source;  ///< in memory
  std::string note;                      ///< what the pipeline's text cannot say
  std::shared_ptr<void> parsed;          ///< the options as the step's own type; late ones are 0
  bool is_result = false;                ///< a reduction: it gives values, no image

  // What it gives, computed plainly.
  Picture picture;
  ReductionValues values;
};

/// Where an image ends.
struct GraphSink {
  enum class Kind { memory, file } kind = Kind::memory;
  int step = 0;
  std::int64_t block_width = 0, block_height = 0;  ///< in memory
  bool any_order = false;
  std::string file;                  ///< name in the folder
  std::vector<GivenOption> options;  ///< of write
};

struct RandomGraph {
  std::vector<GraphStep> steps;
  std::vector<GraphSink> sinks;

  /// As a pipeline file; comments say what a file cannot. A picture in memory is called s0.tif.
  std::string text() const;
  /// The most steps one behind the other.
  int depth() const;
};

/// A graph of the engine made from a RandomGraph.
struct BuiltGraph {
  std::shared_ptr<Graph> graph;
  std::vector<StepOutput> outputs;                   ///< by step
  std::vector<std::shared_ptr<PictureSink>> memory;  ///< by sink; null for files
};

/// The options of `step` in its own type. Late ones refer to `outputs`; without, they are 0.
std::shared_ptr<void> parse_options(const GraphStep& step, const std::vector<StepOutput>* outputs);

/// Adds the step to the graph. Throws Error (usage) when it does not fit.
StepOutput build_step(const GraphStep& step, const std::shared_ptr<Graph>& graph,
                      const std::vector<StepOutput>& outputs);

/// Sinks that are files go into `folder`.
BuiltGraph build(const RandomGraph& graph, const std::string& folder);

}  // namespace sluice::test
