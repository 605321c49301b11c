// All operations: what is included here is part of the library's header, and what is listed is a
// step of pipelines.
#pragma once

#include <vector>

#include "../engine/options.hpp"
#include "bands/grey.hpp"
#include "bands/select.hpp"
#include "bands/stack.hpp"
#include "colour/convert.hpp"
#include "colour/flatten.hpp"
#include "colour/premultiply.hpp"
#include "colour/unpremultiply.hpp"
#include "filter/convolve.hpp"
#include "filter/gaussian_blur.hpp"
#include "generators/synth.hpp"
#include "geometry/autorotate.hpp"
#include "geometry/crop.hpp"
#include "geometry/extend.hpp"
#include "geometry/flip.hpp"
#include "geometry/rotate.hpp"
#include "pointwise/cast.hpp"
#include "pointwise/expression.hpp"
#include "pointwise/linear.hpp"
#include "pointwise/stretch.hpp"
#include "resample/resize.hpp"
#include "resample/shrink.hpp"
#include "resample/thumbnail.hpp"
#include "statistics/percentile.hpp"
#include "statistics/stats.hpp"

namespace sluice {

/// In the order in which they are shown.
inline std::vector<StepSpec> operation_steps() {
  return {
      // generators
      synth_step(),
      // geometry
      autorotate_step(),
      crop_step(),
      extend_step(),
      flip_step(),
      rotate_step(),
      // resample
      resize_step(),
      shrink_step(),
      thumbnail_step(),
      // pointwise
      cast_step(),
      expression_step(),
      linear_step(),
      stretch_step(),
      // bands
      grey_step(),
      select_step(),
      stack_step(),
      // colour
      convert_step(),
      flatten_step(),
      premultiply_step(),
      unpremultiply_step(),
      // filter
      convolve_step(),
      gaussian_blur_step(),
      // statistics
      stats_step(),
      percentile_step(),
  };
}

}  // namespace sluice
