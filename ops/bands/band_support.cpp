#include "ops/bands/band_support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"

namespace sluice {

namespace {

constexpr std::array kRgb{BandRole::red, BandRole::green, BandRole::blue};

const std::vector<std::pair<Colour, std::vector<BandRole>>>& colour_models() {
  static const std::vector<std::pair<Colour, std::vector<BandRole>>> models = {
      {Colour::grey, {BandRole::grey}},
      {Colour::palette, {BandRole::palette}},
      {Colour::rgb, {kRgb.begin(), kRgb.end()}},
      {Colour::lab, {BandRole::lightness, BandRole::a, BandRole::b}},
      {Colour::cmyk, {BandRole::cyan, BandRole::magenta, BandRole::yellow, BandRole::black}}};
  return models;
}

/// The model whose bands are the first, with nothing but alpha and measurements behind them.
Colour colour_by_roles(const ImageInfo& info) {
  const auto beside = [](const BandInfo& band) {
    return band.role == BandRole::alpha || band.role == BandRole::data;
  };
  for (const auto& [colour, roles] : colour_models()) {
    if (info.bands.size() < roles.size()) continue;
    const bool first =
        std::equal(roles.begin(), roles.end(), info.bands.begin(),
                   [](BandRole role, const BandInfo& band) { return role == band.role; });
    const auto behind = info.bands.begin() + static_cast<std::ptrdiff_t>(roles.size());
    if (!first || !std::all_of(behind, info.bands.end(), beside)) continue;
    return colour == Colour::lab && info.colour == Colour::icc_lab ? Colour::icc_lab : colour;
  }
  return Colour::multiband;
}

/// One alpha band at most, and not the first.
void settle_alpha(ImageInfo& info) {
  bool found = false;
  for (std::size_t c = info.bands.size(); c-- > 0;) {
    BandRole& role = info.bands[c].role;
    if (role != BandRole::alpha) continue;
    if (found || c == 0 || info.alpha == Alpha::none) role = BandRole::data;
    found = found || role == BandRole::alpha;
  }
  if (!found) info.alpha = Alpha::none;
}

void force_colour(ImageInfo& info, Colour colour, int colours) {
  const int n = info.channels();
  if (n != colours && n != colours + 1)
    throw refused(fmt::format("colour {} takes {} or {} bands (the last one alpha), here are {}",
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

void drop_profile(ImageInfo& info) {
  if (info.meta().icc.empty()) return;
  auto changed = std::make_shared<Metadata>(info.meta());
  changed->icc.clear();
  info.metadata = std::move(changed);
}

}  // namespace

void set_band_colour(ImageInfo& info, BandColour colour) {
  const Colour before = info.colour;
  if (colour == BandColour::grey)
    force_colour(info, Colour::grey, 1);
  else if (colour == BandColour::rgb)
    force_colour(info, Colour::rgb, 3);
  else
    settle_alpha(info);
  if (colour == BandColour::automatic) info.colour = colour_by_roles(info);
  if (colour == BandColour::multiband) info.colour = Colour::multiband;
  if (info.colour != Colour::grey) info.white_is_zero = false;
  if (info.colour == Colour::multiband) {
    drop_colour(info);
  } else if (info.colour != before) {
    drop_profile(info);  // it belongs to its colour model
  }
}

std::vector<int> colour_bands(const ImageInfo& info) {
  std::vector<int> bands;
  const int alpha = info.alpha_band();
  for (int c = 0; c < info.channels(); ++c) {
    const BandRole role = info.bands[static_cast<std::size_t>(c)].role;
    if (c != alpha && (info.colour == Colour::multiband || role != BandRole::data))
      bands.push_back(c);
  }
  return bands;
}

std::vector<KeptBand> bands_beside_colour(const ImageInfo& info, int colours) {
  std::vector<KeptBand> kept;
  const std::vector<int> of_colour = colour_bands(info);
  const int alpha = info.alpha_band();
  for (int c = 0; c < info.channels(); ++c)
    if (std::find(of_colour.begin(), of_colour.end(), c) == of_colour.end())
      kept.push_back({c, colours + static_cast<int>(kept.size()), c == alpha});
  return kept;
}

ImageInfo with_colour(const ImageInfo& info, const std::vector<BandRole>& roles) {
  ImageInfo changed = info;
  change_values(changed);
  changed.bits = info.bits;
  changed.bands.clear();
  for (const BandRole role : roles)
    changed.bands.emplace_back().role = role;
  for (const KeptBand& band : bands_beside_colour(info, static_cast<int>(roles.size())))
    changed.bands.push_back(info.bands[static_cast<std::size_t>(band.from)]);
  drop_colour(changed);
  for (std::size_t c = 0; c < roles.size(); ++c)
    changed.bands[c].role = roles[c];
  set_band_colour(changed, BandColour::automatic);
  return changed;
}

}  // namespace sluice
