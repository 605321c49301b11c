#include "ops/common/validity.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace sluice {

namespace {

void join_row(const std::uint8_t* from, std::uint8_t* to, std::int64_t n, bool first) {
  if (first) {
    if (from != to) std::memmove(to, from, static_cast<std::size_t>(n));
    return;
  }
  for (std::int64_t i = 0; i < n; ++i)
    to[i] &= from[i];
}

}  // namespace

JoinedValidity::JoinedValidity(std::span<const ImageInfo> inputs,
                               const std::vector<std::vector<ChannelUse>>& uses) {
  for (const std::vector<ChannelUse>& of_channel : uses) {
    std::vector<ChannelUse>& planes = planes_.emplace_back();
    for (const ChannelUse& use : of_channel) {
      const Validity validity = inputs[static_cast<std::size_t>(use.input)].validity;
      if (validity == Validity::none) continue;
      planes.push_back({use.input, validity == Validity::common ? 0 : use.channel});
    }
    std::sort(planes.begin(), planes.end(), [](const ChannelUse& a, const ChannelUse& b) {
      return std::tie(a.input, a.channel) < std::tie(b.input, b.channel);
    });
    planes.erase(std::unique(planes.begin(), planes.end()), planes.end());
  }
  const bool alike = std::all_of(planes_.begin(), planes_.end(),
                                 [&](const auto& planes) { return planes == planes_.front(); });
  kind_ = !alike                                       ? Validity::per_band
          : planes_.empty() || planes_.front().empty() ? Validity::none
                                                       : Validity::common;
  // One channel of one input: its plane is one a band, as there.
  if (kind_ == Validity::common && planes_.size() == 1 && planes_[0].size() == 1)
    kind_ = inputs[static_cast<std::size_t>(planes_[0][0].input)].validity;
  if (alike) planes_.resize(kind_ == Validity::none ? 0 : 1);
}

void JoinedValidity::fill(std::span<const TileView> inputs, const TileView& out) const {
  for (std::size_t plane = 0; plane < planes_.size(); ++plane)
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      std::uint8_t* to = out.validity_row(static_cast<int>(plane), y);
      bool first = true;
      for (const ChannelUse& use : planes_[plane]) {
        const TileView& in = inputs[static_cast<std::size_t>(use.input)];
        join_row(in.validity_row(use.channel, y), to, out.rect.width, first);
        first = false;
      }
      if (first) std::memset(to, 255, static_cast<std::size_t>(out.rect.width));
    }
}

void pass_validity(const TileView& input, const TileView& out) {
  for (int plane = 0; plane < out.validity_planes(); ++plane)
    for (std::int64_t y = 0; y < out.rect.height; ++y)
      join_row(input.validity_row(plane, y), out.validity_row(plane, y), out.rect.width, true);
}

}  // namespace sluice
