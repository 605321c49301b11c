#include "ops/geometry/turn.hpp"

#include <bit>
#include <cstring>

#include "ops/geometry/turn.kernels.hpp"

namespace sluice {
namespace {

ImageInfo mirrored(ImageInfo info, bool columns, bool rows) {
  const double width = static_cast<double>(info.width), height = static_cast<double>(info.height);
  change_geometry(info, info.width, info.height, columns ? width : 0, columns ? -1 : 1, 0,
                  rows ? height : 0, 0, rows ? -1 : 1);
  return info;
}

// Clockwise: new pixel (x, y) is old pixel (y, H - 1 - x); the other way: (W - 1 - y, x).
ImageInfo turned(ImageInfo info, bool clockwise) {
  const double width = static_cast<double>(info.width), height = static_cast<double>(info.height);
  if (clockwise)
    change_geometry(info, info.height, info.width, 0, 0, 1, height, -1, 0);
  else
    change_geometry(info, info.height, info.width, width, 0, -1, 0, 1, 0);
  return info;
}

std::size_t log2_size(std::size_t bytes) {
  return static_cast<std::size_t>(std::countr_zero(bytes));
}

/// One plane of `in` and its place in `out`: of samples, or the validity as bytes.
struct Plane {
  const std::byte* from;
  std::int64_t from_stride, from_width, from_height;
  std::byte* to;
  std::int64_t to_stride, to_height;
  std::size_t sample;
};

template <class Each>
void each_plane(const TileView& in, const TileView& out, const Each& each) {
  Plane plane{nullptr, in.row_stride,  in.rect.width,   in.rect.height,
              nullptr, out.row_stride, out.rect.height, size_of(in.type)};
  for (int c = 0; c < out.channels; ++c) {
    plane.from = in.row(c, 0);
    plane.to = out.row(c, 0);
    each(plane);
  }
  if (!out.validity) return;
  plane.from = in.validity;
  plane.from_stride = in.validity_stride;
  plane.to = out.validity;
  plane.to_stride = out.validity_stride;
  plane.sample = 1;
  each(plane);
}

}  // namespace

MirroredImage::MirroredImage(const ImageInfo& input, bool columns, bool rows)
    : Operation(mirrored(input, columns, rows)), columns_(columns), rows_(rows) {}

Rect MirroredImage::needs(int, const Rect& out) const {
  return {columns_ ? info_.width - out.right() : out.x, rows_ ? info_.height - out.bottom() : out.y,
          out.width, out.height};
}

Traits MirroredImage::traits() const {
  Traits traits;
  traits.reach = Reach::channel;
  return traits;
}

void MirroredImage::compute(std::span<const TileView> inputs, const TileView& out,
                            const ComputeContext& context) const {
  const TurnKernels& kernels = turn_kernels_for(context.isa);
  each_plane(inputs[0], out, [&](const Plane& p) {
    const auto mirror_row = kernels.mirror_row[log2_size(p.sample)];
    for (std::int64_t y = 0; y < p.to_height; ++y) {
      const std::byte* from = p.from + (rows_ ? p.from_height - 1 - y : y) * p.from_stride;
      std::byte* to = p.to + y * p.to_stride;
      if (columns_)
        mirror_row(from, to, p.from_width);
      else
        std::memcpy(to, from, static_cast<std::size_t>(p.from_width) * p.sample);
    }
  });
}

TurnedImage::TurnedImage(const ImageInfo& input, bool clockwise)
    : Operation(turned(input, clockwise)), clockwise_(clockwise) {}

Rect TurnedImage::needs(int, const Rect& out) const {
  // The old image is as wide as the new one is high.
  if (clockwise_) return {out.y, info_.width - out.right(), out.height, out.width};
  return {info_.height - out.bottom(), out.x, out.height, out.width};
}

void TurnedImage::compute(std::span<const TileView> inputs, const TileView& out,
                          const ComputeContext& context) const {
  const TurnKernels& kernels = turn_kernels_for(context.isa);
  each_plane(inputs[0], out, [&](const Plane& p) {
    const auto transpose = kernels.transpose[log2_size(p.sample)];
    // A transposition of the rows from below, or into the rows from below.
    if (clockwise_)
      transpose(p.from + (p.from_height - 1) * p.from_stride, -p.from_stride, p.from_width,
                p.from_height, p.to, p.to_stride);
    else
      transpose(p.from, p.from_stride, p.from_width, p.from_height,
                p.to + (p.to_height - 1) * p.to_stride, -p.to_stride);
  });
}

Traits TurnedImage::traits() const {
  Traits traits;
  traits.transposes = true;
  traits.reach = Reach::channel;
  return traits;
}

}  // namespace sluice
