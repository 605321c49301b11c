#include "ops/resample/shrink.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/node.hpp"
#include "ops/resample/boxes.hpp"
#include "ops/resample/cell_sums.hpp"
#include "ops/resample/divided.hpp"
#include "ops/resample/mean_of_sums.hpp"
#include "ops/resample/most_frequent.hpp"
#include "ops/resample/pick.hpp"
#include "ops/resample/separable.hpp"
#include "ops/resample/shrink.kernels.hpp"
#include "ops/resample/weighing.hpp"

namespace sluice {

namespace {

constexpr std::int64_t kMostFactor = 32768;

// --- mean
// ------------------------------------------------------------------------------------------

/// Of boxes of at most kCellFactor columns and rows.
class ShrinkMean : public BoxOperation {
 public:
  ShrinkMean(const ImageInfo& image, std::int64_t x, std::int64_t y) : BoxOperation(image, x, y) {
    keep_written_nodata(info_);
  }

  std::int64_t scratch(std::int64_t width, std::int64_t) const override {
    return round_up(width * x_ * 8, kAlignment) + kRowSlack;
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        compute_row(inputs[0], out, c, y, context);
  }

 private:
  void compute_row(const TileView& in, const TileView& out, int c, std::int64_t y,
                   const ComputeContext& context) const {
    const ShrinkKernels& kernels = shrink_kernels_for(context.isa);
    const int rows = box_height(out.rect.y + y);
    const std::byte* from = in.row(c, y * y_);
    switch (info_.type) {
      case SampleType::u8:
        return small<std::uint8_t>(kernels, in, from, rows, out, c, y, context);
      case SampleType::i8:
        return small<std::int8_t>(kernels, in, from, rows, out, c, y, context);
      case SampleType::u16:
        return small<std::uint16_t>(kernels, in, from, rows, out, c, y, context);
      case SampleType::i16:
        return small<std::int16_t>(kernels, in, from, rows, out, c, y, context);
      case SampleType::u64:
        return huge<std::uint64_t>(in, from, rows, out, c, y);
      case SampleType::i64:
        return huge<std::int64_t>(in, from, rows, out, c, y);
      default:
        break;
    }
    double* sums = reinterpret_cast<double*>(context.scratch);
    kernels.columns_f64[static_cast<int>(info_.type)](from, in.row_stride, rows, sums,
                                                      in.rect.width);
    with_type(info_.type, [&]<class T>() { across<T>(sums, rows, out, c, y); });
  }

  /// 8 and 16 bits: column sums in i32, of pairs and pairs of pairs while x is even.
  template <class T>
  void small(const ShrinkKernels& kernels, const TileView& in, const std::byte* from, int rows,
             const TileView& out, int c, std::int64_t y, const ComputeContext& context) const {
    auto* sums = reinterpret_cast<std::int32_t*>(context.scratch);
    const int type = static_cast<int>(info_.type);
    T* to = out.row<T>(c, y);
    const std::int64_t whole = in.rect.width / x_, n = x_ * rows;
    std::int64_t left = x_;  // columns of sums per box
    if (left % 2 == 0) {
      left /= 2;
      kernels.column_pairs[type](from, in.row_stride, rows, sums, whole * left);
    } else {
      kernels.columns[type](from, in.row_stride, rows, sums, whole * left);
    }
    for (; left % 2 == 0; left /= 2)
      kernels.halve(sums, sums, whole * left / 2);
    if (left > 1)
      for (std::int64_t i = 0; i < whole; ++i) {
        std::int32_t sum = 0;
        for (std::int64_t k = 0; k < left; ++k)
          sum += sums[i * left + k];
        sums[i] = sum;
      }
    const bool below_2_24 = sizeof(T) == 1;
    (below_2_24 ? kernels.divide_small : kernels.divide)[type](sums, static_cast<double>(n), to,
                                                               whole);
    if (whole < out.rect.width) plain<T, std::int64_t>(in, from, rows, out, c, y, whole);
  }

  /// Boxes from output column `first` on, sample by sample.
  template <class T, class Sum>
  void plain(const TileView& in, const std::byte* from, int rows, const TileView& out, int c,
             std::int64_t y, std::int64_t first) const {
    for (std::int64_t x = first; x < out.rect.width; ++x) {
      const int columns = box_width(out.rect.x + x);
      Sum sum = 0;
      for (int j = 0; j < rows; ++j) {
        const T* row = reinterpret_cast<const T*>(from + j * in.row_stride) + x * x_;
        for (int i = 0; i < columns; ++i)
          sum += row[i];
      }
      out.row<T>(c, y)[x] = static_cast<T>(divided<Sum>(sum, static_cast<Sum>(columns) * rows));
    }
  }

  template <class T>
  void huge(const TileView& in, const std::byte* from, int rows, const TileView& out, int c,
            std::int64_t y) const {
    __extension__ using Wide = __int128;
    plain<T, Wide>(in, from, rows, out, c, y, 0);
  }

  /// 32-bit types and floats: `sums` of columns, exact for integers (below 2^47).
  template <class T>
  void across(const double* sums, int rows, const TileView& out, int c, std::int64_t y) const {
    for (std::int64_t x = 0; x < out.rect.width; ++x) {
      const int columns = box_width(out.rect.x + x);
      const double* box = sums + x * x_;
      const std::int64_t n = std::int64_t{columns} * rows;
      if constexpr (std::is_floating_point_v<T>) {
        double sum = box[0];
        for (int i = 1; i < columns; ++i)
          sum += box[i];
        out.row<T>(c, y)[x] = static_cast<T>(sum / static_cast<double>(n));
      } else {
        std::int64_t sum = 0;
        for (int i = 0; i < columns; ++i)
          sum += static_cast<std::int64_t>(box[i]);
        out.row<T>(c, y)[x] = static_cast<T>(divided(sum, n));
      }
    }
  }
};

// --- nearest
// ---------------------------------------------------------------------------------------

class ShrinkNearest : public BoxOperation {
  std::int64_t column(std::int64_t x) const { return std::min(x * x_ + x_ / 2, image_.width - 1); }
  std::int64_t row(std::int64_t y) const { return std::min(y * y_ + y_ / 2, image_.height - 1); }
  auto pick() const {
    return Pick{[this](std::int64_t x) { return column(x); },
                [this](std::int64_t y) { return row(y); }};
  }

 public:
  ShrinkNearest(const ImageInfo& image, std::int64_t x, std::int64_t y)
      : BoxOperation(image, x, y) {}

  Rect needs(int, const Rect& out) const override { return pick().needs(out); }
  Traits traits() const override {
    return picking_traits(info_, static_cast<double>(x_), static_cast<double>(y_));
  }
  std::int64_t scratch(std::int64_t width, std::int64_t) const override {
    return decltype(pick())::scratch(width);
  }
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    pick().compute(inputs[0], out, context);
  }
};

void check(const ImageInfo& info, const ShrinkOptions& o, std::int64_t y) {
  if (o.x < 1 || y < 1 || o.x > kMostFactor || y > kMostFactor)
    throw refused(
        fmt::format("x and y must be 1 to {}, {} and {} were asked for", kMostFactor, o.x, y));
  if (o.mode != ShrinkMode::mean) return;
  refuse_palette_indices(info, "use mode: mode or nearest");
  if (info.has_validity() && is_64_bit_integer(info.type))
    throw refused(
        fmt::format("the mean of {} samples some of which are not valid; use mode: mode or "
                    "nearest, or cast to f64 first",
                    name_of(info.type)));
}

/// Of samples that need no weights. Strong reductions are summed over cells first.
Image mean_of_boxes(const Image& image, std::int64_t x, std::int64_t y) {
  const ImageInfo info = image.info();
  if (x <= kCellFactor && y <= kCellFactor)
    return add_operation("shrink", image, std::make_shared<ShrinkMean>(info, x, y));
  const Image sums = sum_cells("shrink", image, shrink_cells(info.width, x),
                               shrink_cells(info.height, y), CellSums::exact);
  return add_operation("shrink", sums, make_mean_of_sums(info, x, y));
}

Image shrunk(const Image& image, const ShrinkOptions& options) {
  const std::int64_t x = options.x, y = options.y.value_or(x);
  const ImageInfo info = image.info();
  check(info, options, y);
  if (x == 1 && y == 1) return image;
  switch (options.mode) {
    case ShrinkMode::mode:
      return most_frequent_of_boxes(image, x, y);
    case ShrinkMode::nearest:
      return add_operation("shrink", image, std::make_shared<ShrinkNearest>(info, x, y));
    case ShrinkMode::mean:
      break;
  }
  const bool wide = is_64_bit_integer(info.type);
  if ((info.alpha != Alpha::straight || wide) && !info.has_validity())
    return mean_of_boxes(image, x, y);
  Image weighed = add_operation("shrink", image, make_weigh(info));
  weighed = mean_of_boxes(weighed, x, y);
  return add_operation("shrink", weighed,
                       make_unweigh(shrunk_info(info, x, y), arithmetic_type(info.type)));
}

}  // namespace

Image shrink(const Image& image, const ShrinkOptions& options) {
  return build_step("shrink", image, [&] { return shrunk(image, options); });
}

StepSpec shrink_step() {
  return make_step(
      "shrink", "resample",
      "Boxes of x times y pixels become one, the size rounded up: their mean (integers exactly, "
      "rounded to nearest even; colour weighted by alpha; skips pixels that are not valid), or for "
      "labels their most frequent sample or the one in the middle. All sample types. Boxes of more "
      "than 32 columns or rows are summed cell by cell, so that any factor takes little memory; "
      "the "
      "most frequent sample of more than 65536 pixels is found for u8 and i8 alone.",
      {option("x", &ShrinkOptions::x, "columns of a box").min(1).max(kMostFactor).take_bare(),
       option("y", &ShrinkOptions::y, "rows of a box; x when left out")
           .min(1)
           .max(kMostFactor)
           .take_bare(),
       option("mode", &ShrinkOptions::mode, "what a box becomes")},
      shrink);
}

}  // namespace sluice
