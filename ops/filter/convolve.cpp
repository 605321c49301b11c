#include "ops/filter/convolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/common/facts.hpp"
#include "ops/filter/convolve.kernels.hpp"

namespace sluice {

namespace {

constexpr std::size_t kMostSide = 255;

Error refused(std::string reason) {
  return Error(ErrorKind::usage, std::move(reason));
}

void check(const ImageInfo& image, const ConvolveOptions& o) {
  const std::size_t rows = o.matrix.size(), columns = rows == 0 ? 0 : o.matrix[0].size();
  if (columns == 0) throw refused("the matrix is empty");
  if (rows > kMostSide || columns > kMostSide)
    throw refused(fmt::format("the matrix has {} x {} weights; at most {} x {} are possible",
                              columns, rows, kMostSide, kMostSide));
  for (std::size_t j = 0; j < rows; ++j) {
    if (o.matrix[j].size() != columns)
      throw refused(fmt::format("row {} of the matrix has {} weights, row 1 has {}", j + 1,
                                o.matrix[j].size(), columns));
    for (double w : o.matrix[j])
      if (!std::isfinite(w)) throw refused("a weight of the matrix is not a finite number");
  }
  if (o.scale == 0 || !std::isfinite(o.scale) || !std::isfinite(1 / o.scale))
    throw refused(fmt::format("scale must be a number other than 0, {} was given", o.scale));
  if (!std::isfinite(o.offset)) throw refused("offset must be a finite number");
  if (image.type == SampleType::u64 || image.type == SampleType::i64)
    throw refused(fmt::format("{} samples have more bits than weighted sums; cast to f64 first",
                              name_of(image.type)));
  if (image.colour == Colour::palette)
    throw refused("the samples are indices into a palette, which cannot be added");
}

/// The k of a scale 2^k with k = 0..16, -1 for others.
int power_of_two(double scale) {
  for (int k = 0; k <= 16; ++k)
    if (scale == std::ldexp(1, k)) return k;
  return -1;
}

struct Tap {
  int column, row;
  double weight;
};

/// Weights of two samples side by side.
struct PairTap {
  int column, row;
  std::int32_t first, second;
};

class Convolve : public Operation {
 public:
  Convolve(const ImageInfo& image, const ConvolveOptions& o)
      : Operation(image),
        rows_(static_cast<int>(o.matrix.size())),
        columns_(static_cast<int>(o.matrix[0].size())),
        border_(o.border),
        value_(o.value) {
    change_samples(info_);
    keep_written_nodata(info_);
    info_.levels.clear();
    for (int j = 0; j < rows_; ++j)
      for (int i = 0; i < columns_; ++i)
        if (const double w = o.matrix[std::size_t(j)][std::size_t(i)]; w != 0)
          taps_.push_back({i, j, w});
    all_zero_ = taps_.empty();
    if (all_zero_) taps_.push_back({columns_ / 2, rows_ / 2, 0});
    if (size_of(image.type) == 1 && whole_numbers(o)) {
      choose_integers(o);
      return;
    }
    for (const Tap& tap : taps_)
      add_float(tap.weight);
    add_float(1 / o.scale);
    add_float(o.offset);
  }

  Traits traits() const override {
    const double taps = static_cast<double>(taps_.size());
    return {.cost = 1 + (path_ == Path::bytes   ? 0.2
                         : path_ == Path::words ? 0.4
                                                : 0.8) *
                            taps,
            .edge = border_,
            .edge_value = value_};
  }

  Rect needs(int, const Rect& out) const override {
    const int left = columns_ / 2, top = rows_ / 2;
    return out.grown(left, top, columns_ - 1 - left, rows_ - 1 - top);
  }

  std::int64_t scratch(std::int64_t, std::int64_t) const override {
    return round_up(
        static_cast<std::int64_t>((taps_.size() + pairs_.size()) * sizeof(std::ptrdiff_t)),
        kAlignment);
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const ConvolveKernels& kernels = convolve_kernels_for(context.isa);
    const TileView& in = inputs[0];
    auto* offsets = reinterpret_cast<std::ptrdiff_t*>(context.scratch);
    if (out.validity) offsets_of(taps_, in.validity_stride, 1, offsets);
    for (int plane = 0; plane < out.validity_planes(); ++plane)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        if (all_zero_)
          std::fill_n(out.validity_row(plane, y), out.rect.width, std::uint8_t{255});
        else
          kernels.valid(in.validity_row(plane, y), offsets, count(taps_),
                        out.validity_row(plane, y), out.rect.width);
    if (path_ == Path::floats || path_ == Path::doubles)
      offsets_of(taps_, in.row_stride, static_cast<std::int64_t>(size_of(in.type)), offsets);
    else
      offsets_of(pairs_, in.row_stride, 1, offsets);
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        compute_row(kernels, in.row(c, y), offsets, out.row(c, y), out.rect.width);
  }

 private:
  enum class Path { bytes, words, doubles, floats };

  template <class T>
  static int count(const std::vector<T>& taps) {
    return static_cast<int>(taps.size());
  }
  template <class T>
  static void offsets_of(const std::vector<T>& taps, std::int64_t row, std::int64_t column,
                         std::ptrdiff_t* to) {
    for (const T& tap : taps)
      *to++ = tap.row * row + tap.column * column;
  }

  void compute_row(const ConvolveKernels& kernels, const std::byte* from,
                   const std::ptrdiff_t* offsets, std::byte* to, std::int64_t width) const {
    switch (path_) {
      case Path::bytes:
        return kernels.bytes(reinterpret_cast<const std::uint8_t*>(from), offsets,
                             byte_pairs_.data(), count(pairs_), finish_,
                             reinterpret_cast<std::uint8_t*>(to), width);
      case Path::words:
        return (info_.type == SampleType::u8 ? kernels.words_u8 : kernels.words_i8)(
            from, offsets, word_pairs_.data(), count(pairs_), finish_, to, width);
      case Path::doubles:
        return (info_.type == SampleType::u8 ? kernels.doubles_u8 : kernels.doubles_i8)(
            from, offsets, doubles_.data(), count(taps_), to, width);
      case Path::floats: {
        const void* weights = floats_.empty() ? static_cast<const void*>(doubles_.data())
                                              : static_cast<const void*>(floats_.data());
        return kernels.floats[static_cast<int>(info_.type)](from, offsets, weights, count(taps_),
                                                            to, width);
      }
    }
  }

  void add_float(double v) {
    if (info_.type == SampleType::u32 || info_.type == SampleType::i32 ||
        info_.type == SampleType::f64)
      doubles_.push_back(v);
    else
      floats_.push_back(static_cast<float>(v));
  }

  bool whole_numbers(const ConvolveOptions& o) const {
    const auto whole = [](double v) { return v == std::nearbyint(v); };
    return whole(o.offset) && std::all_of(taps_.begin(), taps_.end(),
                                          [&](const Tap& tap) { return whole(tap.weight); });
  }

  /// The narrowest numbers in which sums are exact, and quotients of them that round as they
  /// should.
  void choose_integers(const ConvolveOptions& o) {
    double total = 0, largest = 0;
    for (const Tap& tap : taps_) {
      total += std::fabs(tap.weight) * 255;
      largest = std::max(largest, std::fabs(tap.weight));
    }
    const int shift = power_of_two(o.scale);
    const double bias = o.offset * o.scale;
    // Half a sample is added before the shift.
    const double most = total + std::fabs(bias) + (shift > 0 ? std::ldexp(1, shift) : 0);
    // A quotient of numbers that f32 holds lies further from each half than f32 rounds, if it is
    // within the samples' range at all and its divisor is not larger.
    const bool divides =
        o.scale == std::nearbyint(o.scale) && std::fabs(o.scale) <= 0x1p14 && most <= 0x1p24;
    if (largest > 32767 || !(shift >= 0 ? most <= 2147483647. : divides)) {
      path_ = Path::doubles;
      for (const Tap& tap : taps_)
        doubles_.push_back(tap.weight);
      doubles_.insert(doubles_.end(), {o.scale, bias});
      return;
    }
    finish_ = {shift, static_cast<std::int32_t>(bias), static_cast<float>(o.scale)};
    const bool bytes = info_.type == SampleType::u8 && most <= 32767 && largest <= 127;
    path_ = bytes ? Path::bytes : Path::words;
    pair_up();
  }

  void pair_up() {
    for (const Tap& tap : taps_) {
      const auto w = static_cast<std::int32_t>(tap.weight);
      if (!pairs_.empty() && pairs_.back().row == tap.row && pairs_.back().column + 1 == tap.column)
        pairs_.back().second = w;
      else
        pairs_.push_back({tap.column, tap.row, w, 0});
    }
    // The counts that a kernel keeps in registers: 3 x 3 and 5 x 5, holes filled with zeros.
    for (const std::size_t most : {std::size_t{6}, std::size_t{15}})
      if (path_ == Path::bytes && pairs_.size() <= most) {
        pairs_.resize(most, {pairs_[0].column, pairs_[0].row, 0, 0});
        break;
      }
    for (const PairTap& pair : pairs_) {
      const auto first = static_cast<std::uint32_t>(pair.first);
      const auto second = static_cast<std::uint32_t>(pair.second);
      byte_pairs_.push_back(static_cast<std::int16_t>((first & 0xFF) | (second & 0xFF) << 8));
      word_pairs_.push_back(static_cast<std::int32_t>((first & 0xFFFF) | second << 16));
    }
  }

  int rows_, columns_;
  Edge border_;
  double value_;
  std::vector<Tap> taps_;  ///< the weights that are not 0; at least one
  bool all_zero_ = false;  ///< no pixel counts, so none makes the sum invalid
  Path path_ = Path::floats;
  ConvolveFinish finish_{};
  std::vector<PairTap> pairs_;
  std::vector<std::int16_t> byte_pairs_;
  std::vector<std::int32_t> word_pairs_;
  std::vector<float> floats_;  ///< weights, gain, offset; one of the two is empty
  std::vector<double> doubles_;
};

}  // namespace

Image convolve(const Image& image, const ConvolveOptions& options) {
  return add_operation("convolve", std::span(&image, 1), {},
                       [options](std::span<const ImageInfo> in, const LateValues&) {
                         check(in[0], options);
                         return std::make_shared<Convolve>(in[0], options);
                       });
}

StepSpec convolve_step() {
  return make_step<ConvolveOptions>(
      "convolve", "filter",
      "sum(matrix * pixel) / scale + offset around each pixel, the matrix laid on as it is "
      "written. Every channel alike. All sample types but u64 and i64. 8-bit samples with a "
      "matrix, "
      "offset and scale of whole numbers exactly, whatever their size, as long as no sum of "
      "|weight| * 255, with |offset * scale|, passes 2^53 and the scale 2^44; with another scale "
      "or "
      "larger sums in f64, with other weights in f32. 16-bit samples and f32 in f32, 32-bit types "
      "and f64 in f64. Rounded to nearest, ties to even. A pixel is valid when all pixels under "
      "weights other than 0 are.",
      inputs(1),
      {option("matrix", &ConvolveOptions::matrix,
              "rows of weights, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]; the middle one lies on the "
              "pixel")
           .require()
           .take_bare(),
       option("scale", &ConvolveOptions::scale, "the sum is divided by it"),
       option("offset", &ConvolveOptions::offset, "added at the end"),
       option("border", &ConvolveOptions::border, "what lies outside the image"),
       option("value", &ConvolveOptions::value, "of samples outside")
           .only_with({{"border", "constant"}})},
      [](std::span<const Image> in, const ConvolveOptions& o) { return convolve(in[0], o); });
}

}  // namespace sluice
