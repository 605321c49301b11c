// A plan as a drawing: the graph with its passes, stages, sizes and memory, in Graphviz's language.
#pragma once

#include <string>

#include "budget.hpp"
#include "engine/graph.hpp"

namespace sluice::tool {

/// The plan as a digraph for Graphviz's `dot`: a cluster for each pass and in it one for each
/// stage, pixels flowing down, dashed edges from a result to the step whose option it is. Valid for
/// any names: what XML or UTF-8 does not allow is replaced.
std::string plan_dot(const Graph& graph, const ProcessPlan& plan);

}  // namespace sluice::tool
