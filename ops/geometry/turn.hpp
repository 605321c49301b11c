// What flip and rotate have in common: an image's pixels in another order.
#pragma once

#include "engine/operation.hpp"

namespace sluice {

/// Columns reversed, rows reversed, or both. The geo-reference goes along.
class MirroredImage final : public Operation {
 public:
  MirroredImage(const ImageInfo& input, bool columns, bool rows);

  Rect needs(int input, const Rect& out) const override;
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override;
  Traits traits() const override;

 private:
  bool columns_, rows_;
};

/// A quarter turn, clockwise or not. The geo-reference goes along.
class TurnedImage final : public Operation {
 public:
  TurnedImage(const ImageInfo& input, bool clockwise);

  Rect needs(int input, const Rect& out) const override;
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override;
  Traits traits() const override;

 private:
  bool clockwise_;
};

}  // namespace sluice
