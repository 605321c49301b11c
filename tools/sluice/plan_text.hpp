// A plan for people and, as JSON, for programs.
#pragma once

#include <string>

#include "budget.hpp"
#include "engine/graph.hpp"

namespace sluice::tool {

/// What will be read, computed, held and why, pass by pass; where memory goes.
std::string plan_text(const Graph& graph, const ProcessPlan& plan, const CommonOptions& options);

/// The same as JSON, sizes in pixels and bytes.
std::string plan_json(const Graph& graph, const ProcessPlan& plan, const CommonOptions& options);

/// Why the blocks of a source are held that are held, as far as geometry tells: "2 rows of its
/// blocks (512 rows of pixels): units go along rows, and ...". "" where it is few blocks of the
/// units in flight.
std::string why_held(const PlannedPass& pass, const PlannedSource& source);

}  // namespace sluice::tool
