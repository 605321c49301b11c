// Prints what a run would do.
#include <cstdio>
#include <span>

#include "commands.hpp"
#include "common_options.hpp"
#include "execution.hpp"
#include "exit_codes.hpp"
#include "graphviz.hpp"
#include "plan_graph.hpp"
#include "plan_text.hpp"
#include "text_files.hpp"

namespace sluice::tool {

int plan_command(const std::vector<std::string>& words, Signals& signals) {
  CommandLine line("plan", "FILE | STEP ! STEP ...",
                   "Shows what a run would do and need; computes and writes nothing.");
  line.add_run_options();
  line.add_json();
  bool dot = false;
  std::string svg;
  line.app().add_flag("--dot", dot, "Print the plan's graph in Graphviz's language instead");
  line.app()
      .add_option("--svg", svg, "Draw the plan's graph; needs Graphviz (the package graphviz)")
      ->type_name("FILE.svg");
  const auto rest = line.parse(words);
  if (!rest) return kDone;
  const CommonOptions& options = line.options();
  if (dot && options.json)
    throw Error(ErrorKind::usage, "--dot and --json both print the plan; only one of them can");
  const Pipeline pipeline = pipeline_of(*rest, options, svg);
  const Graph& graph = *pipeline.graph;
  const ProcessPlan plan = plan_within(graph, options);
  if (!plan.warning().empty() && !options.quiet)
    std::fputs(("warning: " + plan.warning() + "\n").c_str(), stderr);
  if (!svg.empty()) {
    const std::string drawing = svg_of(plan_dot(graph, plan), signals.token());
    const auto file = create_text_file(svg, options.sync);
    file->write(0, std::as_bytes(std::span(drawing)));
    file->commit();
  }
  if (dot || svg.empty() || options.json) {
    const std::string text = dot            ? plan_dot(graph, plan)
                             : options.json ? plan_json(graph, plan, options)
                                            : plan_text(graph, plan, options);
    std::fputs(text.c_str(), stdout);
  }
  return kDone;
}

}  // namespace sluice::tool
