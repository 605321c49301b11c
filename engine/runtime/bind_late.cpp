#include "engine/runtime/bind_late.hpp"

#include "engine/with_place.hpp"

namespace sluice {

namespace {

std::shared_ptr<const Operation> bind(const Graph& graph, const Node& node,
                                      const ValuesOf& values_of) {
  LateValues late;
  for (const LateRef& ref : node.late) {
    const std::shared_ptr<const ReductionValues> values = values_of(ref.node);
    if (!values) return nullptr;
    const auto* array = values->find(ref.array);
    if (!array || ref.index < 0 || ref.index >= static_cast<int>(array->size()))
      throw Error(ErrorKind::internal,
                  graph.node(ref.node).place.text() + " gave other results than it had announced");
    late.set(ref, (*array)[static_cast<std::size_t>(ref.index)], graph.node(ref.node).place.text());
  }
  std::vector<ImageInfo> inputs;
  for (const NodeId input : node.inputs)
    inputs.push_back(graph.node(input).info);
  std::shared_ptr<const Operation> operation = node.factory(inputs, late);
  if (!operation) throw Error(ErrorKind::internal, "its factory gave no operation");
  return operation;
}

}  // namespace

std::shared_ptr<const Operation> bind_late(const Graph& graph, const Node& node,
                                           const ValuesOf& values_of) {
  return with_place([&] { return bind(graph, node, values_of); },
                    [&](Error& error) { error.at_step(node.place.text()); });
}

}  // namespace sluice
