// Samples as a format shows them in which black is 0 and white the largest value of the type.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/image_info.hpp"

namespace sluice {

/// How samples of an image are written where the file cannot say that they have fewer bits than
/// their type (ImageInfo::bits), or that the smallest is white (white_is_zero). Of b bits, v
/// becomes v * (2^t - 1) / (2^b - 1), to nearest, t being the type's bits and larger v than 2^b - 1
/// being that; then, of grey where the smallest is white, 2^t - 1 less it. Of u8 and u16; palette
/// indices stay.
class ShownSamples {
 public:
  explicit ShownSamples(const ImageInfo& info);

  /// False when samples are written as they are.
  bool changes() const { return !grey_.empty(); }
  /// `count` interleaved pixels of `channels` channels, in place. Channels of more than the
  /// colour's are not turned over.
  void apply(std::byte* pixels, std::int64_t count, int channels) const;
  /// What sample `value` of the first band becomes.
  std::uint16_t shown(std::uint16_t value) const;
  std::int64_t bytes() const {
    return static_cast<std::int64_t>((grey_.capacity() + scaled_.capacity()) *
                                     sizeof(std::uint16_t));
  }

 private:
  bool wide_ = false;                  ///< u16
  std::vector<std::uint16_t> grey_;    ///< of the first band, by sample
  std::vector<std::uint16_t> scaled_;  ///< of the others; empty where they stay
};

}  // namespace sluice
