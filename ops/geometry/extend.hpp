// extend: adds pixels around an image.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

/// Where the image goes on the larger one.
enum class Gravity : std::uint8_t {
  centre,
  north,
  south,
  east,
  west,
  north_east,
  north_west,
  south_east,
  south_west
};

template <>
struct EnumNames<Gravity> {
  static constexpr std::pair<std::string_view, Gravity> names[] = {
      {"centre", Gravity::centre},
      {"north", Gravity::north},
      {"south", Gravity::south},
      {"east", Gravity::east},
      {"west", Gravity::west},
      {"north-east", Gravity::north_east},
      {"north-west", Gravity::north_west},
      {"south-east", Gravity::south_east},
      {"south-west", Gravity::south_west}};
};

/// Either pixels per side, or the new size with the place of the image on it.
struct ExtendOptions {
  std::optional<std::int64_t> left = std::nullopt, right = std::nullopt, top = std::nullopt,
                              bottom = std::nullopt;
  std::optional<std::int64_t> width = std::nullopt, height = std::nullopt;
  Gravity gravity = Gravity::centre;
  Edge mode = Edge::constant;
  double value = 0;  ///< of the new samples in all channels, for Edge::constant
};

/// The image with more pixels around it, all sample types. The new ones repeat the nearest pixel
/// (replicate), mirror the image with its edge pixel repeated (mirror), have one value (constant)
/// or continue the image periodically (wrap). Geo-reference goes along. A centred image in an odd
/// remainder has the odd pixel right and below. Throws Error (usage) when the new size is smaller
/// than the image, passes 2^40, or when `value` is none of the sample type.
Image extend(const Image& image, const ExtendOptions& options);
StepSpec extend_step();

}  // namespace sluice
