// What a run knows of earlier ones, over all its outputs.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/planner/pass_plan.hpp"
#include "engine/report.hpp"
#include "engine/run_options.hpp"
#include "engine/runtime/sink_journal.hpp"

namespace sluice {

class RunJournals {
 public:
  RunJournals() = default;
  /// Opens the journals of all outputs that can go on, and warns of those that cannot. Without
  /// ResumeOptions::on there are none. Throws when one is refused; nothing is changed then.
  RunJournals(const Graph& graph, const RunOptions& options);

  bool any() const { return !journals_.empty(); }
  /// An earlier run has made all outputs whole: at most their final names are missing.
  bool whole() const { return whole_; }
  /// whole(), and this one has its final name.
  bool named(NodeId sink) const { return named_.contains(sink); }
  /// nullptr for a sink that has none.
  SinkJournal* of(NodeId sink) const;
  /// nullptr when no earlier run came to know them.
  const ReductionValues* values_of(NodeId reduction) const;
  /// All outputs of the pass are whole and the results of all its reductions known.
  bool done(const PassPlan& pass) const;

  void add(NodeId reduction, const ReductionValues& values);
  /// All sinks have finished: holds what they wrote and notes that it is whole, so that whatever
  /// happens while they get their names, a later run gives the rest of them and is done.
  void note_whole();
  /// The run ends early: leaves what is done to a later one. False when that cannot go on.
  bool keep() noexcept;
  /// The run ends early and nothing is to be left.
  void drop() noexcept;
  /// Every output has its final name.
  void remove() noexcept;
  Report::Resumed resumed() const;

 private:
  void find_whole();
  void drop_held() noexcept;

  const Graph* graph_ = nullptr;
  std::map<NodeId, std::unique_ptr<SinkJournal>> journals_;
  std::vector<std::string> held_;  ///< partial names of outputs without a journal
  bool noted_ = false;             ///< a journal may say that they are held
  bool whole_ = false;
  std::set<NodeId> named_;
  std::int64_t blocks_total_ = 0;
};

}  // namespace sluice
