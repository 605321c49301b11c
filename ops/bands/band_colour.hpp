// What chosen or joined bands mean together.
#pragma once

#include "../../engine/image_info.hpp"
#include "../../engine/options.hpp"

namespace sluice {

enum class BandColour : std::uint8_t {
  automatic,  ///< by the bands' roles
  multiband,  ///< measurements; an alpha band stays alpha
  grey,       ///< one band, or grey and alpha
  rgb,        ///< three bands, or RGB and alpha
};
template <>
struct EnumNames<BandColour> {
  static constexpr std::pair<std::string_view, BandColour> names[] = {
      {"auto", BandColour::automatic},
      {"multiband", BandColour::multiband},
      {"grey", BandColour::grey},
      {"rgb", BandColour::rgb}};
};

}  // namespace sluice
