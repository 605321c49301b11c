// grey: one band out of red, green and blue.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

enum class GreyWeights : std::uint8_t { rec601, rec709, linear };
template <>
struct EnumNames<GreyWeights> {
  static constexpr std::pair<std::string_view, GreyWeights> names[] = {
      {"rec601", GreyWeights::rec601},
      {"rec709", GreyWeights::rec709},
      {"linear", GreyWeights::linear}};
};

struct GreyOptions {
  GreyWeights weights = GreyWeights::rec601;
};

/// Luma or luminance of an RGB image; an alpha band is kept. A grey image passes unchanged.
///
/// rec601: 0.299 R + 0.587 G + 0.114 B, rec709: 0.2126 R + 0.7152 G + 0.0722 B, on the stored
/// samples of any type but u64 and i64: in f32 ((wr R + wg G) + wb B, every step rounded), in f64
/// for f64, u32 and i32; an integer result is rounded to nearest, ties to even. linear: the rec709
/// sum in linear light. Samples are sRGB over the range of u8 or u16, or 0 to 1 in f32 and f64
/// (negative values mirrored); decoded and encoded after IEC 61966-2-1 (power as exp(e log v) of
/// engine/simd/math.hpp): in f64, decoded values, sum, encoded value and its product with the
/// range's largest value rounded to f32 (f64 images: all in f64). Refused for other types and for
/// premultiplied alpha. nodata values are dropped: the sum of three can be any value. Validity is
/// passed on. Throws Error (usage) unless the image is grey or has three colour bands.
Image grey(const Image& image, const GreyOptions& options = {});

StepSpec grey_step();

}  // namespace sluice
