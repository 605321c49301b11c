// stretch: a range of values to the full range of a type.
#pragma once

#include <optional>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct StretchOptions {
  Numbers low = {};   ///< becomes out_low; one, or one per band; required
  Numbers high = {};  ///< becomes out_high; required
  std::optional<double> out_low =
      {};  ///< the type's smallest value, 0 for f32 and f64, when not given
  std::optional<double> out_high =
      {};  ///< the type's largest value, 1 for f32 and f64, when not given
  SampleType type = SampleType::u8;  ///< of the result
};

/// Maps [low, high] linearly to [out_low, out_high] and clamps what lies outside. low above high
/// inverts. Where low equals high, or one is not finite (a reduction found no valid sample), the
/// band is out_low. An alpha band is kept, converted to the full range of the type.
///
/// Arithmetic: f32, or f64 when input or result is f64, u32 or i32:
/// (sample - low) * ((out_high - out_low) / (high - low)) + out_low, the quotient computed in f64;
/// clamped; an integer result is rounded to nearest, ties to even. NaN stays NaN and becomes 0 in
/// an integer. low and high may come from a reduction. nodata values, scale and offset of the bands
/// are dropped: clamping mixes nodata with values; a validity plane is passed on. Throws Error
/// (usage) for u64 and i64: cast first.
Image stretch(const Image& image, const StretchOptions& options);

StepSpec stretch_step();

}  // namespace sluice
