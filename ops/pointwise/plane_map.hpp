// The operation behind linear, stretch and cast: every plane through its own affine map.
#pragma once

#include <vector>

#include "engine/operation.hpp"
#include "ops/pointwise/plane_map.kernels.hpp"

namespace sluice {

/// The map of the full range of one type to that of another (floating types: 0 to 1), for types of
/// up to 32 bits and f64. Between floating types the identity.
PlaneMap range_map(SampleType from, SampleType to);

class PlaneMapOperation : public Operation {
 public:
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override;
  Traits traits() const override;

 protected:
  PlaneMapOperation(const ImageInfo& input, SampleType result);

  SampleType input_type_;
  std::vector<PlaneMap> maps_;  ///< one per channel; set by the constructor of the operation
};

}  // namespace sluice
