#include "ops/resample/weighing.hpp"

#include <utility>
#include <vector>

#include "ops/common/facts.hpp"
#include "ops/resample/weighing.kernels.hpp"

namespace sluice {

namespace {

/// Planes of the weighed image beside its samples: what is to be filtered along with them.
struct Extra {
  int band = 0;             ///< whose validity it shows
  bool with_alpha = false;  ///< times alpha
};

/// How each band is weighed. Planes are numbered as in the weighed image, -1 stands for none.
struct Weights {
  struct Band {
    bool under_alpha = false;  ///< is multiplied by alpha
    int weight = -1;           ///< the plane of what it was multiplied by
    int coverage = -1;         ///< the plane of its validity
  };

  explicit Weights(const ImageInfo& image)
      : alpha(image.alpha == Alpha::straight ? image.alpha_band() : -1) {
    const int n = image.channels();
    const auto add = [&](int band, bool with_alpha) {
      extras.push_back({band, with_alpha});
      return n + static_cast<int>(extras.size()) - 1;
    };
    const int common = image.validity == Validity::common ? add(0, false) : -1;
    for (int c = 0; c < n; ++c) {
      Band& band = bands.emplace_back();
      band.under_alpha = alpha >= 0 && image.under_alpha(c);
      band.coverage = image.validity == Validity::per_band ? add(c, false) : common;
      // Alpha's own plane is 0 where the pixel has no value, if that holds for all bands alike.
      band.weight = !band.under_alpha                      ? band.coverage
                    : image.validity == Validity::per_band ? add(c, true)
                                                           : alpha;
    }
  }

  int alpha;
  std::vector<Band> bands;
  std::vector<Extra> extras;
};

ImageInfo weighed_info(const ImageInfo& image, const Weights& weights) {
  ImageInfo info = image;
  info.type = arithmetic_type(image.type);
  info.validity = Validity::none;
  if (info.alpha == Alpha::straight) info.alpha = Alpha::premultiplied;
  for (const Extra& extra : weights.extras)
    info.bands.emplace_back().name = extra.with_alpha ? "weight" : "coverage";
  return info;
}

class Weigh : public Operation {
 public:
  explicit Weigh(const ImageInfo& image) : Weigh(image, Weights(image)) {}

  Traits traits() const override { return {.reach = Reach::pixel, .cost = 1.5}; }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const WeighingKernels& kernels = weighing_kernels_for(context.isa);
    const auto weigh = kernels.weigh[static_cast<int>(type_)];
    const TileView& in = inputs[0];
    const std::int64_t width = out.rect.width;
    const int n = static_cast<int>(weights_.bands.size());
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      for (int c = 0; c < n; ++c) {
        const bool by_alpha = weights_.bands[static_cast<std::size_t>(c)].under_alpha;
        weigh(in.row(c, y), by_alpha ? in.row(weights_.alpha, y) : nullptr,
              in.validity ? in.validity_row(c, y) : nullptr, out.row(c, y), width);
      }
      int plane = n;
      for (const Extra& extra : weights_.extras) {
        const std::uint8_t* validity = in.validity_row(extra.band, y);
        if (extra.with_alpha)
          weigh(in.row(weights_.alpha, y), nullptr, validity, out.row(plane, y), width);
        else if (out.type == SampleType::f32)
          kernels.coverage_f32(validity, out.row<float>(plane, y), width);
        else
          kernels.coverage_f64(validity, out.row<double>(plane, y), width);
        ++plane;
      }
    }
  }

 private:
  Weigh(const ImageInfo& image, Weights weights)
      : Operation(weighed_info(image, weights)), type_(image.type), weights_(std::move(weights)) {}

  SampleType type_;
  Weights weights_;
};

class Unweigh : public Operation {
 public:
  Unweigh(const ImageInfo& image, SampleType filtered)
      : Operation(image), filtered_(filtered), weights_(image) {
    keep_written_nodata(info_);
  }

  Traits traits() const override { return {.reach = Reach::pixel, .cost = 1.5}; }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const WeighingKernels& kernels = weighing_kernels_for(context.isa);
    const int type = static_cast<int>(info_.type);
    const bool f32 = filtered_ == SampleType::f32;
    const auto unweigh = f32 ? kernels.unweigh_f32[type] : kernels.unweigh_f64[type];
    const TileView& in = inputs[0];
    const std::int64_t width = out.rect.width;
    for (std::int64_t y = 0; y < out.rect.height; ++y)
      for (int c = 0; c < info_.channels(); ++c) {
        const Weights::Band& band = weights_.bands[static_cast<std::size_t>(c)];
        unweigh(in.row(c, y), band.weight >= 0 ? in.row(band.weight, y) : nullptr, out.row(c, y),
                width);
        if (c >= out.validity_planes()) continue;
        if (f32)
          kernels.valid_f32(in.row<float>(band.coverage, y), out.validity_row(c, y), width);
        else
          kernels.valid_f64(in.row<double>(band.coverage, y), out.validity_row(c, y), width);
      }
  }

 private:
  SampleType filtered_;
  Weights weights_;
};

}  // namespace

std::shared_ptr<const Operation> make_weigh(const ImageInfo& image) {
  return std::make_shared<Weigh>(image);
}
std::shared_ptr<const Operation> make_unweigh(const ImageInfo& image, SampleType filtered) {
  return std::make_shared<Unweigh>(image, filtered);
}

}  // namespace sluice
