#include "engine/runtime/run_journals.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "engine/callbacks.hpp"

namespace sluice {

RunJournals::RunJournals(const Graph& graph, const RunOptions& options) : graph_(&graph) {
  if (!options.resume.on) return;
  if (options.resume.pipeline.empty())
    throw Error(ErrorKind::usage, "to resume, the text that stands for the pipeline must be given");
  std::vector<std::string> warnings;
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
    const Node& node = graph.node(id);
    if (!node.sink) continue;
    const std::string why_not = why_not_resumable(graph, id);
    if (!why_not.empty()) {
      warnings.push_back(fmt::format("'{}' is written from the start after an interruption: {}",
                                     node.sink->name(), why_not));
      continue;
    }
    with_place([&] { journals_[id] = std::make_unique<SinkJournal>(graph, id, options); },
               [&](Error& error) {
                 keep();
                 error.at_file(node.sink->name()).at_step(node.place.text());
               });
    blocks_total_ += node.sink->grid().count();
  }
  try {
    find_whole();
  } catch (...) {
    keep();
    throw;
  }
  if (!whole_)
    for (const std::string& warning : warnings)
      call_host("warning", options.warning, warning);
}

// Journals are removed one after the other, so any of them speaks for all outputs.
void RunJournals::find_whole() {
  const auto found = std::find_if(journals_.begin(), journals_.end(), [](const auto& journal) {
    return !journal.second->whole().empty();
  });
  if (found == journals_.end()) return;
  whole_ = noted_ = true;
  for (const WholeOutput& output : found->second->whole()) {
    const Sink& sink = *graph_->node(output.sink).sink;
    const std::string partial = partial_name(sink.path());
    if (!journals_.contains(output.sink)) held_.push_back(partial);
    if (identity_of(sink.path()) == output.file)
      named_.insert(output.sink);
    else if (identity_of(partial) != output.file)
      throw journal_refusal(
          ErrorKind::data,
          fmt::format("it had finished, but neither this file nor '{}' is what it made", partial),
          found->second->path())
          .at_file(sink.name());
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
  for (int s = 0; s < pass.shape->goals; ++s) {
    const Stage& stage = pass.stage(s);
    const SinkJournal* journal = of(stage.target());
    const bool known = stage.reduction() ? values_of(stage.target()) != nullptr
                                         : whole_ || (journal && journal->before().all());
    if (!known && whole_)
      throw Error(
          ErrorKind::data,
          "cannot go on with the interrupted run: its journals have no results of this step")
          .at_step(stage.named_node().place.text());
    if (!known) return false;
  }
  return true;
}

void RunJournals::add(NodeId reduction, const ReductionValues& values) {
  for (const auto& [sink, journal] : journals_)
    journal->add(reduction, values);
}

void RunJournals::note_whole() {
  if (!any()) return;
  // What a host takes in memory is gone with its process.
  const auto& nodes = graph_->nodes();
  if (std::any_of(nodes.begin(), nodes.end(),
                  [](const Node& node) { return node.sink && node.sink->path().empty(); }))
    return;
  std::vector<WholeOutput> outputs;
  for (NodeId id = 0; id < static_cast<NodeId>(graph_->nodes().size()); ++id) {
    const Node& node = graph_->node(id);
    if (!node.sink) continue;
    with_place(
        [&] {
          const std::string partial = partial_name(node.sink->path());
          if (!of(id)) held_.push_back(partial);
          node.sink->hold();
          const auto file = identity_of(partial);
          if (!file)
            throw Error(ErrorKind::system,
                        fmt::format("its partial file '{}' is missing", partial));
          outputs.push_back({id, *file});
        },
        [&](Error& error) { error.at_file(node.sink->name()).at_step(node.place.text()); });
  }
  noted_ = true;
  for (const auto& [sink, journal] : journals_)
    journal->note_whole(outputs);
}

void RunJournals::drop_held() noexcept {
  for (const std::string& partial : held_)
    unlink(partial.c_str());
}

bool RunJournals::keep() noexcept {
  if (!noted_) drop_held();
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
  drop_held();
  for (const auto& [sink, journal] : journals_)
    journal->drop();
}

void RunJournals::remove() noexcept {
  drop_held();
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
