#include "ops/pointwise/plane_map.hpp"

#include "engine/error.hpp"
#include "ops/pointwise/support.hpp"

namespace sluice {

PlaneMap range_map(SampleType from, SampleType to) {
  PlaneMap map;
  const auto [in_low, in_high] = range_of(from);
  const auto [out_low, out_high] = range_of(to);
  if (is_float(from) && is_float(to)) return map;
  if (is_float(from)) {
    map.factor = out_high - out_low;
    map.add = out_low;
  } else if (is_float(to)) {
    map.subtract = in_low;
    map.factor = in_high - in_low;
    map.divide = true;
  } else {
    // One range's length divides the other's, 2^a - 1 and 2^b - 1: upwards exact; downwards a
    // quotient by an odd number, further from a tie than the factor's rounding moves it.
    map.subtract = in_low;
    map.factor = (out_high - out_low) / (in_high - in_low);
    map.add = out_low;
  }
  return map;
}

PlaneMapOperation::PlaneMapOperation(const ImageInfo& input, SampleType result)
    : Operation(input), input_type_(input.type), maps_(input.bands.size()) {
  info_.type = result;
  (void)info_.bytes();
}

void PlaneMapOperation::compute(std::span<const TileView> inputs, const TileView& out,
                                const ComputeContext& context) const {
  const PlaneMapKernels& kernels = plane_map_kernels_for(context.isa);
  const auto in_type = static_cast<int>(input_type_), out_type = static_cast<int>(info_.type);
  for (int c = 0; c < out.channels; ++c) {
    const PlaneMap& map = maps_[static_cast<std::size_t>(c)];
    const auto row =
        map.divide ? kernels.divide[in_type][out_type] : kernels.multiply[in_type][out_type];
    for (std::int64_t y = 0; y < out.rect.height; ++y)
      row(map, inputs[0].row(c, y), out.row(c, y), out.rect.width);
  }
  join_validity(inputs, out);
}

Traits PlaneMapOperation::traits() const {
  Traits traits;
  traits.reach = Reach::sample;
  traits.in_place = size_of(input_type_) == size_of(info_.type);
  traits.cost = needs_f64(input_type_) || needs_f64(info_.type) ? 2 : 1.2;
  return traits;
}

}  // namespace sluice
