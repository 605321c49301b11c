#include "engine/graph.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/with_place.hpp"

namespace sluice {

const std::vector<std::vector<double>>* ReductionValues::find(const std::string& name) const {
  for (const auto& [array, values] : arrays)
    if (name.empty() || array == name) return &values;
  return nullptr;
}

std::vector<double> LateValues::resolve(const Numbers& numbers, int channels,
                                        const char* option) const {
  const auto count = static_cast<std::size_t>(channels);
  std::vector<double> values = numbers.values();
  const Known* known = nullptr;
  if (numbers.late()) {
    if (!known_) return std::vector<double>(count, 0.0);
    const auto found = values_.find(numbers.ref());
    if (found != values_.end()) {
      known = &found->second;
      values = known->values;
    }
  }
  for (std::size_t c = 0; c < values.size(); ++c)
    if (!std::isfinite(values[c])) refuse_value(values[c], c, option, numbers.ref(), known);
  if (values.size() == 1) values.resize(count, values.front());
  if (values.size() != count)
    throw Error(ErrorKind::usage,
                fmt::format("{} has {} values for {} channels; give one for all or one per channel",
                            option, values.size(), channels));
  return values;
}

// A number that is none would make every pixel the same without a word.
void LateValues::refuse_value(double value, std::size_t channel, const char* option,
                              const LateRef& ref, const Known* known) const {
  if (!known)
    throw Error(ErrorKind::usage, fmt::format("{} must be finite, not {}", option, value));
  const std::string number = ref.array.empty() ? fmt::format("value {}", ref.index)
                                               : fmt::format("{}[{}]", ref.array, ref.index);
  throw Error(ErrorKind::data,
              fmt::format("{} is {} of {}, which is {} for channel {}: {}", option, number,
                          known->from.empty() ? "a result" : known->from, value, channel,
                          std::isnan(value) ? "its image has no pixel with a value there"
                                            : "its image has infinite samples there"));
}

void LateValues::set(const LateRef& ref, std::vector<double> values, std::string from) {
  values_[ref] = {std::move(values), std::move(from)};
  known_ = true;
}

const ImageInfo& Image::info() const {
  if (!graph_) throw Error(ErrorKind::usage, "an empty image handle has no description");
  return graph_->node(node_).info;
}

ReductionValues Result::values() const {
  if (!graph_) throw Error(ErrorKind::usage, "an empty result handle has no values");
  const Node& node = graph_->node(node_);
  const std::shared_ptr<const ReductionValues> values = node.values->get();
  if (!values)
    throw Error(ErrorKind::usage, "the result is not known before the graph has run")
        .at_step(node.place.text());
  return *values;
}

NodeId Graph::add(Node node) {
  if (node.key.empty() && !key_.empty()) node.key = key_ + '#' + std::to_string(nodes_with_key_++);
  if (node.reduction && !node.values) node.values = std::make_shared<LatestValues>();
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size()) - 1;
}

namespace {

// What the host hands over to become a node of `step`.
template <class T>
void refuse_null(const T& given, const char* step, const char* what) {
  if (!given) throw Error(ErrorKind::usage, fmt::format("it was given no {}", what)).at_step(step);
}

std::vector<NodeId> ids_of(std::span<const Image> inputs, const Graph& graph) {
  std::vector<NodeId> ids;
  for (const Image& image : inputs) {
    if (!image || &image.graph() != &graph)
      throw Error(ErrorKind::usage, "an input is empty or belongs to another graph");
    ids.push_back(image.node());
  }
  return ids;
}

const std::shared_ptr<Graph>& graph_of(std::span<const Image> inputs, const char* step) {
  if (inputs.empty() || !inputs.front())
    throw Error(ErrorKind::usage, "it needs an input").at_step(step);
  return inputs.front().graph_pointer();
}

std::vector<ImageInfo> infos_of(std::span<const Image> inputs) {
  std::vector<ImageInfo> infos;
  for (const Image& image : inputs)
    infos.push_back(image.info());
  return infos;
}

// Those of the given numbers that are late, each one that will be known.
std::vector<LateRef> late_refs(const Graph& graph, std::span<const Numbers* const> late) {
  std::vector<LateRef> refs;
  std::map<NodeId, ReductionValues> shapes;
  for (const Numbers* numbers : late) {
    if (!numbers->late()) continue;
    const LateRef& ref = numbers->ref();
    if (ref.node < 0 || ref.node >= static_cast<NodeId>(graph.nodes().size()) ||
        !graph.node(ref.node).reduction)
      throw Error(ErrorKind::usage, "a late number refers to a step that gives no result");
    const auto [shape, fresh] = shapes.try_emplace(ref.node);
    if (fresh) shape->second = graph.node(ref.node).reduction->shape();
    const auto* array = shape->second.find(ref.array);
    if (!array || ref.index < 0 || ref.index >= static_cast<int>(array->size()))
      throw Error(ErrorKind::usage,
                  fmt::format("{} has no result {}[{}]", graph.node(ref.node).place.text(),
                              ref.array.empty() ? "" : "." + ref.array, ref.index));
    refs.push_back(ref);
  }
  return refs;
}

Image add_node(const std::shared_ptr<Graph>& graph, Node node) {
  in_step(node.place.text(), [&] { return node.info.bytes(); });
  return Image(graph, graph->add(std::move(node)));
}

}  // namespace

Image add_source(const std::shared_ptr<Graph>& graph, std::shared_ptr<const Source> source,
                 std::string key) {
  refuse_null(graph, "read", "graph");
  refuse_null(source, "read", "source");
  Node node;
  node.key = std::move(key);
  node.place = graph->place_of("read");
  node.info = source->info();
  node.source = std::move(source);
  return add_node(graph, std::move(node));
}

Image add_operation(const char* step, std::span<const Image> inputs,
                    std::shared_ptr<const Operation> operation) {
  const std::shared_ptr<Graph>& graph = graph_of(inputs, step);
  refuse_null(operation, step, "operation");
  Node node;
  node.place = graph->place_of(step);
  in_step(node.place.text(), [&] {
    node.inputs = ids_of(inputs, *graph);
    check_traits(*operation, infos_of(inputs));
    return 0;
  });
  node.info = operation->info();
  node.operation = std::move(operation);
  return add_node(graph, std::move(node));
}

Image add_operation(const char* step, const Image& input,
                    std::shared_ptr<const Operation> operation) {
  return add_operation(step, std::span(&input, 1), std::move(operation));
}

Image add_operation(const char* step, std::span<const Image> inputs,
                    std::span<const Numbers* const> late, OperationFactory factory) {
  const std::shared_ptr<Graph>& graph = graph_of(inputs, step);
  Node node;
  node.place = graph->place_of(step);
  in_step(node.place.text(), [&] {
    node.inputs = ids_of(inputs, *graph);
    const std::vector<ImageInfo> infos = infos_of(inputs);
    node.operation = factory(infos, LateValues{});
    refuse_null(node.operation, step, "operation");
    check_traits(*node.operation, infos);
    node.late = late_refs(*graph, late);
    return 0;
  });
  node.info = node.operation->info();
  if (!node.late.empty()) node.factory = std::move(factory);
  return add_node(graph, std::move(node));
}

Image add_generator(const char* step, const std::shared_ptr<Graph>& graph,
                    std::shared_ptr<const Operation> operation) {
  refuse_null(graph, step, "graph");
  refuse_null(operation, step, "operation");
  Node node;
  node.place = graph->place_of(step);
  in_step(node.place.text(), [&] {
    check_traits(*operation, {});
    return 0;
  });
  node.info = operation->info();
  node.operation = std::move(operation);
  return add_node(graph, std::move(node));
}

Result add_reduction(const char* step, const Image& input,
                     std::shared_ptr<const Reduction> reduction) {
  const std::shared_ptr<Graph>& graph = graph_of({&input, 1}, step);
  refuse_null(reduction, step, "reduction");
  Node node;
  node.place = graph->place_of(step);
  node.inputs = {input.node()};
  node.info = input.info();
  node.reduction = std::move(reduction);
  return Result(graph, graph->add(std::move(node)));
}

Result add_reduction(const char* step, const Image& input, std::span<const Numbers* const> late,
                     ReductionFactory factory) {
  const std::shared_ptr<Graph>& graph = graph_of({&input, 1}, step);
  Node node;
  node.place = graph->place_of(step);
  in_step(node.place.text(), [&] {
    node.reduction = factory(LateValues{});
    refuse_null(node.reduction, step, "reduction");
    node.late = late_refs(*graph, late);
    return 0;
  });
  node.inputs = {input.node()};
  node.info = input.info();
  if (!node.late.empty()) node.reduction_factory = std::move(factory);
  return Result(graph, graph->add(std::move(node)));
}

void add_sink(const char* step, const Image& input, std::shared_ptr<Sink> sink) {
  Graph& graph = *graph_of({&input, 1}, step);
  refuse_null(sink, step, "sink");
  Node node;
  node.place = graph.place_of(step);
  node.inputs = {input.node()};
  node.info = input.info();
  node.sink = std::move(sink);
  graph.add(std::move(node));
}

}  // namespace sluice
