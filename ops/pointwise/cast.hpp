// cast: another sample type.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

enum class CastScale : std::uint8_t {
  none,   ///< the value stays, rounded and clamped
  range,  ///< the full range of one type becomes the full range of the other
};
template <>
struct EnumNames<CastScale> {
  static constexpr std::pair<std::string_view, CastScale> names[] = {{"none", CastScale::none},
                                                                     {"range", CastScale::range}};
};

struct CastOptions {
  SampleType to = SampleType::u8;
  CastScale scale = CastScale::none;
};

/// Converts the samples, all types into all.
///
/// none: to an integer, rounded to nearest, ties to even, clamped, NaN becomes 0; to a floating
/// type, the nearest value (ties to even).
///
/// range: the smallest value of the one type becomes the
/// smallest of the other, the largest the largest; the range of f32 and f64 is 0 to 1.
///
/// Integer to
/// integer: the nearest integer to the exact quotient (a tie cannot occur). Integer to floating:
/// (v - smallest) / (largest - smallest), one rounding for 8 and 16 bit to f32, else in f64.
/// Floating to integer: v * (largest - smallest) + smallest in f32, or in f64 when one of the types
/// has 32 or 64 bits and is not f32; rounded, clamped. Floating to floating: as none. Every NaN
/// result is the quiet NaN without sign or payload, except that a cast to the same type keeps all
/// bits.
///
/// nodata values go along where the result type holds them exactly, else they are dropped.
/// A palette stays one for `none` into u8 or u16.
Image cast(const Image& image, const CastOptions& options);

StepSpec cast_step();

}  // namespace sluice
