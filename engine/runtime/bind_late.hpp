// Operations and reductions whose late numbers have become known.
#pragma once

#include <functional>
#include <memory>

#include "engine/graph.hpp"

namespace sluice {

/// The values of a reduction; null while they are not known.
using ValuesOf = std::function<std::shared_ptr<const ReductionValues>(NodeId)>;

/// The operation of a node with late numbers, made anew with what `values_of` gives for each of
/// them; null when one is not known. Throws Error with the node's step.
std::shared_ptr<const Operation> bind_late(const Graph& graph, const Node& node,
                                           const ValuesOf& values_of);

/// The same of a reduction.
std::shared_ptr<const Reduction> bind_late_reduction(const Graph& graph, const Node& node,
                                                     const ValuesOf& values_of);

}  // namespace sluice
