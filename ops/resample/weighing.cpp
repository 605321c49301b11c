#include "ops/resample/weighing.hpp"

#include "ops/resample/weighing.kernels.hpp"

namespace sluice {

namespace {

ImageInfo weighed_info(const ImageInfo& image) {
  ImageInfo info = image;
  info.type = weighed_type(image.type);
  if (info.alpha == Alpha::straight) info.alpha = Alpha::premultiplied;
  if (info.has_validity()) {
    // The coverage comes last, where an alpha band would be looked for.
    info.alpha = Alpha::none;
    info.validity = Validity::none;
    info.bands.emplace_back().name = "coverage";
  }
  return info;
}

class Weigh : public Operation {
 public:
  explicit Weigh(const ImageInfo& image)
      : Operation(weighed_info(image)),
        type_(image.type),
        channels_(image.channels()),
        alpha_(image.alpha == Alpha::straight ? image.channels() - 1 : -1),
        coverage_(image.has_validity()) {}

  Traits traits() const override { return {.cost = 1.5}; }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const WeighingKernels& kernels = weighing_kernels_for(context.isa);
    const auto weigh = kernels.weigh[static_cast<int>(type_)];
    const TileView& in = inputs[0];
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      const std::uint8_t* validity = coverage_ ? in.validity_row(y) : nullptr;
      for (int c = 0; c < channels_; ++c) {
        const void* alpha = alpha_ >= 0 && c != alpha_ ? in.row(alpha_, y) : nullptr;
        weigh(in.row(c, y), alpha, validity, out.row(c, y), out.rect.width);
      }
      if (!coverage_) continue;
      if (out.type == SampleType::f32)
        kernels.coverage_f32(validity, out.row<float>(channels_, y), out.rect.width);
      else
        kernels.coverage_f64(validity, out.row<double>(channels_, y), out.rect.width);
    }
  }

 private:
  SampleType type_;
  int channels_, alpha_;
  bool coverage_;
};

class Unweigh : public Operation {
 public:
  Unweigh(const ImageInfo& image, SampleType filtered)
      : Operation(image),
        filtered_(filtered),
        alpha_(image.alpha == Alpha::straight ? image.channels() - 1 : -1) {}

  Traits traits() const override { return {.cost = 1.5}; }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const WeighingKernels& kernels = weighing_kernels_for(context.isa);
    const int type = static_cast<int>(info_.type);
    const auto unweigh =
        filtered_ == SampleType::f32 ? kernels.unweigh_f32[type] : kernels.unweigh_f64[type];
    const TileView& in = inputs[0];
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      const void* coverage = info_.has_validity() ? in.row(info_.channels(), y) : nullptr;
      for (int c = 0; c < info_.channels(); ++c) {
        const void* weight = alpha_ >= 0 && c != alpha_ ? in.row(alpha_, y) : coverage;
        unweigh(in.row(c, y), weight, out.row(c, y), out.rect.width);
      }
      if (!coverage) continue;
      if (filtered_ == SampleType::f32)
        kernels.valid_f32(static_cast<const float*>(coverage), out.validity_row(y), out.rect.width);
      else
        kernels.valid_f64(static_cast<const double*>(coverage), out.validity_row(y),
                          out.rect.width);
    }
  }

 private:
  SampleType filtered_;
  int alpha_;
};

}  // namespace

SampleType weighed_type(SampleType type) {
  switch (type) {
    case SampleType::u32:
    case SampleType::i32:
    case SampleType::f64:
      return SampleType::f64;
    default:
      return SampleType::f32;
  }
}

std::shared_ptr<const Operation> make_weigh(const ImageInfo& image) {
  return std::make_shared<Weigh>(image);
}
std::shared_ptr<const Operation> make_unweigh(const ImageInfo& image, SampleType filtered) {
  return std::make_shared<Unweigh>(image, filtered);
}

}  // namespace sluice
