#include "ops/geometry/moved.hpp"

namespace sluice {
namespace {

ImageInfo moved(ImageInfo info, std::int64_t dx, std::int64_t dy, std::int64_t width,
                std::int64_t height) {
  change_geometry(info, width, height, static_cast<double>(dx), 1, 0, static_cast<double>(dy), 0,
                  1);
  return info;
}

}  // namespace

MovedImage::MovedImage(const ImageInfo& input, std::int64_t dx, std::int64_t dy, std::int64_t width,
                       std::int64_t height, Edge edge, double edge_value)
    : Operation(moved(input, dx, dy, width, height)),
      dx_(dx),
      dy_(dy),
      edge_(edge),
      edge_value_(edge_value) {}

Rect MovedImage::needs(int, const Rect& out) const {
  return {out.x + dx_, out.y + dy_, out.width, out.height};
}

void MovedImage::compute(std::span<const TileView> inputs, const TileView& out,
                         const ComputeContext&) const {
  TileView from = inputs[0];
  from.rect = out.rect;
  copy_pixels(from, out, out.rect);
}

Traits MovedImage::traits() const {
  Traits traits;
  traits.reach = Reach::moved;
  traits.edge = edge_;
  traits.edge_value = edge_value_;
  return traits;
}

}  // namespace sluice
