// A step tried on pictures in memory, without the engine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "random_graphs/rules.hpp"
#include "support/apply_chain.hpp"

namespace sluice::test {

/// One choice of inputs and options.
struct Trial {
  std::string text;                   ///< as a pipeline
  Image image;                        ///< the step's, behind sources in memory
  std::map<NodeId, Picture> sources;  ///< their pixels
  Picture expected;                   ///< what the step gives, plainly
};

/// A picture that steps may be tried on: awkward sizes, one to five bands of any meaning, with
/// alpha and validity or without.
Picture trial_picture(Random& random, SampleType type);

/// Tries the step with options chosen at random; nullopt where it does not suit the inputs.
std::optional<Trial> try_step(const Rule& rule, Random& random, std::vector<Picture> inputs);

/// The same on pictures of `type`, as many as the step may take, until one suits; nullopt where
/// none of many does.
std::optional<Trial> try_step(const Rule& rule, Random& random, SampleType type);

}  // namespace sluice::test
