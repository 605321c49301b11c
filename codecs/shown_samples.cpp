#include "codecs/shown_samples.hpp"

#include <algorithm>

namespace sluice {
namespace {

std::uint16_t scaled(std::uint32_t value, std::uint32_t from, std::uint32_t to) {
  return static_cast<std::uint16_t>((std::min(value, from) * std::uint64_t{to} + from / 2) / from);
}

template <class T>
void look_up(T* pixels, std::int64_t count, int channels, const std::vector<std::uint16_t>& first,
             const std::vector<std::uint16_t>& others) {
  for (std::int64_t i = 0; i < count; ++i, pixels += channels) {
    pixels[0] = static_cast<T>(first[pixels[0]]);
    if (others.empty()) continue;
    for (int c = 1; c < channels; ++c)
      pixels[c] = static_cast<T>(others[pixels[c]]);
  }
}

}  // namespace

ShownSamples::ShownSamples(const ImageInfo& info) : wide_(info.type == SampleType::u16) {
  if (info.colour == Colour::palette || (info.type != SampleType::u8 && !wide_)) return;
  const int type_bits = wide_ ? 16 : 8;
  const bool few = info.bits > 0 && info.bits < type_bits;
  const bool turned = info.white_is_zero && info.colour == Colour::grey;
  if (!few && !turned) return;
  const std::uint32_t most = (1u << type_bits) - 1, least = few ? (1u << info.bits) - 1 : most;
  for (std::uint32_t value = 0; value <= most; ++value)
    scaled_.push_back(scaled(value, least, most));
  grey_ = scaled_;
  if (turned)
    for (std::uint16_t& value : grey_)
      value = static_cast<std::uint16_t>(most - value);
  if (!few) scaled_ = {};
}

void ShownSamples::apply(std::byte* pixels, std::int64_t count, int channels) const {
  if (wide_)
    look_up(reinterpret_cast<std::uint16_t*>(pixels), count, channels, grey_, scaled_);
  else
    look_up(reinterpret_cast<std::uint8_t*>(pixels), count, channels, grey_, scaled_);
}

std::uint16_t ShownSamples::shown(std::uint16_t value) const {
  return value < grey_.size() ? grey_[value] : value;
}

}  // namespace sluice
