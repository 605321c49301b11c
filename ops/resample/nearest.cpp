#include "ops/resample/nearest.hpp"

#include <bit>

#include "ops/resample/nearest.kernels.hpp"

namespace sluice {

namespace {

ImageInfo resized_info(ImageInfo info, std::int64_t width, std::int64_t height) {
  change_geometry(info, width, height, 0,
                  static_cast<double>(info.width) / static_cast<double>(width), 0, 0, 0,
                  static_cast<double>(info.height) / static_cast<double>(height));
  return info;
}

/// floor((o + 1/2) in / out).
std::int64_t nearest(std::int64_t o, std::int64_t in, std::int64_t out) {
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>((2 * Wide(o) + 1) * in / (2 * Wide(out)));
}

class Nearest : public Operation {
 public:
  Nearest(const ImageInfo& image, std::int64_t width, std::int64_t height)
      : Operation(resized_info(image, width, height)),
        in_width_(image.width),
        in_height_(image.height) {}

  Rect needs(int, const Rect& out) const override {
    const std::int64_t x = column(out.x), y = row(out.y);
    return {x, y, column(out.right() - 1) + 1 - x, row(out.bottom() - 1) + 1 - y};
  }
  std::int64_t scratch(std::int64_t width, std::int64_t) const override {
    return round_up(width * 4, kAlignment);
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const NearestKernels& kernels = nearest_kernels_for(context.isa);
    const auto pick = kernels.pick[std::countr_zero(size_of(info_.type))];
    const TileView& in = inputs[0];
    auto* index = reinterpret_cast<std::int32_t*>(context.scratch);
    for (std::int64_t x = 0; x < out.rect.width; ++x)
      index[x] = static_cast<std::int32_t>(column(out.rect.x + x) - in.rect.x);
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      const std::int64_t from = row(out.rect.y + y) - in.rect.y;
      for (int c = 0; c < out.channels; ++c)
        pick(in.row(c, from), index, out.row(c, y), out.rect.width);
      if (info_.has_validity)
        kernels.pick[0](in.validity_row(from), index, out.validity_row(y), out.rect.width);
    }
  }

 private:
  std::int64_t column(std::int64_t x) const { return nearest(x, in_width_, info_.width); }
  std::int64_t row(std::int64_t y) const { return nearest(y, in_height_, info_.height); }
  std::int64_t in_width_, in_height_;
};

}  // namespace

std::shared_ptr<const Operation> make_nearest(const ImageInfo& image, std::int64_t width,
                                              std::int64_t height) {
  return std::make_shared<Nearest>(image, width, height);
}

}  // namespace sluice
