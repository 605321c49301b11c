#include "engine/runtime/run_journals.hpp"

#include <fmt/format.h>

namespace sluice {

std::string why_not_resumable(const Graph& graph, NodeId sink) {
  const Node& target = graph.node(sink);
  if (!target.sink || !target.sink->resumable())
    return "files of this format are not taken up again";
  std::vector<bool> above(static_cast<std::size_t>(sink) + 1, false);
  above.back() = true;
  for (NodeId id = sink; id >= 0; --id) {
    if (!above[static_cast<std::size_t>(id)]) continue;
    const Node& node = graph.node(id);
    if (node.source && node.source->in_order())
      return fmt::format("'{}' can only be decoded from its first row on", node.source->name());
    for (const NodeId input : node.inputs)
      above[static_cast<std::size_t>(input)] = true;
  }
  return {};
}

RunJournals::RunJournals(const Graph& graph, const RunOptions& options) {
  if (!options.resume.on) return;
  if (options.resume.pipeline.empty())
    throw Error(ErrorKind::usage, "to resume, the text that stands for the pipeline must be given");
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
    const Node& node = graph.node(id);
    if (!node.sink) continue;
    const std::string why_not = why_not_resumable(graph, id);
    if (!why_not.empty()) {
      if (options.warning)
        options.warning(fmt::format("'{}' is written from the start after an interruption: {}",
                                    node.sink->name(), why_not));
      continue;
    }
    try {
      journals_[id] = std::make_unique<SinkJournal>(graph, id, options);
    } catch (Error& error) {
      keep();
      error.at_file(node.sink->name()).at_step(node.place.text());
      throw;
    }
    blocks_total_ += node.sink->grid().count();
  }
}

SinkJournal* RunJournals::of(NodeId sink) const {
  const auto found = journals_.find(sink);
  return found == journals_.end() ? nullptr : found->second.get();
}

const ReductionValues* RunJournals::values_of(NodeId reduction) const {
  for (const auto& [sink, journal] : journals_)
    if (const auto found = journal->values().find(reduction); found != journal->values().end())
      return &found->second;
  return nullptr;
}

bool RunJournals::done(const PassPlan& pass) const {
  if (!any()) return false;
  for (int s = 0; s < pass.goals; ++s) {
    const Stage& stage = pass.stages[static_cast<std::size_t>(s)];
    const SinkJournal* journal = of(stage.target());
    const bool known = stage.reduction() ? values_of(stage.target()) != nullptr
                                         : journal && journal->before().all();
    if (!known) return false;
  }
  return true;
}

void RunJournals::add(NodeId reduction, const ReductionValues& values) {
  for (const auto& [sink, journal] : journals_)
    journal->add(reduction, values);
}

bool RunJournals::keep() noexcept {
  bool any = false;
  for (const auto& [sink, journal] : journals_)
    journal->settle();
  bool refused = false;
  for (const auto& [sink, journal] : journals_) {
    any = journal->keep() || any;
    refused = refused || journal->refused();
  }
  return any && !refused;
}

void RunJournals::drop() noexcept {
  for (const auto& [sink, journal] : journals_)
    journal->drop();
}

void RunJournals::remove() noexcept {
  for (const auto& [sink, journal] : journals_)
    journal->remove();
}

Report::Resumed RunJournals::resumed() const {
  Report::Resumed resumed{0, blocks_total_};
  for (const auto& [sink, journal] : journals_)
    resumed.blocks_before += journal->before().count();
  return resumed;
}

}  // namespace sluice
