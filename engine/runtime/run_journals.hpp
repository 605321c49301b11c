// What a run knows of earlier ones, over all its outputs.
#pragma once

#include <map>
#include <memory>

#include "engine/planner/pass_plan.hpp"
#include "engine/run.hpp"
#include "engine/runtime/sink_journal.hpp"

namespace sluice {

class RunJournals {
 public:
  RunJournals() = default;
  /// Opens the journals of all outputs that can go on, and warns of those that cannot. Without
  /// ResumeOptions::on there are none. Throws when one is refused; nothing is changed then.
  RunJournals(const Graph& graph, const RunOptions& options);

  bool any() const { return !journals_.empty(); }
  /// nullptr for a sink that has none.
  SinkJournal* of(NodeId sink) const;
  /// nullptr when no earlier run came to know them.
  const ReductionValues* values_of(NodeId reduction) const;
  /// All outputs of the pass are whole and the results of all its reductions known.
  bool done(const PassPlan& pass) const;

  void add(NodeId reduction, const ReductionValues& values);
  /// The run ends early: leaves what is done to a later one. False when that cannot go on.
  bool keep() noexcept;
  /// The run ends early and nothing is to be left.
  void drop() noexcept;
  /// Every output has its final name.
  void remove() noexcept;
  Report::Resumed resumed() const;

 private:
  std::map<NodeId, std::unique_ptr<SinkJournal>> journals_;
  std::int64_t blocks_total_ = 0;
};

}  // namespace sluice
