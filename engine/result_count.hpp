// How many numbers a reduction gives.
#pragma once

#include <cstdint>

#include "engine/graph.hpp"

namespace sluice {

/// Numbers that a reduction node gives: elements of its arrays times channels.
std::int64_t result_count(const Node& node);

}  // namespace sluice
