#include "ops/filter/gaussian_blur.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/node.hpp"
#include "ops/resample/separable.hpp"

namespace sluice {

namespace {

constexpr double kMostSigma = 1000;
constexpr std::int64_t kMostRadius = 4096;
// Standard deviations after which the Gaussian is cut off.
constexpr double kReach8 = 3.5, kReach = 5;

double sigma_of(const GaussianBlurOptions& o) {
  if (!o.sigma && !o.radius)
    throw refused("give sigma, the standard deviation in pixels, or radius");
  if (o.radius && !(*o.radius >= 0 && *o.radius <= kMostRadius))
    throw refused(
        fmt::format("radius must be 0 to {} pixels, {} was asked for", kMostRadius, *o.radius));
  const double sigma = o.sigma ? *o.sigma : static_cast<double>(*o.radius) / 3;
  if (!(sigma >= 0 && sigma <= kMostSigma))
    throw refused(
        fmt::format("sigma must be 0 to {} pixels, {} was asked for; for a wider blur "
                    "resize the image down first and up again",
                    kMostSigma, sigma));
  return sigma;
}

// 8-bit images, sigma from 3.9 on: rows are blurred a little and every step-th is kept; those are
// blurred horizontally, and all rows interpolated from them by the Gaussian that is missing. With
// these ratios that is at most 0.3 levels off for any image. (Every row could be any mixture of
// what the kept ones show: what would alias has been blurred away before, down to
// exp(-2 (pi * 0.75)^2) of it, and is so again afterwards.)
constexpr double kSigmaPerStep = 1.3, kFirstSigmaPerStep = 0.75;
constexpr int kLeastStep = 3;

std::optional<FewerRows> on_fewer_rows(const ImageInfo& info, double sigma) {
  if (!keeps_integers(info) || sigma * 2 * kReach8 + 2 > kMostIntegerTaps) return {};
  const int step = static_cast<int>(sigma / kSigmaPerStep);
  if (step < kLeastStep) return {};
  const auto radius = [](double s) { return static_cast<int>(std::ceil(kReach8 * s)); };
  const double first = kFirstSigmaPerStep * step, rest = std::sqrt(sigma * sigma - first * first);
  const int margin = static_cast<int>(ceil_div(radius(rest), step));
  return FewerRows{reducing_gaussian_taps(first, radius(first), step, margin),
                   gaussian_taps(sigma, radius(sigma)),
                   enlarging_gaussian_taps(rest, radius(rest), step, margin),
                   (info.height - 1) / step + 1 + 2 * margin};
}

Image blurred(const Image& image, const GaussianBlurOptions& options) {
  const double sigma = sigma_of(options);
  if (sigma == 0 || options.radius == 0) return image;
  if (!options.radius)
    if (const auto fewer = on_fewer_rows(image.info(), sigma))
      return filter_on_fewer_rows("gaussian_blur", image, *fewer);
  const double reach = size_of(image.info().type) == 1 ? kReach8 : kReach;
  const int radius = static_cast<int>(
      options.radius ? *options.radius
                     : std::min(static_cast<std::int64_t>(std::ceil(reach * sigma)), kMostRadius));
  const auto taps = gaussian_taps(sigma, radius);
  return filter_separably("gaussian_blur", image, {taps, image.info().height},
                          {taps, image.info().width}, "cast to f64 first");
}

}  // namespace

Image gaussian_blur(const Image& image, const GaussianBlurOptions& options) {
  return build_step("gaussian_blur", image, [&] { return blurred(image, options); });
}

StepSpec gaussian_blur_step() {
  return make_step(
      "gaussian_blur", "filter",
      "Blurs with a Gaussian of standard deviation sigma, cut off at radius: unless given, 3.5 "
      "sigma "
      "for 8-bit samples (at most 1 level off the true Gaussian), 5 sigma for others. Edges "
      "replicated. All sample types but u64 and i64. Colour is weighted by alpha; skips pixels "
      "that "
      "are not valid. Rounded to nearest even.",
      {option("sigma", &GaussianBlurOptions::sigma,
              "standard deviation in pixels; 0 changes nothing")
           .min(0)
           .max(kMostSigma)
           .take_bare(),
       option("radius", &GaussianBlurOptions::radius,
              "pixels taken in on each side; alone it means sigma = radius / 3")
           .min(0)
           .max(static_cast<double>(kMostRadius))},
      gaussian_blur);
}

}  // namespace sluice
