#include "engine/runtime/bind_late.hpp"

#include <optional>
#include <string>

#include "engine/with_place.hpp"

namespace sluice {

namespace {

/// The late numbers of a node; none when one is not known.
std::optional<LateValues> late_values(const Graph& graph, const Node& node,
                                      const ValuesOf& values_of) {
  LateValues late;
  for (const LateRef& ref : node.late) {
    const std::shared_ptr<const ReductionValues> values = values_of(ref.node);
    if (!values) return std::nullopt;
    const auto* array = values->find(ref.array);
    if (!array || ref.index < 0 || ref.index >= static_cast<int>(array->size()))
      throw Error(ErrorKind::internal,
                  graph.node(ref.node).place.text() + " gave other results than it had announced");
    late.set(ref, (*array)[static_cast<std::size_t>(ref.index)], graph.node(ref.node).place.text());
  }
  return late;
}

/// What `make` gives for the node's late numbers; null when one is not known.
template <class Make>
auto bind(const Graph& graph, const Node& node, const ValuesOf& values_of, const char* what,
          Make&& make) {
  return with_place(
      [&]() -> decltype(make(LateValues())) {
        const std::optional<LateValues> late = late_values(graph, node, values_of);
        if (!late) return nullptr;
        auto made = make(*late);
        if (!made) throw Error(ErrorKind::internal, std::string("its factory gave no ") + what);
        return made;
      },
      [&](Error& error) { error.at_step(node.place.text()); });
}

}  // namespace

std::shared_ptr<const Operation> bind_late(const Graph& graph, const Node& node,
                                           const ValuesOf& values_of) {
  return bind(graph, node, values_of, "operation", [&](const LateValues& late) {
    std::vector<ImageInfo> inputs;
    for (const NodeId input : node.inputs)
      inputs.push_back(graph.node(input).info);
    return node.factory(inputs, late);
  });
}

std::shared_ptr<const Reduction> bind_late_reduction(const Graph& graph, const Node& node,
                                                     const ValuesOf& values_of) {
  return bind(graph, node, values_of, "reduction",
              [&](const LateValues& late) { return node.reduction_factory(late); });
}

}  // namespace sluice
