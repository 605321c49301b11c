#include "ops/pointwise/support.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "engine/error.hpp"

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

std::string name_of_input(std::span<const std::string> names, std::size_t i) {
  if (i < names.size() && !names[i].empty()) return fmt::format("'{}'", names[i]);
  return fmt::format("input {}", i + 1);
}

/// Largest distance of the images' corners in pixels of `a`.
double displacement(const ImageInfo& a, const ImageInfo& b) {
  const auto& p = a.geo->a;
  const auto& q = b.geo->a;
  const double determinant = p[1] * p[5] - p[2] * p[4];
  double most = 0;
  for (const double x : {0.0, static_cast<double>(a.width)})
    for (const double y : {0.0, static_cast<double>(a.height)}) {
      const double dx = (q[0] - p[0]) + (q[1] - p[1]) * x + (q[2] - p[2]) * y;
      const double dy = (q[3] - p[3]) + (q[4] - p[4]) * x + (q[5] - p[5]) * y;
      const double columns = (dx * p[5] - dy * p[2]) / determinant;
      const double rows = (dy * p[1] - dx * p[4]) / determinant;
      most = std::fmax(most, std::hypot(columns, rows));
    }
  return most;
}

}  // namespace

void join_validity(std::span<const TileView> inputs, const TileView& out) {
  if (!out.validity) return;
  for (std::int64_t y = 0; y < out.rect.height; ++y) {
    std::uint8_t* to = out.validity_row(y);
    bool first = true;
    for (const TileView& in : inputs) {
      if (!in.validity) continue;
      join_row(in.validity_row(y), to, out.rect.width, first);
      first = false;
    }
    if (first) std::memset(to, 255, static_cast<std::size_t>(out.rect.width));
  }
}

void refuse_64_bit_integers(SampleType input, SampleType result) {
  for (const SampleType t : {input, result})
    if (is_64_bit_integer(t))
      throw Error(
          ErrorKind::usage,
          fmt::format("{} samples are labels here: no floating type holds them exactly; use "
                      "cast to f64 (or i32, u32) first",
                      name_of(t)));
}

void check_same_place(std::span<const ImageInfo> inputs, std::span<const std::string> names) {
  const ImageInfo& first = inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const ImageInfo& other = inputs[i];
    if (other.width != first.width || other.height != first.height)
      throw Error(ErrorKind::usage,
                  fmt::format("inputs must have one size: {} is {} x {}, {} is {} x {}",
                              name_of_input(names, 0), first.width, first.height,
                              name_of_input(names, i), other.width, other.height));
    if (!first.geo || !other.geo) continue;
    const double pixels = displacement(first, other);
    if (pixels > 0.5)
      throw Error(
          ErrorKind::usage,
          fmt::format("inputs must lie in one place: {} is up to {:.6g} pixels away from {}; "
                      "crop both to the same bounds",
                      name_of_input(names, i), pixels, name_of_input(names, 0)));
  }
}

void drop_colour(ImageInfo& info) {
  info.colour = Colour::multiband;
  for (BandInfo& band : info.bands)
    if (band.role != BandRole::alpha) band.role = BandRole::data;
  const Metadata& old = info.meta();
  if (old.icc.empty() && old.palette.empty()) return;
  auto changed = std::make_shared<Metadata>(old);
  changed->icc.clear();
  changed->palette.clear();
  info.metadata = std::move(changed);
}

void leave_palette(ImageInfo& info) {
  if (info.colour == Colour::palette) drop_colour(info);
}

double rounded_to(double v, SampleType type) {
  if (type == SampleType::f32) return static_cast<float>(v);
  if (type == SampleType::f64) return v;
  if (std::isnan(v)) return 0;
  const auto [low, high] = range_of(type);
  return std::fmin(std::fmax(std::nearbyint(v), low), high);
}

}  // namespace sluice
