// linear: gain and offset per band.
#pragma once

#include <optional>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct LinearOptions {
  Numbers gain = 1;                     ///< one for all colour bands, or one per band
  Numbers offset = 0;                   ///< likewise; added after the multiplication
  std::optional<SampleType> type = {};  ///< of the result; the input's when not given
};

/// sample * gain + offset. An alpha band is kept; its share of opacity stays when the type changes.
///
/// Arithmetic: f32, or f64 when input or result is f64, u32 or i32; one multiplication, one
/// addition, then for an integer result rounding to nearest, ties to even, and clamping. NaN stays
/// NaN and becomes 0 in an integer. gain and offset may come from a reduction.
/// A band's nodata value goes through the same arithmetic; it is dropped where distinct samples may
/// become equal (clamped, |gain| < 1 into an integer, late numbers). Scale and offset of the bands
/// follow, so that physical values stay.
/// Throws Error (usage) for u64 and i64, which f64 cannot hold: cast first.
Image linear(const Image& image, const LinearOptions& options = {});

StepSpec linear_step();

}  // namespace sluice
