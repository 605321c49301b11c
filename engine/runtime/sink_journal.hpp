// The journal of one output: which of its blocks are stored.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/file_identity.hpp"
#include "engine/graph.hpp"
#include "engine/run_options.hpp"
#include "engine/runtime/fingerprint.hpp"
#include "engine/runtime/journal.hpp"
#include "engine/runtime/record.hpp"

namespace sluice {

/// Blocks that earlier runs have stored: the first ones where a sink stores in the grid's order,
/// else one bit a block.
class StoredBlocks {
 public:
  StoredBlocks(std::int64_t total, bool any_order)
      : total_(total), bits_(static_cast<std::size_t>(any_order ? total : 0)) {}
  std::int64_t count() const { return count_; }
  bool all() const { return count_ == total_; }
  bool contains(std::int64_t index) const {
    return bits_.empty() ? index < count_ : bits_[static_cast<std::size_t>(index)];
  }
  /// False for a block that cannot come next.
  bool add(std::int64_t index);

 private:
  std::int64_t total_;
  std::vector<bool> bits_;
  std::int64_t count_ = 0;
};

/// From a start of a machine to the next: what was written there can be read there.
struct Machine {
  std::string host, boot;
  bool operator==(const Machine&) const = default;
};

/// An output of the run that has all its bytes, under its partial or its final name.
struct WholeOutput {
  NodeId sink = -1;
  FileIdentity file;
};

/// Calls come from one thread at a time.
class SinkJournal {
 public:
  /// Opens the journal, refuses one of another run, and reads what is stored. Changes nothing of
  /// the partial output.
  SinkJournal(const Graph& graph, NodeId sink, const RunOptions& options);

  const std::string& path() const { return journal_.path(); }
  const StoredBlocks& before() const { return before_; }
  /// Results of reductions that earlier runs came to know, by node.
  const std::map<NodeId, ReductionValues>& values() const { return values_; }
  /// All outputs of the run, once they are whole: nothing is left but to give them their names.
  const std::vector<WholeOutput>& whole() const { return whole_; }
  /// It turned out, too late for the constructor, that a later run cannot go on.
  bool refused() const { return refused_; }

  /// Begins the sink, or takes it up.
  void begin();
  /// The sink has stored this block. What is told here is written now and then, so that a kill
  /// costs little.
  void stored(std::int64_t index, std::int64_t bytes);
  void add(NodeId reduction, const ReductionValues& values);
  /// All outputs are finished and held: their final names come next.
  void note_whole(std::span<const WholeOutput> outputs);
  /// The run ends early. First settle(), which notes the last blocks, of all outputs, since keep()
  /// waits for the disk; it leaves the output to a later run, or removes it when it holds nothing.
  void settle() noexcept;
  bool keep() noexcept;  ///< false when a later run finds nothing
  /// The run ends early and nothing is to be left.
  void drop() noexcept;
  /// The run has ended: the journal goes.
  void remove() noexcept;

 private:
  void start();
  void read_all();
  void take(JournalRecord type, RecordReader record);
  void take_session(RecordReader record);
  void move_to(Machine machine);
  void warn_of_lost_part(const RunOptions& options) const;
  void flush();
  bool holds_nothing() const { return before_.count() == 0 && !wrote_blocks_ && values_.empty(); }
  bool is_there() const;  ///< what a later run needs has its names
  std::string partial() const { return partial_name(sink_.path()); }
  template <class F>
  void or_refuse(F&& f);
  [[noreturn]] void refuse(ErrorKind kind, const std::string& reason);

  const Graph& graph_;
  Sink& sink_;
  ResumableSink& resumable_;
  const bool sync_;
  const std::vector<Fact> facts_;
  Journal journal_;
  StoredBlocks before_;
  std::map<NodeId, ReductionValues> values_;
  std::vector<WholeOutput> whole_;
  Machine machine_;                  ///< of the session that is being read
  bool session_syncs_ = false;       ///< so does it
  std::optional<Machine> unsynced_;  ///< it stored blocks that may not have reached the disk
  std::string doubt_;                ///< why that matters: the machine is another one since
  bool refused_ = false;
  bool begun_ = false;
  bool wrote_blocks_ = false;
  RecordWriter batch_;
  std::chrono::steady_clock::time_point flushed_;
};

}  // namespace sluice
