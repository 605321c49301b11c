#include "pipelines/registry.hpp"

#include <algorithm>
#include <vector>

#include "codecs/format.hpp"
#include "ops/bands/grey.hpp"
#include "ops/bands/select.hpp"
#include "ops/bands/stack.hpp"
#include "ops/filter/convolve.hpp"
#include "ops/filter/gaussian_blur.hpp"
#include "ops/generators/synth.hpp"
#include "ops/geometry/crop.hpp"
#include "ops/geometry/extend.hpp"
#include "ops/geometry/flip.hpp"
#include "ops/geometry/rotate.hpp"
#include "ops/pointwise/cast.hpp"
#include "ops/pointwise/expression.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "ops/resample/resize.hpp"
#include "ops/resample/shrink.hpp"
#include "ops/statistics/percentile.hpp"
#include "ops/statistics/stats.hpp"

namespace sluice {

std::span<const StepSpec> all_steps() {
  static const std::vector<StepSpec> steps = {
      // codecs
      read_step(),
      write_step(),
      // generators
      synth_step(),
      // geometry
      crop_step(),
      extend_step(),
      flip_step(),
      rotate_step(),
      // resample
      resize_step(),
      shrink_step(),
      // pointwise
      cast_step(),
      expression_step(),
      linear_step(),
      stretch_step(),
      // bands
      grey_step(),
      select_step(),
      stack_step(),
      // filter
      convolve_step(),
      gaussian_blur_step(),
      // statistics
      stats_step(),
      percentile_step(),
  };
  return steps;
}

const StepSpec* find_step(std::string_view name) {
  const std::span<const StepSpec> steps = all_steps();
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const StepSpec& s) { return s.name == name; });
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace sluice
