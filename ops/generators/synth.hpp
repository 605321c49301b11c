// synth: pictures out of nothing, for tests, examples and measurements.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

enum class SynthKind : std::uint8_t { terrain, tissue, gradient, checker, noise };

template <>
struct EnumNames<SynthKind> {
  static constexpr std::pair<std::string_view, SynthKind> names[] = {
      {"terrain", SynthKind::terrain},
      {"tissue", SynthKind::tissue},
      {"gradient", SynthKind::gradient},
      {"checker", SynthKind::checker},
      {"noise", SynthKind::noise}};
};

struct SynthOptions {
  SynthKind kind = SynthKind::tissue;
  std::int64_t width = 1024;  ///< pixels, 1 to 2^40
  std::int64_t height = 1024;
  std::uint64_t seed = 0;                         ///< terrain, tissue, noise
  std::optional<SampleType> type = std::nullopt;  ///< gradient, checker, noise: u8 when left out
  std::optional<int> channels = std::nullopt;     ///< gradient, checker, noise: 1 when left out
  std::int64_t cell = 32;                         ///< checker: side of a square, pixels
};

/// A picture whose pixel is a function of its coordinates, the seed and (gradient alone) the size:
/// nothing is stored, so any size costs the same until it is read.
///
/// - terrain: f32, heights of 0 to 3000 metres at 30 m a pixel, with a geo-reference (UTM zone 32
///   north): fractal gradient noise with ridges.
/// - tissue: u8 RGB, a section stained with hematoxylin and eosin at 20x (0.5 micrometres a pixel).
/// - gradient: from 0 to the type's largest value (floats: 0 to 1), along x in the first channel,
///   along y in the second, along both in the third, and so on; integers rounded half up.
/// - checker: squares of 0 and the type's largest value (floats: 1), 0 at the origin.
/// - noise: every sample independent and uniform over the integer type's range, or in [0, 1).
///
/// The same bits on every machine. Throws Error (usage) for a size or an option that does not go
/// with the kind.
Image synth(const std::shared_ptr<Graph>& graph, const SynthOptions& options);
StepSpec synth_step();

}  // namespace sluice
