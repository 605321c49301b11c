// What a journal belongs to: all that decides the bytes of an output.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/graph.hpp"
#include "engine/run_options.hpp"

namespace sluice {

/// A property and its value, both as a reader of messages would want them.
struct Fact {
  std::string name, value;
  friend bool operator==(const Fact&, const Fact&) = default;
};

/// Version, pipeline, graph, the inputs' sizes, times and first and last bytes, and the form of the
/// output. Reads from the inputs; throws their errors.
std::vector<Fact> fingerprint_of(const Graph& graph, NodeId sink, const ResumeOptions& options);

/// What is not the same any more, as a sentence; "" when all is.
std::string difference_of(std::span<const Fact> earlier, std::span<const Fact> now);

std::vector<std::byte> encoded(std::span<const Fact> facts);
std::vector<Fact> decoded_facts(std::span<const std::byte> record);

}  // namespace sluice
