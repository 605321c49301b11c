#include "ops/resample/separable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/resample/cell_sums.hpp"
#include "ops/resample/separable.kernels.hpp"
#include "ops/resample/weighing.hpp"

namespace sluice {

namespace {

bool is_8_bit(FilterSample s) {
  return s <= FilterSample::fixed;
}

FilterSample sample_of(SampleType type) {
  switch (type) {
    case SampleType::u8:
      return FilterSample::u8;
    case SampleType::i8:
      return FilterSample::i8;
    case SampleType::u16:
      return FilterSample::u16;
    case SampleType::i16:
      return FilterSample::i16;
    case SampleType::u32:
      return FilterSample::u32;
    case SampleType::i32:
      return FilterSample::i32;
    case SampleType::f32:
      return FilterSample::f32;
    default:
      return FilterSample::f64;
  }
}

/// What lies between the two passes.
FilterSample middle_of(SampleType type) {
  switch (type) {
    case SampleType::u8:
    case SampleType::i8:
      return FilterSample::fixed;
    default:
      return sample_of(arithmetic_type(type));
  }
}
SampleType type_of_middle(FilterSample s) {
  if (s == FilterSample::fixed) return SampleType::i16;
  return s == FilterSample::f32 ? SampleType::f32 : SampleType::f64;
}

/// `info` with one axis resized.
ImageInfo resized(ImageInfo info, bool down, std::int64_t size) {
  const std::int64_t before = down ? info.height : info.width;
  change_samples(info);
  keep_written_nodata(info);
  info.levels.clear();
  if (size == before) return info;
  const double ratio = static_cast<double>(before) / static_cast<double>(size);
  if (down)
    change_geometry(info, info.width, size, 0, 1, 0, 0, 0, ratio);
  else
    change_geometry(info, size, info.height, 0, ratio, 0, 0, 0, 1);
  return info;
}

/// Down: each output row is a weighted sum of input rows.
template <class W>
class FilterDown : public Operation {
 public:
  FilterDown(ImageInfo out, std::shared_ptr<const Taps> taps, FilterSample in, bool last)
      : Operation(std::move(out)), taps_(taps), table_(std::move(taps)), in_(in), last_(last) {}

  Traits traits() const override { return {.cost = 1 + 0.5 * taps_->most()}; }

  Rect needs(int, const Rect& out) const override {
    const std::int64_t begin = taps_->reach(out.y).begin;
    return {out.x, begin, out.width, taps_->reach(out.bottom() - 1).end - begin};
  }
  std::int64_t scratch(std::int64_t, std::int64_t) const override { return table_.room_bytes(); }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const SeparableKernels& kernels = separable_kernels_for(context.isa);
    const auto rows = rows_kernel(kernels);
    const TileView& in = inputs[0];
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      const Interval reach = taps_->reach(out.rect.y + y);
      const W* weights = table_.row(out.rect.y + y, context.scratch);
      for (int c = 0; c < out.channels; ++c)
        rows(in.row(c, reach.begin - in.rect.y), in.row_stride, weights,
             static_cast<int>(reach.size()), out.row(c, y), out.rect.width);
    }
  }

 private:
  SeparableKernels::Rows rows_kernel(const SeparableKernels& kernels) const {
    const int in = static_cast<int>(in_);
    if (last_ && in_ == FilterSample::fixed)
      return kernels.fixed_rows_to_8[info_.type == SampleType::i8];
    if (last_) return kernels.rows_to_final[in];
    const bool symmetric = is_8_bit(in_) && taps_->symmetric();
    return symmetric ? kernels.symmetric_rows_8[in] : kernels.rows_to_middle[in];
  }

  std::shared_ptr<const Taps> taps_;
  WeightTable<W> table_;
  FilterSample in_;
  bool last_;
};

/// Takes scratch memory apart, in pieces aligned to 64 bytes.
class Scratch {
 public:
  explicit Scratch(std::byte* at) : at_(at) {}
  template <class T>
  T* take(std::int64_t count) {
    T* piece = reinterpret_cast<T*>(at_);
    at_ += bytes<T>(count);
    return piece;
  }
  template <class T>
  static std::int64_t bytes(std::int64_t count) {
    return round_up(count * static_cast<std::int64_t>(sizeof(T)), kAlignment);
  }

 private:
  std::byte* at_;
};

/// A vector's worth of samples at most, whatever the instruction set.
struct Line {
  std::byte bytes[64];
};

/// The tiles of a node that is always kept; 0 of one that is not.
struct KeptTile {
  std::int64_t width = 0, height = 0;
};

/// Across: each output column is a weighted sum of input columns. In general rows are transposed to
/// lines, strip by strip, and filtered like rows; for 8-bit images few taps that lie close together
/// are gathered instead, and weights that are the same everywhere need neither. All compute the
/// same sums.
template <class W>
class FilterAcross : public Operation {
 public:
  FilterAcross(ImageInfo out, std::shared_ptr<const Taps> taps, FilterSample in, FilterSample to,
               KeptTile kept = {})
      : Operation(std::move(out)),
        kept_(kept),
        taps_(taps),
        table_(std::move(taps)),
        in_(in),
        out_(to),
        // Lines for one chunk of columns are to stay within the L2 cache.
        chunk_(std::clamp<std::int64_t>(
            static_cast<std::int64_t>((4096 - taps_->most()) / taps_->ratio()) / 16 * 16, 4, 256)),
        way_(choose()) {}

  Traits traits() const override {
    Traits traits;
    traits.cost = way_ == Way::transpose ? 3 + 0.5 * taps_->most() + 2 * taps_->ratio()
                                         : 1.5 + 0.5 * taps_->most();
    traits.always_kept = kept_.width > 0;
    traits.kept_width = kept_.width;
    traits.kept_height = kept_.height;
    return traits;
  }

  Rect needs(int, const Rect& out) const override {
    const std::int64_t begin = taps_->reach(out.x).begin;
    return {begin, out.y, taps_->reach(out.right() - 1).end - begin, out.height};
  }

  std::int64_t scratch(std::int64_t width, std::int64_t) const override {
    const std::int64_t rooms = table_.room_bytes();
    if (way_ == Way::adjacent) return rooms;
    if (way_ == Way::gather) return gather_bytes(width) + rooms;
    const std::int64_t columns = std::min(width, chunk_);
    return Scratch::bytes<Line>(lines_for(columns)) + Scratch::bytes<Line>(columns) +
           Scratch::bytes<TapRow>(columns) + rooms * columns;
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    if (way_ == Way::adjacent) return adjacent(inputs[0], out, context);
    if (way_ == Way::gather) return gather(inputs[0], out, context);
    for (std::int64_t x = 0; x < out.rect.width; x += chunk_)
      transpose(inputs[0], out, x, std::min(chunk_, out.rect.width - x), context);
  }

 private:
  enum class Way { transpose, gather, adjacent };

  Way choose() const {
    const bool eight = is_8_bit(in_);
    if (taps_->constant() && (eight ? in_ == FilterSample::fixed && out_ != FilterSample::i8
                                    : in_ == middle_of(info_.type)))
      return Way::adjacent;
    return out_ == FilterSample::u8 && taps_->ratio() <= 2 && taps_->most() <= 16 ? Way::gather
                                                                                  : Way::transpose;
  }
  std::int64_t lines_for(std::int64_t columns) const {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(columns - 1) * taps_->ratio())) +
           taps_->most() + 1;
  }
  std::int64_t gather_bytes(std::int64_t width) const {
    // For whole blocks of 64 columns: a weight and an index pair per column.
    const std::int64_t columns = round_up(width, 64), pairs = (taps_->most() + 1) / 2;
    return columns * 4 * (2 + pairs);
  }

  void transpose(const TileView& in, const TileView& out, std::int64_t x, std::int64_t columns,
                 const ComputeContext& context) const {
    const SeparableKernels& kernels = separable_kernels_for(context.isa);
    const auto to_lines = kernels.to_lines[static_cast<int>(in_)];
    const auto from_lines = kernels.from_lines[static_cast<int>(out_)];
    const auto filter = std::is_same_v<W, float>     ? kernels.lines_f32
                        : std::is_same_v<W, double>  ? kernels.lines_f64
                        : in_ == FilterSample::fixed ? kernels.lines_fixed
                                                     : kernels.lines_8;
    Scratch scratch(context.scratch);
    Line* lines = scratch.take<Line>(lines_for(columns));
    Line* filtered = scratch.take<Line>(columns);
    TapRow* taps = scratch.take<TapRow>(columns);
    const std::int64_t room = table_.room_bytes();
    const std::int64_t first = taps_->reach(out.rect.x + x).begin;
    const std::int64_t end = taps_->reach(out.rect.x + x + columns - 1).end;
    for (std::int64_t i = 0; i < columns; ++i) {
      const std::int64_t o = out.rect.x + x + i;
      const Interval reach = taps_->reach(o);
      taps[i] = {reach.begin - first, table_.row(o, scratch.take<std::byte>(room)),
                 static_cast<int>(reach.size())};
    }
    const int strip = kernels.vector_bytes / static_cast<int>(sizeof(W));
    const auto in_offset = (first - in.rect.x) * static_cast<std::int64_t>(size_of(in.type));
    const auto out_offset = x * static_cast<std::int64_t>(size_of(out.type));
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; y += strip) {
        const int rows = static_cast<int>(std::min<std::int64_t>(strip, out.rect.height - y));
        to_lines(in.row(c, y) + in_offset, in.row_stride, rows, end - first, lines);
        filter(lines, taps, columns, filtered);
        from_lines(filtered, columns, rows, out.row(c, y) + out_offset, out.row_stride);
      }
  }

  void adjacent(const TileView& in, const TileView& out, const ComputeContext& context) const {
    const SeparableKernels& kernels = separable_kernels_for(context.isa);
    const auto filter = out_ == FilterSample::fixed ? kernels.adjacent_to_fixed
                                                    : kernels.adjacent[static_cast<int>(out_)];
    const W* weights = table_.row(0, context.scratch);
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        filter(in.row(c, y), weights, taps_->most(), out.row(c, y), out.rect.width);
  }

  void gather(const TileView& in, const TileView& out, const ComputeContext& context) const {
    const SeparableKernels& kernels = separable_kernels_for(context.isa);
    const auto filter = in_ == FilterSample::fixed ? kernels.columns_fixed : kernels.columns_8;
    const ColumnTaps taps = column_taps(in.rect.x, out.rect, kernels.vector_bytes, context.scratch);
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        filter(in.row(c, y), taps, out.rect.width, out.row<std::uint8_t>(c, y));
  }

  /// The tables of SeparableKernels::columns_8 for a unit. Columns behind the last repeat it.
  ColumnTaps column_taps(std::int64_t in_x, const Rect& out, int vector_bytes,
                         std::byte* memory) const {
    const int pairs = (taps_->most() + 1) / 2, per_unit = unit_outputs(vector_bytes);
    const int units = vector_bytes / 4 / per_unit;
    const std::int64_t blocks = ceil_div(out.width, vector_bytes), columns = blocks * vector_bytes;
    Scratch scratch(memory);
    auto* weights = scratch.take<std::int16_t>(columns * pairs * 2);
    auto* first = scratch.take<std::int32_t>(columns);
    auto* shuffle = scratch.take<std::uint8_t>(columns * 4);
    std::byte* room = scratch.take<std::byte>(table_.room_bytes());
    std::fill_n(weights, columns * pairs * 2, std::int16_t{0});
    const ColumnTaps taps{pairs, first, shuffle, weights};
    for (std::int64_t block = 0; block < blocks; ++block)
      for (int g = 0; g < 4; ++g)
        for (int u = 0; u < units; ++u, ++first) {
          const std::int64_t group = block * 4 + g;
          const std::int64_t x = block * vector_bytes + unit_output(vector_bytes, g, u);
          const std::int64_t base = taps_->reach(out.x + std::min(x, out.width - 1)).begin;
          *first = static_cast<std::int32_t>(base - in_x);
          for (int i = 0; i < per_unit; ++i, shuffle += 4) {
            const std::int64_t o = out.x + std::min(x + i, out.width - 1);
            const Interval reach = taps_->reach(o);
            set_shuffle(shuffle, static_cast<int>(reach.begin - base), vector_bytes);
            const W* from = table_.row(o, room);
            for (int k = 0; k < reach.size(); ++k)
              weights[((group * pairs + k / 2) * units + u) * per_unit * 2 + 2 * i + k % 2] =
                  static_cast<std::int16_t>(from[k]);
          }
        }
    return taps;
  }

  static void set_shuffle(std::uint8_t* to, int sample, int vector_bytes) {
    if (vector_bytes == 64) {
      const std::uint16_t indices[2] = {static_cast<std::uint16_t>(sample),
                                        static_cast<std::uint16_t>(sample + 1)};
      std::memcpy(to, indices, 4);
    } else {
      for (int i = 0; i < 4; ++i)
        to[i] = static_cast<std::uint8_t>(2 * sample + i);
    }
  }

  KeptTile kept_;
  std::shared_ptr<const Taps> taps_;
  WeightTable<W> table_;
  FilterSample in_, out_;
  std::int64_t chunk_;
  Way way_;
};

std::shared_ptr<const Operation> make_down(ImageInfo out, std::shared_ptr<const Taps> taps,
                                           FilterSample in, bool last) {
  if (is_8_bit(in))
    return std::make_shared<FilterDown<std::int16_t>>(std::move(out), std::move(taps), in, last);
  if (arithmetic_type(out.type) == SampleType::f32)
    return std::make_shared<FilterDown<float>>(std::move(out), std::move(taps), in, last);
  return std::make_shared<FilterDown<double>>(std::move(out), std::move(taps), in, last);
}

std::shared_ptr<const Operation> make_across(ImageInfo out, std::shared_ptr<const Taps> taps,
                                             FilterSample in, FilterSample to) {
  if (is_8_bit(in))
    return std::make_shared<FilterAcross<std::int16_t>>(std::move(out), std::move(taps), in, to);
  if (arithmetic_type(out.type) == SampleType::f32)
    return std::make_shared<FilterAcross<float>>(std::move(out), std::move(taps), in, to);
  return std::make_shared<FilterAcross<double>>(std::move(out), std::move(taps), in, to);
}

/// The two passes alone, on samples that need no weighing.
Image filter_plain(const char* step, Image image, const AxisFilter& down,
                   const AxisFilter& across) {
  const SampleType type = image.info().type;
  FilterSample in = sample_of(type);
  if (down.taps) {
    ImageInfo info = resized(image.info(), true, down.size);
    if (across.taps) info.type = type_of_middle(middle_of(type));
    image = add_operation(step, image, make_down(std::move(info), down.taps, in, !across.taps));
    in = middle_of(type);
  }
  if (across.taps) {
    ImageInfo info = resized(image.info(), false, across.size);
    info.type = type;
    image =
        add_operation(step, image, make_across(std::move(info), across.taps, in, sample_of(type)));
  }
  return image;
}

ImageInfo resized(ImageInfo info, const AxisFilter& down, const AxisFilter& across) {
  if (down.taps) info = resized(std::move(info), true, down.size);
  if (across.taps) info = resized(std::move(info), false, across.size);
  return info;
}

/// Above this factor of the columns the sums are kept for themselves: neighbouring tiles of what is
/// filtered across would sum too much of the same again.
constexpr std::int64_t kMostFusedFactor = 96;

/// Tiles of sums filtered across: over as much of the image as the finest sums' tiles, and not so
/// narrow that most of what they need is their neighbours'.
KeptTile filtered_tile(const ImageInfo& image, const AxisFilter& down, const AxisFilter& across) {
  const double columns = static_cast<double>(image.width) / static_cast<double>(across.size);
  const double rows = down.cells.empty() ? 1
                                         : static_cast<double>(image.height) /
                                               static_cast<double>(down.cells.back().count());
  return {std::clamp<std::int64_t>(
              static_cast<std::int64_t>(static_cast<double>(kCoveredByFinest.columns) / columns), 8,
              kCoveredByFinest.columns),
          std::clamp<std::int64_t>(
              static_cast<std::int64_t>(static_cast<double>(kCoveredByFinest.rows) / rows), 1,
              kCoveredByFinest.rows)};
}

/// Over sums of cells: one way for all sample types, with weights and without. Across first: what
/// has to wait for the rows below, which is kept, is then least.
Image filter_cells(const char* step, Image image, const AxisFilter& down,
                   const AxisFilter& across) {
  const ImageInfo info = image.info();
  if (info.alpha == Alpha::straight || info.has_validity())
    image = add_operation(step, image, make_weigh(info));
  const bool fused = across.taps && info.width <= kMostFusedFactor * across.size &&
                     std::max(across.cells.size(), down.cells.size()) == 1;
  image = sum_cells(step, image, across.cells, down.cells, CellSums::for_filters, !fused);
  FilterSample in = sample_of(image.info().type);
  if (across.taps) {
    ImageInfo filtered = resized(image.info(), false, across.size);
    filtered.type = SampleType::f64;
    image = add_operation(step, image,
                          std::make_shared<FilterAcross<double>>(
                              std::move(filtered), across.taps, in, FilterSample::f64,
                              filtered_tile(info, down, across)));
    in = FilterSample::f64;
  }
  if (down.taps) {
    ImageInfo filtered = resized(image.info(), true, down.size);
    filtered.type = SampleType::f64;
    image = add_operation(
        step, image,
        std::make_shared<FilterDown<double>>(std::move(filtered), down.taps, in, false));
  }
  return add_operation(step, image, make_unweigh(resized(info, down, across), SampleType::f64));
}

}  // namespace

Image filter_on_fewer_rows(const char* step, const Image& image, const FewerRows& filter) {
  const ImageInfo info = image.info();
  const FilterSample in = sample_of(info.type);
  ImageInfo middle = info;
  middle.height = filter.rows;
  middle.type = type_of_middle(FilterSample::fixed);
  Image fewer = add_operation(step, image, make_down(middle, filter.down, in, false));
  fewer = add_operation(
      step, fewer, make_across(middle, filter.across, FilterSample::fixed, FilterSample::fixed));
  return add_operation(step, fewer, make_down(info, filter.up, FilterSample::fixed, true));
}

bool keeps_integers(const ImageInfo& info) {
  return size_of(info.type) == 1 && info.alpha != Alpha::straight && !info.has_validity() &&
         info.colour != Colour::palette;
}

Image filter_separably(const char* step, const Image& image, const AxisFilter& down,
                       const AxisFilter& across, const char* remedy) {
  const ImageInfo info = image.info();
  refuse_64_bit_integers({info.type}, remedy);
  refuse_palette_indices(info, remedy);
  if (!down.taps && !across.taps) return image;
  if (!down.cells.empty() || !across.cells.empty()) return filter_cells(step, image, down, across);
  const int most =
      std::max(down.taps ? down.taps->most() : 0, across.taps ? across.taps->most() : 0);
  const bool integer = size_of(info.type) == 1 && most <= kMostIntegerTaps;
  const bool plain = info.alpha != Alpha::straight && !info.has_validity();
  if (plain && (integer || size_of(info.type) > 1)) return filter_plain(step, image, down, across);
  Image weighed = add_operation(step, image, make_weigh(info));
  weighed = filter_plain(step, std::move(weighed), down, across);
  return add_operation(step, weighed,
                       make_unweigh(resized(info, down, across), arithmetic_type(info.type)));
}

}  // namespace sluice
