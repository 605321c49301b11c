#include "ops/geometry/turn.hpp"

#include <bit>
#include <cstring>

#include "ops/geometry/turn.kernels.hpp"

namespace sluice {
namespace {

// New pixel (x, y) is old pixel (x or from the right, y or from below).
ImageInfo mirrored(ImageInfo info, bool columns, bool rows) {
  const double width = static_cast<double>(info.width), height = static_cast<double>(info.height);
  change_geometry(info, info.width, info.height, columns ? width : 0, columns ? -1 : 1, 0,
                  rows ? height : 0, 0, rows ? -1 : 1);
  info.orientation = 1;
  return info;
}

// New pixel (x, y) is old pixel (y or from the right, x or from below).
ImageInfo exchanged(ImageInfo info, bool from_right, bool from_below) {
  const double width = static_cast<double>(info.width), height = static_cast<double>(info.height);
  change_geometry(info, info.height, info.width, from_right ? width : 0, 0, from_right ? -1 : 1,
                  from_below ? height : 0, from_below ? -1 : 1, 0);
  info.orientation = 1;
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
  plane.from_stride = in.validity_stride;
  plane.to_stride = out.validity_stride;
  plane.sample = 1;
  for (int p = 0; p < out.validity_planes(); ++p) {
    plane.from = reinterpret_cast<const std::byte*>(in.validity_row(p, 0));
    plane.to = reinterpret_cast<std::byte*>(out.validity_row(p, 0));
    each(plane);
  }
}

class Mirrored final : public Operation {
 public:
  Mirrored(const ImageInfo& input, bool columns, bool rows)
      : Operation(mirrored(input, columns, rows)), columns_(columns), rows_(rows) {}

  Rect needs(int, const Rect& out) const override {
    return {columns_ ? info_.width - out.right() : out.x,
            rows_ ? info_.height - out.bottom() : out.y, out.width, out.height};
  }
  Traits traits() const override { return {.reach = Reach::channel}; }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
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

 private:
  bool columns_, rows_;
};

class Exchanged final : public Operation {
 public:
  Exchanged(const ImageInfo& input, bool from_right, bool from_below)
      : Operation(exchanged(input, from_right, from_below)),
        from_right_(from_right),
        from_below_(from_below) {}

  // The old image is as wide as the new one is high.
  Rect needs(int, const Rect& out) const override {
    return {from_right_ ? info_.height - out.bottom() : out.y,
            from_below_ ? info_.width - out.right() : out.x, out.height, out.width};
  }
  Traits traits() const override { return {.reach = Reach::channel, .transposes = true}; }

  // A transposition, of the rows from below or into the rows from below.
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const TurnKernels& kernels = turn_kernels_for(context.isa);
    each_plane(inputs[0], out, [&](const Plane& p) {
      const auto transpose = kernels.transpose[log2_size(p.sample)];
      const std::byte* from = from_below_ ? p.from + (p.from_height - 1) * p.from_stride : p.from;
      std::byte* to = from_right_ ? p.to + (p.to_height - 1) * p.to_stride : p.to;
      transpose(from, from_below_ ? -p.from_stride : p.from_stride, p.from_width, p.from_height, to,
                from_right_ ? -p.to_stride : p.to_stride);
    });
  }

 private:
  bool from_right_, from_below_;
};

}  // namespace

std::shared_ptr<const Operation> make_turned(const ImageInfo& input, int orientation) {
  switch (orientation) {
    case 2:
      return std::make_shared<Mirrored>(input, true, false);
    case 3:
      return std::make_shared<Mirrored>(input, true, true);
    case 4:
      return std::make_shared<Mirrored>(input, false, true);
    case 5:
      return std::make_shared<Exchanged>(input, false, false);
    case 6:
      return std::make_shared<Exchanged>(input, false, true);
    case 7:
      return std::make_shared<Exchanged>(input, true, true);
    case 8:
      return std::make_shared<Exchanged>(input, true, false);
    default:
      throw Error(ErrorKind::internal, "an orientation outside 2 to 8");
  }
}

}  // namespace sluice
