// Which pixels of a result are valid.
#pragma once

#include <span>
#include <vector>

#include "engine/image_info.hpp"
#include "engine/tile.hpp"

namespace sluice {

/// A channel of an input that a channel of a result is made of.
struct ChannelUse {
  int input = 0;
  int channel = 0;
  friend bool operator==(const ChannelUse&, const ChannelUse&) = default;
};

/// A pixel of a channel is valid where all the channels that it is made of are: what that means for
/// the planes of a result that is computed pixel by pixel.
class JoinedValidity {
 public:
  JoinedValidity() = default;
  /// `uses[c]`: what channel c of the result is made of.
  JoinedValidity(std::span<const ImageInfo> inputs,
                 const std::vector<std::vector<ChannelUse>>& uses);

  /// None where all pixels are valid, one plane where all channels have the same.
  Validity kind() const { return kind_; }
  /// Fills the planes of `out`, whose image has validity kind().
  void fill(std::span<const TileView> inputs, const TileView& out) const;

 private:
  Validity kind_ = Validity::none;
  /// The planes of the inputs that make each plane of the result.
  std::vector<std::vector<ChannelUse>> planes_;
};

/// The validity planes of the only input as they are, those of the result.
void pass_validity(const TileView& input, const TileView& out);

}  // namespace sluice
