#include "ops/common/plane_map.hpp"

#include <cmath>

#include "engine/error.hpp"
#include "ops/common/planes.hpp"
#include "ops/common/validity.hpp"

namespace sluice {

PlaneMap range_map(SampleType from, SampleType to, int bits, bool turned) {
  PlaneMap map;
  if (is_float(from) && is_float(to) && !turned) return map;
  const auto ends = [](SampleType type, int of_bits) {
    if (is_float(type)) return std::pair(0.0, 1.0);
    return of_bits > 0 ? std::pair(0.0, std::ldexp(1, of_bits) - 1) : range_of(type);
  };
  const auto [in_low, in_high] = ends(from, bits);
  const auto [out_low, out_high] = ends(to, 0);
  map.subtract = turned ? in_high : in_low;
  map.add = is_float(to) && !turned ? map.add : out_low;
  const double in = turned ? in_low - in_high : in_high - in_low;
  // The length of an integers' range is 2^n - 1, which is odd: quotients by it are no ties, and
  // further from one than the factor's rounding moves them.
  map.divide = is_float(to) && !is_float(from);
  map.factor = map.divide ? in : (out_high - out_low) / in;
  if (bits > 0 && !is_float(to)) map.low = out_low, map.high = out_high;
  return map;
}

void map_plane(const PlaneMap& map, const TileView& in, int c, const TileView& out, int to,
               Isa isa) {
  const PlaneMapKernels& kernels = plane_map_kernels_for(isa);
  const auto row =
      (map.divide ? kernels.divide
                  : kernels.multiply)[static_cast<int>(in.type)][static_cast<int>(out.type)];
  for (std::int64_t y = 0; y < out.rect.height; ++y)
    row(map, in.row(c, y), out.row(to, y), out.rect.width);
}

PlaneMapOperation::PlaneMapOperation(const ImageInfo& input, SampleType result, bool keeps_alpha)
    : Operation(input),
      input_type_(input.type),
      maps_(input.bands.size()),
      bits_(input.bits),
      kept_alpha_(keeps_alpha ? input.alpha_band() : -1) {
  info_.type = result;
  (void)info_.bytes();
}

void PlaneMapOperation::compute(std::span<const TileView> inputs, const TileView& out,
                                const ComputeContext& context) const {
  for (int c = 0; c < out.channels; ++c)
    if (c == kept_alpha_)
      keep_alpha(inputs[0], c, out, c, bits_, context.isa);
    else
      map_plane(maps_[static_cast<std::size_t>(c)], inputs[0], c, out, c, context.isa);
  pass_validity(inputs[0], out);
}

Traits PlaneMapOperation::traits() const {
  Traits traits;
  traits.reach = Reach::sample;
  traits.in_place = size_of(input_type_) == size_of(info_.type);
  traits.cost = needs_f64(input_type_) || needs_f64(info_.type) ? 2 : 1.2;
  return traits;
}

}  // namespace sluice
