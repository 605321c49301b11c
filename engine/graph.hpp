// A pipeline as a graph: nodes are sources, operations, reductions and sinks.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "image_info.hpp"
#include "operation.hpp"
#include "reduction.hpp"
#include "sink.hpp"
#include "source.hpp"

namespace sluice {

class Graph;
using NodeId = int;

/// Where a node came from, for messages: "resize", and "line 4" or "step 2".
struct StepPlace {
  std::string step;
  std::string where;
  std::string text() const { return where.empty() ? step : step + " (" + where + ")"; }
};

/// A reference to a result of a reduction that is not known yet: array `array` ("" = the main one),
/// element `index`; its value is one number per channel.
struct LateRef {
  NodeId node = -1;
  std::string array;
  int index = 0;
  friend auto operator<=>(const LateRef&, const LateRef&) = default;
};

/// Numbers of an option that may be given now (one for all channels, or one per channel) or come
/// from a reduction when its pass has ended.
class Numbers {
 public:
  Numbers() = default;
  Numbers(double v) : values_{v} {}
  Numbers(std::initializer_list<double> v) : values_(v) {}
  Numbers(std::vector<double> v) : values_(std::move(v)) {}
  Numbers(LateRef ref) : ref_(std::move(ref)), late_(true) {}

  bool late() const { return late_; }
  const LateRef& ref() const { return ref_; }
  const std::vector<double>& values() const { return values_; }
  bool empty() const { return !late_ && values_.empty(); }

 private:
  std::vector<double> values_;
  LateRef ref_;
  bool late_ = false;
};

/// The late numbers of a node once they are known; before that `known` is false and every
/// Numbers resolves to zeros, so that a node can be described.
class LateValues {
 public:
  bool known() const { return known_; }
  /// One number per channel. Throws Error (usage), naming `option`, when `numbers` has neither one
  /// value nor `channels` of them, or one is not finite; Error (data), naming the step that it
  /// comes from, when a late one is not.
  std::vector<double> resolve(const Numbers& numbers, int channels, const char* option) const;

  /// `from`: the step that gave the values, for messages.
  void set(const LateRef& ref, std::vector<double> values, std::string from = {});

 private:
  struct Known {
    std::vector<double> values;
    std::string from;
  };
  [[noreturn]] void refuse_value(double value, std::size_t channel, const char* option,
                                 const LateRef& ref, const Known* known) const;

  bool known_ = false;
  std::map<LateRef, Known> values_;
};

using OperationFactory = std::function<std::shared_ptr<const Operation>(
    std::span<const ImageInfo> inputs, const LateValues& late)>;
using ReductionFactory = std::function<std::shared_ptr<const Reduction>(const LateValues& late)>;

/// A handle to a node that has pixels. Cheap to copy; keeps its graph alive.
class Image {
 public:
  Image() = default;
  Image(std::shared_ptr<Graph> graph, NodeId node) : graph_(std::move(graph)), node_(node) {}
  /// Throws Error (usage) for an empty handle.
  const ImageInfo& info() const;
  Graph& graph() const { return *graph_; }
  const std::shared_ptr<Graph>& graph_pointer() const { return graph_; }
  NodeId node() const { return node_; }
  explicit operator bool() const { return graph_ != nullptr; }

 private:
  std::shared_ptr<Graph> graph_;
  NodeId node_ = -1;
};

/// The values of a reduction that the latest run found; all copies of its node share them.
/// Thread-safe.
class LatestValues {
 public:
  /// Null before the first run.
  std::shared_ptr<const ReductionValues> get() const {
    const std::lock_guard lock(mutex_);
    return values_;
  }
  void set(std::shared_ptr<const ReductionValues> values) {
    const std::lock_guard lock(mutex_);
    values_ = std::move(values);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const ReductionValues> values_;
};

/// A handle to a reduction's results, known after run(); usable before as late numbers.
class Result {
 public:
  Result() = default;
  Result(std::shared_ptr<Graph> graph, NodeId node) : graph_(std::move(graph)), node_(node) {}
  /// Element `index` of the main array.
  Numbers operator[](int index) const { return LateRef{node_, "", index}; }
  Numbers value(const std::string& array, int index = 0) const {
    return LateRef{node_, array, index};
  }
  /// A copy of the numbers that the latest run found. Throws Error (usage) before the first run()
  /// has ended well. Any thread, also while the graph runs.
  ReductionValues values() const;
  NodeId node() const { return node_; }
  const std::shared_ptr<Graph>& graph_pointer() const { return graph_; }
  explicit operator bool() const { return graph_ != nullptr; }

 private:
  std::shared_ptr<Graph> graph_;
  NodeId node_ = -1;
};

/// One node. Exactly one of source, operation, reduction, sink is set.
struct Node {
  StepPlace place;
  std::vector<NodeId> inputs;
  ImageInfo info;  ///< of the output; of the input for a reduction or a sink
  std::shared_ptr<const Source> source;
  std::shared_ptr<const Operation> operation;
  std::shared_ptr<const Reduction> reduction;
  std::shared_ptr<Sink> sink;
  OperationFactory factory;            ///< of an operation, only where `late` is not empty
  ReductionFactory reduction_factory;  ///< likewise of a reduction
  std::vector<LateRef> late;
  std::shared_ptr<LatestValues> values;  ///< of a reduction; Graph::add() makes it
  /// A reduction that only another one of the same step asks: its result is not reported.
  bool inner = false;
  /// Sources and operations with the same key (and the same inputs) have the same pixels; "": it
  /// is not known whether others have.
  std::string key;
};

/// Nodes in the order they were added; inputs come before their users, so it has no cycles.
/// Not thread-safe while it is built. run(), plan() and read_region() only read it, so several of
/// them may work on one graph at once; what a run finds goes into LatestValues.
class Graph {
 public:
  static std::shared_ptr<Graph> make() { return std::make_shared<Graph>(); }

  NodeId add(Node node);
  const std::vector<Node>& nodes() const { return nodes_; }
  Node& node(NodeId id) { return nodes_.at(static_cast<std::size_t>(id)); }
  const Node& node(NodeId id) const { return nodes_.at(static_cast<std::size_t>(id)); }

  /// The place given to nodes added from now on, for their messages.
  void set_place(StepPlace place) { place_ = std::move(place); }
  const StepPlace& place() const { return place_; }
  /// That of a node added now by `step`.
  StepPlace place_of(const char* step) const {
    return place_.step.empty() ? StepPlace{step, ""} : place_;
  }

 private:
  friend class KeyScope;
  std::vector<Node> nodes_;
  StepPlace place_;
  std::string key_;         ///< for nodes added from now on; "": none
  int nodes_with_key_ = 0;  ///< added since it was set
};

/// While it lives, nodes added without a key of their own get `key` and their number. `key` says
/// all that their pixels depend on beside their inputs.
class KeyScope {
 public:
  KeyScope(Graph& graph, std::string key)
      : graph_(graph),
        outer_(std::exchange(graph.key_, std::move(key))),
        outer_nodes_(std::exchange(graph.nodes_with_key_, 0)) {}
  ~KeyScope() {
    graph_.key_ = std::move(outer_);
    graph_.nodes_with_key_ = outer_nodes_;
  }
  KeyScope(const KeyScope&) = delete;
  KeyScope& operator=(const KeyScope&) = delete;

 private:
  Graph& graph_;
  std::string outer_;
  int outer_nodes_;
};

// --- adding nodes; each throws Error (usage) with the step's place
// ---------------------------------

/// `key`: Node::key.
Image add_source(const std::shared_ptr<Graph>& graph, std::shared_ptr<const Source> source,
                 std::string key = {});

/// `step` names the operation in messages when the graph has no place set.
Image add_operation(const char* step, std::span<const Image> inputs,
                    std::shared_ptr<const Operation> operation);
Image add_operation(const char* step, const Image& input,
                    std::shared_ptr<const Operation> operation);

/// An operation some of whose numbers may be late. Without late ones it is made at once; with them
/// it is made twice: to be described, and again when they are known.
Image add_operation(const char* step, std::span<const Image> inputs,
                    std::span<const Numbers* const> late, OperationFactory factory);

/// A generator: an operation without inputs.
Image add_generator(const char* step, const std::shared_ptr<Graph>& graph,
                    std::shared_ptr<const Operation> operation);
Result add_reduction(const char* step, const Image& input,
                     std::shared_ptr<const Reduction> reduction);

/// A reduction some of whose numbers may be late, as with operations. So a step can go over its
/// image several times, each time with what the times before have found.
Result add_reduction(const char* step, const Image& input, std::span<const Numbers* const> late,
                     ReductionFactory factory);
void add_sink(const char* step, const Image& input, std::shared_ptr<Sink> sink);

}  // namespace sluice
