#include "reference/plain.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "ops/bands/select.hpp"
#include "ops/bands/stack.hpp"
#include "ops/geometry/crop.hpp"
#include "ops/geometry/rotate.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "ops/statistics/percentile.hpp"
#include "reference/pointwise.hpp"
#include "reference/separable.hpp"

namespace sluice::test::plain {

namespace {

using Point = std::pair<std::int64_t, std::int64_t>;

// Every output pixel is the input pixel at from(x, y).
Picture moved(const Picture& in, const ImageInfo& info,
              const std::function<Point(std::int64_t, std::int64_t)>& from) {
  Picture out(info);
  const std::size_t bytes = size_of(info.type);
  for (int c = 0; c < out.channels(); ++c)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x) {
        const auto [u, v] = from(x, y);
        std::memcpy(out.samples.data() + out.index(c, x, y) * bytes,
                    in.samples.data() + in.index(c, u, v) * bytes, bytes);
      }
  return out;
}

std::vector<Image> images_of(std::span<const Step> steps) {
  std::vector<Image> images;
  for (const Step& step : steps)
    images.push_back(step.image);
  return images;
}

std::vector<Picture> pictures_of(std::span<const Step> steps) {
  std::vector<Picture> pictures;
  for (const Step& step : steps)
    pictures.push_back(step.picture);
  return pictures;
}

// The percentile of each channel by sorting.
std::vector<double> percentiles(const Picture& in, double q) {
  std::vector<double> found;
  const auto n = static_cast<std::size_t>(in.width() * in.height());
  for (int c = 0; c < in.channels(); ++c) {
    std::vector<double> sorted;
    for (std::int64_t y = 0; y < in.height(); ++y)
      for (std::int64_t x = 0; x < in.width(); ++x)
        sorted.push_back(in.get(c, x, y));
    std::sort(sorted.begin(), sorted.end());
    const double h = static_cast<double>(n - 1) * (q / 100);
    const auto k = static_cast<std::size_t>(std::floor(h));
    const double above = sorted[std::min(k + 1, n - 1)];
    found.push_back(sorted[k] + (h - std::floor(h)) * (above - sorted[k]));
  }
  return found;
}

}  // namespace

Step source(const std::shared_ptr<Graph>& graph, Picture picture, std::int64_t block_width,
            std::int64_t block_height) {
  Image image = add_source(graph, picture_source(picture, block_width, block_height));
  return {std::move(image), std::move(picture)};
}

Step crop(const Step& in, const Rect& rect) {
  const Image image = sluice::crop(
      in.image, {.x = rect.x, .y = rect.y, .width = rect.width, .height = rect.height});
  return {image, moved(in.picture, image.info(), [&](std::int64_t x, std::int64_t y) {
            return Point(x + rect.x, y + rect.y);
          })};
}

Step flip(const Step& in, FlipAxis axis) {
  const Image image = sluice::flip(in.image, {.axis = axis});
  const std::int64_t w = in.picture.width(), h = in.picture.height();
  return {image, moved(in.picture, image.info(), [&](std::int64_t x, std::int64_t y) {
            return axis == FlipAxis::horizontal ? Point(w - 1 - x, y) : Point(x, h - 1 - y);
          })};
}

Step rotate(const Step& in, int degrees) {
  const Image image = sluice::rotate(in.image, {.degrees = degrees});
  const std::int64_t w = in.picture.width(), h = in.picture.height();
  return {image, moved(in.picture, image.info(), [&](std::int64_t x, std::int64_t y) {
            if (degrees == 90) return Point(y, h - 1 - x);
            if (degrees == 180) return Point(w - 1 - x, h - 1 - y);
            return Point(w - 1 - y, x);
          })};
}

Step resize(const Step& in, const ResizeOptions& options) {
  return {sluice::resize(in.image, options), reference_resize(in.picture, options)};
}

Step gaussian_blur(const Step& in, double sigma) {
  const GaussianBlurOptions options{.sigma = sigma};
  return {sluice::gaussian_blur(in.image, options), reference_gaussian_blur(in.picture, options)};
}

Step linear(const Step& in, std::vector<double> gain, std::vector<double> offset) {
  const Image image = sluice::linear(in.image, {.gain = gain, .offset = offset});
  return {image, reference::linear(in.picture, image.info(), gain, offset)};
}

Step cast(const Step& in, SampleType to, CastScale scale) {
  const Image image = sluice::cast(in.image, {.to = to, .scale = scale});
  return {image, reference::cast(in.picture, image.info(), scale)};
}

Step grey(const Step& in, GreyWeights weights) {
  const Image image = sluice::grey(in.image, {.weights = weights});
  return {image, reference::grey(in.picture, image.info(), weights)};
}

Step select(const Step& in, const std::vector<int>& bands) {
  SelectOptions options;
  for (const int band : bands)
    options.bands.push_back(std::to_string(band));
  const Image image = sluice::select(in.image, options);
  return {image, reference::select(in.picture, image.info(), bands)};
}

Step stack(std::span<const Step> in) {
  const Image image = sluice::stack(images_of(in));
  return {image, reference::stack(pictures_of(in), image.info())};
}

Step expression(std::span<const Step> in, std::vector<std::string> formulas) {
  const Image image = sluice::expression(images_of(in), {.formula = formulas});
  std::vector<std::string> names;
  for (std::size_t i = 0; i < in.size(); ++i)
    names.push_back(std::string(1, static_cast<char>('a' + i)));
  return {image, reference::expression(pictures_of(in), image.info(), formulas, names,
                                       image.info().type == SampleType::f64)};
}

Step percentile_stretch(const Step& in, double low, double high) {
  const Result p = percentile(in.image, {.at = {low, high}});
  const Image image = stretch(in.image, {.low = p[0], .high = p[1]});
  return {image, reference::stretch(in.picture, image.info(), percentiles(in.picture, low),
                                    percentiles(in.picture, high), 0, 255)};
}

}  // namespace sluice::test::plain
