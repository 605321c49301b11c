// What crop and extend have in common: the input's own pixels under other coordinates.
#pragma once

#include "engine/operation.hpp"

namespace sluice {

/// Output pixel (x, y) is input pixel (x + dx, y + dy), by `edge` where that lies outside. The
/// geo-reference moves along.
class MovedImage final : public Operation {
 public:
  MovedImage(const ImageInfo& input, std::int64_t dx, std::int64_t dy, std::int64_t width,
             std::int64_t height, Edge edge = Edge::replicate, double edge_value = 0);

  Rect needs(int input, const Rect& out) const override;
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override;
  Traits traits() const override;

 private:
  std::int64_t dx_, dy_;
  Edge edge_;
  double edge_value_;
};

}  // namespace sluice
