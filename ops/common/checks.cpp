#include "ops/common/checks.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/error.hpp"

namespace sluice {

namespace {

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

Error refused(std::string reason) {
  return Error(ErrorKind::usage, std::move(reason));
}

void refuse_64_bit_integers(std::initializer_list<SampleType> types, std::string_view remedy) {
  for (const SampleType t : types)
    if (is_64_bit_integer(t))
      throw refused(
          fmt::format("{} samples are labels here: no floating type holds them exactly; {}",
                      name_of(t), remedy));
}

void refuse_palette_indices(const ImageInfo& info, std::string_view remedy) {
  if (info.colour == Colour::palette)
    throw refused(
        fmt::format("the samples are indices into a palette, which cannot be computed with; "
                    "{}",
                    remedy));
}

void check_sample(const char* option, double value, SampleType type) {
  if (is_float(type)) return;
  const auto [low, high] = range_of(type);
  if (!(value >= low && value <= high) || value != std::nearbyint(value))
    throw refused(fmt::format("{} is {}, which is no sample of type {} ({} to {})", option, value,
                              name_of(type), low, high));
}

void check_same_place(std::span<const ImageInfo> inputs, std::span<const std::string> names) {
  const ImageInfo& first = inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const ImageInfo& other = inputs[i];
    if (other.width != first.width || other.height != first.height)
      throw refused(fmt::format("inputs must have one size: {} is {} x {}, {} is {} x {}",
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

}  // namespace sluice
