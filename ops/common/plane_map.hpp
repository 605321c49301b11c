// The operation behind linear, stretch and cast: every plane through its own affine map.
#pragma once

#include <vector>

#include "engine/operation.hpp"
#include "ops/common/plane_map.kernels.hpp"

namespace sluice {

/// The map of the full range of one type, or of `bits` of it, to that of another (floating types: 0
/// to 1), for types of up to 32 bits and f64. `turned`: the largest becomes the smallest.
PlaneMap range_map(SampleType from, SampleType to, int bits = 0, bool turned = false);

/// Plane `c` of `in` through `map` to plane `to` of `out`; both have the same rectangle.
void map_plane(const PlaneMap& map, const TileView& in, int c, const TileView& out, int to,
               Isa isa);

class PlaneMapOperation : public Operation {
 public:
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override;
  Traits traits() const override;

 protected:
  /// `keeps_alpha`: an alpha band keeps its opacity, whatever its map.
  PlaneMapOperation(const ImageInfo& input, SampleType result, bool keeps_alpha);

  SampleType input_type_;
  /// One for each channel, at first the identity; set by the operation's constructor.
  std::vector<PlaneMap> maps_;

 private:
  int bits_;
  int kept_alpha_;  ///< -1: none
};

}  // namespace sluice
