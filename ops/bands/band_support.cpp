#include "ops/bands/band_support.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "engine/error.hpp"
#include "engine/tile.hpp"
#include "ops/pointwise/support.hpp"

namespace sluice {

namespace {

constexpr std::array kRgb{BandRole::red, BandRole::green, BandRole::blue};

Colour colour_by_roles(const ImageInfo& info) {
  const int colours = info.colour_channels();
  const auto role = [&](int i) { return info.bands[static_cast<std::size_t>(i)].role; };
  if (colours == 1 && role(0) == BandRole::grey) return Colour::grey;
  if (colours == 1 && role(0) == BandRole::palette) return Colour::palette;
  if (colours == 3 && role(0) == kRgb[0] && role(1) == kRgb[1] && role(2) == kRgb[2])
    return Colour::rgb;
  if (colours == 3 && role(0) == BandRole::lightness && role(1) == BandRole::a &&
      role(2) == BandRole::b)
    return Colour::lab;
  if (colours == 4 && role(0) == BandRole::cyan && role(1) == BandRole::magenta &&
      role(2) == BandRole::yellow && role(3) == BandRole::black)
    return Colour::cmyk;
  return Colour::multiband;
}

void force_colour(ImageInfo& info, Colour colour, int colours) {
  const int n = info.channels();
  if (n != colours && n != colours + 1)
    throw Error(ErrorKind::usage,
                fmt::format("colour {} takes {} or {} bands (the last one alpha), here are {}",
                            colour == Colour::rgb ? "rgb" : "grey", colours, colours + 1, n));
  info.colour = colour;
  for (int i = 0; i < colours; ++i)
    info.bands[static_cast<std::size_t>(i)].role =
        colour == Colour::rgb ? kRgb[static_cast<std::size_t>(i)] : BandRole::grey;
  if (n == colours) {
    info.alpha = Alpha::none;
  } else {
    info.bands.back().role = BandRole::alpha;
    if (info.alpha == Alpha::none) info.alpha = Alpha::straight;
  }
}

}  // namespace

void set_band_colour(ImageInfo& info, BandColour colour) {
  const Colour before = info.colour;
  if (info.bands.back().role != BandRole::alpha) info.alpha = Alpha::none;
  for (int i = 0; i < info.colour_channels(); ++i) {
    BandRole& role = info.bands[static_cast<std::size_t>(i)].role;
    if (role == BandRole::alpha) role = BandRole::data;
  }
  switch (colour) {
    case BandColour::automatic:
      info.colour = colour_by_roles(info);
      break;
    case BandColour::multiband:
      info.colour = Colour::multiband;
      break;
    case BandColour::grey:
      force_colour(info, Colour::grey, 1);
      break;
    case BandColour::rgb:
      force_colour(info, Colour::rgb, 3);
      break;
  }
  if (info.colour == Colour::multiband) {
    drop_colour(info);
  } else if (info.colour != before && !info.meta().icc.empty()) {
    auto changed = std::make_shared<Metadata>(info.meta());
    changed->icc.clear();  // a profile belongs to its colour model
    info.metadata = std::move(changed);
  }
}

std::string_view role_name(BandRole role) {
  constexpr std::string_view kNames[] = {"data", "grey",    "red",     "green", "blue",
                                         "cyan", "magenta", "yellow",  "black", "lightness",
                                         "a",    "b",       "palette", "alpha"};
  return kNames[static_cast<int>(role)];
}

std::string band_word(const BandInfo& band) {
  if (!band.name.empty()) return band.name;
  return band.role == BandRole::data ? std::string() : std::string(role_name(band.role));
}

std::vector<std::string> band_words(const ImageInfo& info) {
  std::vector<std::string> words;
  for (const BandInfo& band : info.bands) {
    if (!band.name.empty()) words.push_back(band.name);
    if (band.role != BandRole::data) words.emplace_back(role_name(band.role));
  }
  return words;
}

int band_called(const ImageInfo& info, std::string_view word) {
  const auto find = [&](auto&& is_called) {
    int found = -1;
    for (int i = 0; i < info.channels(); ++i) {
      if (!is_called(info.bands[static_cast<std::size_t>(i)])) continue;
      if (found >= 0)
        throw Error(ErrorKind::usage, fmt::format("bands {} and {} are both called '{}': choose by "
                                                  "number",
                                                  found, i, word));
      found = i;
    }
    return found;
  };
  if (word.empty()) return -1;
  const int by_name = find([&](const BandInfo& band) { return band.name == word; });
  if (by_name >= 0) return by_name;
  return find([&](const BandInfo& band) {
    return band.role != BandRole::data && role_name(band.role) == word;
  });
}

std::string list_bands(const ImageInfo& info) {
  constexpr int kMost = 16;
  std::string all;
  for (int i = 0; i < info.channels() && i < kMost; ++i) {
    const std::string name = band_word(info.bands[static_cast<std::size_t>(i)]);
    all += fmt::format("{}{}", i ? ", " : "", i);
    if (!name.empty()) all += fmt::format(" '{}'", name);
  }
  if (info.channels() > kMost) all += fmt::format(", ... {}", info.channels() - 1);
  return all;
}

void copy_plane(const TileView& input, int from, const TileView& output, int to) {
  const auto bytes =
      static_cast<std::size_t>(output.rect.width) * static_cast<std::size_t>(size_of(output.type));
  for (std::int64_t y = 0; y < output.rect.height; ++y)
    std::memcpy(output.row(to, y), input.row(from, y), bytes);
}

}  // namespace sluice
