#include "ops/resample/cell_sums.hpp"

#include <algorithm>

#include "ops/resample/cell_sums.kernels.hpp"

namespace sluice {

namespace {

// Larger cells are few; one row of them at a time, so that few rows of the cells below wait.
constexpr Covered kCoveredByLarger{64, 1};

/// How one node sums: from its input's samples to its own.
enum class Way : std::uint8_t { i16_to_i32, i32, i64, halves, f64 };

Way way_of(SampleType type, CellSums sums, bool finest) {
  if (is_float(type)) return Way::f64;
  if (finest && size_of(type) == 1) return Way::i16_to_i32;
  if (finest && size_of(type) == 2) return Way::i32;
  if (sums == CellSums::for_filters) return Way::f64;
  return finest && is_64_bit_integer(type) ? Way::halves : Way::i64;
}

SampleType type_of(Way way) {
  switch (way) {
    case Way::i16_to_i32:
    case Way::i32:
      return SampleType::i32;
    case Way::i64:
    case Way::halves:
      return SampleType::i64;
    case Way::f64:
      break;
  }
  return SampleType::f64;
}

ImageInfo summed_info(const ImageInfo& image, const CellAxis& columns, const CellAxis& rows,
                      Way way) {
  ImageInfo info = image;
  const auto ratio = [](const CellAxis& axis) {
    return static_cast<double>(axis.size()) / static_cast<double>(axis.count());
  };
  change_geometry(info, columns.count(), rows.count(), 0, ratio(columns), 0, 0, 0, ratio(rows));
  info.type = type_of(way);
  if (way != Way::halves) return info;
  info.colour = Colour::multiband;
  info.alpha = Alpha::none;
  info.bands.assign(info.bands.size() * 2, BandInfo{});
  return info;
}

class SumOfCells : public Operation {
 public:
  SumOfCells(const ImageInfo& image, const CellAxis& columns, const CellAxis& rows, Way way,
             Covered kept)
      : Operation(summed_info(image, columns, rows, way)),
        columns_(columns),
        rows_(rows),
        type_(image.type),
        way_(way),
        kept_(kept) {}

  Traits traits() const override {
    const double samples = columns_.ratio() * rows_.ratio();
    Traits traits;
    traits.cost = 1 + 0.5 * samples * static_cast<double>(size_of(type_)) /
                          static_cast<double>(size_of(info_.type));
    if (kept_.columns == 0) return traits;
    traits.always_kept = true;
    traits.kept_width = cells_over(columns_, kept_.columns);
    traits.kept_height = cells_over(rows_, kept_.rows);
    return traits;
  }

  Rect needs(int, const Rect& out) const override {
    const std::int64_t x = columns_.begin(out.x), y = rows_.begin(out.y);
    return {x, y, columns_.begin(out.right()) - x, rows_.begin(out.bottom()) - y};
  }

  std::int64_t scratch(std::int64_t width, std::int64_t) const override {
    return begins_bytes(width) + 2 * sums_bytes(width);
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const TileView& in = inputs[0];
    const std::int64_t width = out.rect.width;
    auto* begins = reinterpret_cast<std::int32_t*>(context.scratch);
    std::byte* sums = context.scratch + begins_bytes(width);
    std::byte* room = sums + sums_bytes(width);
    for (std::int64_t i = 0; i <= width; ++i)
      begins[i] = static_cast<std::int32_t>(columns_.begin(out.rect.x + i) - in.rect.x);
    const CellKernels& kernels = cell_kernels_for(context.isa);
    const CellKernels::Runs runs = runs_kernel(kernels);
    for (int c = 0; c < out.channels; ++c) {
      const CellKernels::Columns columns = columns_kernel(kernels, c);
      const int from = way_ == Way::halves ? c / 2 : c;
      for (std::int64_t y = 0; y < out.rect.height; ++y) {
        const std::int64_t first = rows_.begin(out.rect.y + y);
        const auto rows = static_cast<int>(rows_.begin(out.rect.y + y + 1) - first);
        columns(in.row(from, first - in.rect.y), in.row_stride, rows, sums, in.rect.width);
        runs(sums, begins, width, room, out.row(c, y));
      }
    }
  }

 private:
  static std::int64_t begins_bytes(std::int64_t width) {
    return round_up((width + 1) * 4, kAlignment);
  }
  std::int64_t sums_bytes(std::int64_t width) const {
    return round_up((columns_.most_positions(width) + 1) * 8, kAlignment) + kRowSlack;
  }

  CellKernels::Columns columns_kernel(const CellKernels& kernels, int channel) const {
    const bool is_signed = sluice::is_signed(type_);
    switch (way_) {
      case Way::i16_to_i32:
        return kernels.columns_i16[is_signed];
      case Way::i32:
        return kernels.columns_i32[is_signed];
      case Way::i64:
        return kernels.columns_i64[size_of(type_) == 8 ? 2 : int{is_signed}];
      case Way::halves:
        return channel % 2 == 0 ? kernels.lower_i64 : kernels.upper_i64[is_signed];
      case Way::f64:
        break;
    }
    return kernels.columns_f64[type_ == SampleType::f64   ? 3
                               : type_ == SampleType::f32 ? 2
                                                          : int{is_signed}];
  }
  CellKernels::Runs runs_kernel(const CellKernels& kernels) const {
    switch (way_) {
      case Way::i16_to_i32:
        return kernels.runs_i16;
      case Way::i32:
        return kernels.runs_i32;
      case Way::i64:
      case Way::halves:
        return kernels.runs_i64;
      case Way::f64:
        break;
    }
    return kernels.runs_f64;
  }

  CellAxis columns_, rows_;
  SampleType type_;
  Way way_;
  Covered kept_;  ///< zeros: not always kept
};

}  // namespace

std::int64_t cells_over(const CellAxis& axis, std::int64_t positions) {
  const double cells = static_cast<double>(positions) / axis.ratio();
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(cells), 1, axis.count());
}

SampleType type_of_sums(SampleType type, CellSums sums, std::size_t levels) {
  for (std::size_t i = 0; i < levels; ++i)
    type = type_of(way_of(type, sums, i == 0));
  return type;
}

Image sum_cells(const char* step, Image image, const CellLevels& columns, const CellLevels& rows,
                CellSums sums, bool kept) {
  const auto level = [](const CellLevels& levels, std::size_t i, std::int64_t size) {
    return i < levels.size() ? levels[i] : CellAxis::single(size);
  };
  for (std::size_t i = 0; i < std::max(columns.size(), rows.size()); ++i) {
    const ImageInfo info = image.info();
    const bool finest = i == 0;
    image = add_operation(
        step, image,
        std::make_shared<SumOfCells>(info, level(columns, i, info.width),
                                     level(rows, i, info.height), way_of(info.type, sums, finest),
                                     !kept    ? Covered{}
                                     : finest ? kCoveredByFinest
                                              : kCoveredByLarger));
  }
  return image;
}

}  // namespace sluice
