#include "ops/resample/nearest.hpp"

#include "ops/resample/pick.hpp"

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
  std::int64_t column(std::int64_t x) const { return nearest(x, in_width_, info_.width); }
  std::int64_t row(std::int64_t y) const { return nearest(y, in_height_, info_.height); }
  auto pick() const {
    return Pick{[this](std::int64_t x) { return column(x); },
                [this](std::int64_t y) { return row(y); }};
  }

 public:
  Nearest(const ImageInfo& image, std::int64_t width, std::int64_t height)
      : Operation(resized_info(image, width, height)),
        in_width_(image.width),
        in_height_(image.height) {}

  Rect needs(int, const Rect& out) const override { return pick().needs(out); }
  Traits traits() const override {
    return picking_traits(info_, static_cast<double>(in_width_) / static_cast<double>(info_.width),
                          static_cast<double>(in_height_) / static_cast<double>(info_.height));
  }
  std::int64_t scratch(std::int64_t width, std::int64_t) const override {
    return decltype(pick())::scratch(width);
  }
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    pick().compute(inputs[0], out, context);
  }

 private:
  std::int64_t in_width_, in_height_;
};

}  // namespace

std::shared_ptr<const Operation> make_nearest(const ImageInfo& image, std::int64_t width,
                                              std::int64_t height) {
  return std::make_shared<Nearest>(image, width, height);
}

}  // namespace sluice
