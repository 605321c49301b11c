// A whole image in plain memory, for the obviously correct executor and for tests of codecs.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/image_info.hpp"
#include "engine/run.hpp"
#include "engine/tile.hpp"

namespace sluice::test {

/// Planes one after the other, rows tight; so are the planes of `validity`, as many as
/// info.validity_planes().
struct Picture {
  ImageInfo info;
  std::vector<std::byte> samples;
  std::vector<std::uint8_t> validity;

  Picture() = default;
  explicit Picture(ImageInfo i);

  std::int64_t width() const { return info.width; }
  std::int64_t height() const { return info.height; }
  int channels() const { return info.channels(); }
  std::size_t index(int c, std::int64_t x, std::int64_t y) const {
    return static_cast<std::size_t>((c * info.height + y) * info.width + x);
  }
  template <class T>
  T& at(int c, std::int64_t x, std::int64_t y) {
    return reinterpret_cast<T*>(samples.data())[index(c, x, y)];
  }
  template <class T>
  const T& at(int c, std::int64_t x, std::int64_t y) const {
    return reinterpret_cast<const T*>(samples.data())[index(c, x, y)];
  }
  std::size_t valid_index(int c, std::int64_t x, std::int64_t y) const {
    return index(info.validity == Validity::per_band ? c : 0, x, y);
  }
  /// Whether the sample of channel `c` has a value.
  bool valid(int c, std::int64_t x, std::int64_t y) const {
    return validity.empty() || validity[valid_index(c, x, y)] != 0;
  }
  /// The sample as a double (u64 and i64 lose bits beyond 2^53).
  double get(int c, std::int64_t x, std::int64_t y) const;
  /// Stores a double that is representable; no rounding, no clamping.
  void set(int c, std::int64_t x, std::int64_t y, double v);
};

/// Gives `out` the validity planes that its description has: `valid(c, x, y)` says whether a sample
/// has a value. Throws std::logic_error where the description has fewer planes than that takes.
template <class Valid>
void fill_validity(Picture& out, const Valid& valid) {
  for (int c = 0; c < out.channels(); ++c)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x) {
        const std::uint8_t v = valid(c, x, y) ? 255 : 0;
        const bool first = c == 0 || out.info.validity == Validity::per_band;
        if (first && !out.validity.empty()) out.validity[out.valid_index(c, x, y)] = v;
        if ((out.validity.empty() ? 255 : out.validity[out.valid_index(c, x, y)]) != v)
          throw std::logic_error("the result has pixels without a value that it cannot tell");
      }
}

/// Seeded noise over the type's range (floats: -1000..1000, no NaN) with some extreme values.
Picture random_picture(ImageInfo info, std::uint64_t seed);

/// Rounds to nearest, ties to even, and clamps to the type's range (NaN becomes 0): the rounding of
/// every integer result. For floating types the plain conversion.
double rounded(double v, SampleType type);

/// A source over a picture, in blocks of the given size, for graphs in tests.
std::shared_ptr<const Source> picture_source(Picture picture, std::int64_t block_width = 64,
                                             std::int64_t block_height = 48);

/// Runs the image's graph and returns all its pixels.
Picture pull(const Image& image, const RunOptions& options = {});

/// "" when equal bit for bit (NaN payloads included), else where and how they first differ.
std::string difference(const Picture& a, const Picture& b);

/// Drives one operation without the engine: extends the inputs at their edges as the engine will,
/// fills slack, alignment gaps and scratch with `poison`, calls compute for units of
/// unit_width x unit_height and assembles the whole output.
Picture apply(const Operation& operation, std::span<const Picture> inputs, Isa isa,
              std::int64_t unit_width, std::int64_t unit_height, int poison = 0xA5);

}  // namespace sluice::test
