// flip: mirrors an image.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

/// horizontal: left and right change places (the x coordinates); vertical: above and below (y).
enum class FlipAxis : std::uint8_t { horizontal, vertical };

template <>
struct EnumNames<FlipAxis> {
  static constexpr std::pair<std::string_view, FlipAxis> names[] = {
      {"horizontal", FlipAxis::horizontal},
      {"vertical", FlipAxis::vertical},
      {"x", FlipAxis::horizontal},
      {"y", FlipAxis::vertical}};
};

struct FlipOptions {
  FlipAxis axis = FlipAxis::horizontal;
};

/// The mirrored image, all sample types; validity and geo-reference (whose step on that axis
/// changes its sign) go along.
Image flip(const Image& image, const FlipOptions& options = {});
StepSpec flip_step();

}  // namespace sluice
