#include "ops/pointwise/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/declare_step.hpp"
#include "ops/bands/band_support.hpp"
#include "ops/pointwise/expression.kernels.hpp"
#include "ops/pointwise/formula.hpp"
#include "ops/pointwise/support.hpp"

namespace sluice {

namespace {

using formula::Instruction;
using formula::Op;
using formula::Program;
using formula::Tree;

/// Samples that go through the whole program before the next ones: registers of 2 KiB stay in the
/// first-level cache for programs of ten or so.
constexpr std::int64_t kBlockBytes = 2048;

/// Largest column and row that f32 counts exactly.
constexpr std::int64_t kExactInF32 = std::int64_t{1} << 24;

std::vector<std::string> input_names(std::size_t count, const std::vector<std::string>& given) {
  if (given.size() > count)
    throw Error(ErrorKind::usage, fmt::format("names has {} entries for {} input{}", given.size(),
                                              count, count == 1 ? "" : "s"));
  std::vector<std::string> names(given);
  names.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!names[i].empty()) continue;
    if (i >= 26)
      throw Error(ErrorKind::usage, fmt::format("input {} needs a name in names", i + 1));
    names[i] = std::string(1, static_cast<char>('a' + i));
  }
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j])
        throw Error(ErrorKind::usage,
                    fmt::format("inputs {} and {} are both called '{}'; tell them apart with names",
                                j + 1, i + 1, names[i]));
  return names;
}

/// Whether the formulas are computed in f64; says why f32 will not do where it is asked for.
bool computes_in_f64(const Tree& tree, std::span<const ImageInfo> inputs,
                     const ExpressionOptions& options) {
  if (options.precision != Precision::automatic) return options.precision == Precision::f64;
  if (options.type && needs_f64(*options.type)) return true;
  const bool large = inputs[0].width > kExactInF32 || inputs[0].height > kExactInF32;
  return std::any_of(tree.nodes.begin(), tree.nodes.end(), [&](const formula::Node& node) {
    if (node.op == Op::load) return needs_f64(inputs[static_cast<std::size_t>(node.input)].type);
    return large && (node.op == Op::column || node.op == Op::row);
  });
}

class Expression final : public Operation {
 public:
  Expression(std::span<const ImageInfo> inputs, const ExpressionOptions& options)
      : Operation(inputs[0]) {
    if (options.formula.empty())
      throw Error(ErrorKind::usage, "formula is required: one, or a list with one for each band");
    const std::vector<std::string> names = input_names(inputs.size(), options.names);
    check_same_place(inputs, names);
    const Tree tree = formula::parse(options.formula, inputs, names);
    for (const formula::Node& node : tree.nodes)
      if (node.op == Op::load)
        refuse_64_bit_integers(inputs[static_cast<std::size_t>(node.input)].type, SampleType::u8);

    f64_ = computes_in_f64(tree, inputs, options);
    program_ =
        formula::compile(f64_ ? formula::folded<double>(tree) : formula::folded<float>(tree));
    per_band_ = tree.per_band > 0;
    for (const BandInfo& band : inputs[0].bands)
      nodata_.push_back(band.nodata ? band.nodata->as_double() : 0.0);
    describe(inputs, options, tree);
    const bool by_sample =
        inputs.size() == 1 && info_.channels() == inputs[0].channels() &&
        std::none_of(tree.nodes.begin(), tree.nodes.end(), [&](const formula::Node& n) {
          const bool other_band = n.op == Op::load && n.band >= 0;
          return n.op == Op::column || n.op == Op::row || (other_band && inputs[0].channels() > 1);
        });
    reach_ = by_sample ? Reach::sample : Reach::pixel;
  }

  std::int64_t scratch(std::int64_t, std::int64_t) const override {
    return constants_bytes() + registers_bytes() + arguments_bytes();
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const ExpressionKernels& kernels = expression_kernels_for(context.isa);
    if (f64_) {
      run(kernels.f64, inputs, out, context.scratch);
    } else {
      run(kernels.f32, inputs, out, context.scratch);
    }
    join_validity(inputs, out);
  }

  bool uses_channel(int input, int channel, const std::vector<bool>& wanted) const override {
    return std::any_of(program_.code.begin(), program_.code.end(), [&](const Instruction& step) {
      if (step.op != Op::load || step.input != input) return false;
      return step.band >= 0 ? step.band == channel : wanted.at(static_cast<std::size_t>(channel));
    });
  }

  Traits traits() const override {
    Traits traits;
    double cost = 0.5;
    for (const Instruction& step : program_.code) {
      const bool function = (step.op >= Op::exp && step.op <= Op::atan) || step.op == Op::power ||
                            step.op == Op::atan2;
      cost += function ? 10 : 0.3;
    }
    traits.cost = cost * (f64_ ? 2 : 1);
    traits.reach = reach_;
    return traits;
  }

 private:
  void describe(std::span<const ImageInfo> inputs, const ExpressionOptions& options,
                const Tree& tree) {
    if (per_band_) info_ = inputs[static_cast<std::size_t>(tree.per_band_input)];
    info_.type = options.type.value_or(f64_ ? SampleType::f64 : SampleType::f32);
    refuse_64_bit_integers(SampleType::u8, info_.type);
    if (!per_band_) {
      info_.bands.assign(options.formula.size(), BandInfo{});
      info_.alpha = Alpha::none;
      drop_colour(info_);
    }
    for (BandInfo& band : info_.bands) {
      band.nodata.reset();
      band.scale = 1, band.offset = 0;
    }
    leave_palette(info_);
    for (const ImageInfo& input : inputs)
      if (input.has_validity()) info_.validity = Validity::common;
    (void)info_.bytes();
  }

  std::size_t element_bytes() const { return f64_ ? sizeof(double) : sizeof(float); }
  std::int64_t constants_bytes() const {
    return static_cast<std::int64_t>(program_.constants.size()) * kAlignment;
  }
  /// Kernels overwrite up to 64 bytes behind a block.
  static constexpr std::int64_t kRegisterBytes = kBlockBytes + kRowSlack;
  std::int64_t registers_bytes() const { return program_.registers * kRegisterBytes; }
  std::int64_t arguments_bytes() const {
    return round_up(program_.slots() * static_cast<std::int64_t>(sizeof(FormulaArgument<double>)),
                    kAlignment);
  }

  template <class T>
  void run(const FormulaKernels<T>& kernels, std::span<const TileView> inputs, const TileView& out,
           std::byte* scratch) const {
    // Scratch: the constants, 64 bytes each; the registers; where each slot's samples are just now.
    std::byte* registers = scratch + constants_bytes();
    auto* slots = reinterpret_cast<FormulaArgument<T>*>(registers + registers_bytes());
    const std::size_t constants = program_.constants.size();
    for (std::size_t i = 0; i < constants; ++i)
      slots[i] = {reinterpret_cast<const T*>(scratch + i * kAlignment), 0};

    const int passes = per_band_ ? out.channels : 1;
    for (int band = 0; band < passes; ++band)
      for (std::int64_t y = 0; y < out.rect.height; ++y) {
        fill_constants<T>(scratch, band, out.rect.y + y);
        constexpr std::int64_t kBlock = kBlockBytes / static_cast<std::int64_t>(sizeof(T));
        for (std::int64_t x = 0; x < out.rect.width; x += kBlock) {
          const std::int64_t n = std::min(kBlock, out.rect.width - x);
          run_block(kernels, inputs, out.rect.x, {x, y, n, 1}, band, registers, slots);
          store(kernels, slots, out, {x, y, n, 1}, band);
        }
      }
  }

  /// Constants, nodata values and the row's number, which stay the same along a row.
  template <class T>
  void fill_constants(std::byte* scratch, int band, std::int64_t row) const {
    const std::size_t nodata_band =
        static_cast<std::size_t>(band) < nodata_.size() ? static_cast<std::size_t>(band) : 0;
    for (std::size_t i = 0; i < program_.constants.size(); ++i) {
      const Program::Constant& constant = program_.constants[i];
      const double v = constant.op == Op::constant ? constant.value
                       : constant.op == Op::row    ? static_cast<double>(row)
                                                   : nodata_[nodata_band];
      T* lanes = reinterpret_cast<T*>(scratch + i * kAlignment);
      std::fill_n(lanes, kAlignment / static_cast<std::int64_t>(sizeof(T)), static_cast<T>(v));
    }
  }

  /// Runs the program for the samples of `block` (coordinates in the tile).
  template <class T>
  void run_block(const FormulaKernels<T>& kernels, std::span<const TileView> inputs,
                 std::int64_t tile_x, const Rect& block, int band, std::byte* registers,
                 FormulaArgument<T>* slots) const {
    const std::size_t constants = program_.constants.size();
    for (const Instruction& step : program_.code) {
      const auto out = static_cast<std::size_t>(step.out);
      T* to = reinterpret_cast<T*>(registers + (out - constants) * kRegisterBytes);
      FormulaArgument<T> result{to, 1};
      if (step.op == Op::column) {
        kernels.column(static_cast<double>(tile_x + block.x), to, block.width);
      } else if (step.op == Op::load) {
        const auto input = static_cast<std::size_t>(step.input);
        const TileView& tile = inputs[input];
        const int plane = step.band >= 0 ? step.band : band;
        const std::byte* samples =
            tile.row(plane, block.y) + block.x * static_cast<std::int64_t>(size_of(tile.type));
        if (size_of(tile.type) == sizeof(T) && is_float(tile.type)) {
          result.data = reinterpret_cast<const T*>(samples);  // as it lies in the tile
        } else {
          kernels.load[static_cast<int>(tile.type)](samples, to, block.width);
        }
      } else {
        FormulaArgument<T> arguments[3];
        for (int k = 0; k < formula::arguments_of(step.op); ++k)
          arguments[k] = slots[step.in[k]];
        kernels.compute[static_cast<int>(step.op)](arguments, to, block.width);
      }
      slots[out] = result;
    }
  }

  template <class T>
  void store(const FormulaKernels<T>& kernels, const FormulaArgument<T>* slots, const TileView& out,
             const Rect& block, int band) const {
    const auto to_type = kernels.store[static_cast<int>(info_.type)];
    for (std::size_t i = 0; i < program_.results.size(); ++i) {
      std::byte* to = out.row(per_band_ ? band : static_cast<int>(i), block.y) +
                      block.x * static_cast<std::int64_t>(size_of(info_.type));
      to_type(slots[program_.results[i]], to, block.width);
    }
  }

  Program program_;
  bool f64_ = false;
  bool per_band_ = false;
  Reach reach_ = Reach::pixel;
  std::vector<double> nodata_;  ///< of the first input's bands
};

}  // namespace

Image expression(std::span<const Image> images, const ExpressionOptions& options) {
  if (images.empty()) throw Error(ErrorKind::usage, "expression needs at least one image");
  return add_operation("expression", images, {},
                       [options](std::span<const ImageInfo> in, const LateValues&) {
                         return std::make_shared<Expression>(in, options);
                       });
}
Image expression(const Image& image, const ExpressionOptions& options) {
  return expression({&image, 1}, options);
}

StepSpec expression_step() {
  using O = ExpressionOptions;
  return make_step<O>(
      "expression", "pointwise",
      "Computes formulas pixel by pixel over inputs of one size. Words: an input's name; name[2], "
      "a band "
      "by number from 0; name[nir] or name['near infrared'], a band by name, or by what it means "
      "(a[red]); "
      "a band's name alone where it is the only one; x, y (column and row from 0), pi, nan, inf, "
      "nodata (of the first input), "
      "numbers. "
      "Operators: ?: || && == != < <= > >= + - * / % ** ! with the usual ranks, ** tightest and "
      "from the "
      "right. Functions: min max abs sqrt exp log log10 sin cos tan asin acos atan atan2 floor "
      "ceil round. "
      "An input of several bands by its name alone is computed band by band. Computed in f32, in "
      "f64 when "
      "an input or the result is f64, u32 or i32; integer results are rounded to nearest, ties to "
      "even, "
      "and clamped, NaN giving 0. The result has no nodata value; a pixel is valid where it is in "
      "all "
      "inputs. Not for u64 and i64.",
      inputs(1, -1),
      {option("formula", &O::formula, "one formula, or a list with one for each band of the result")
           .require()
           .take_bare(),
       option("names", &O::names,
              "names of the inputs in formulas; a, b, c, ... where neither they nor the steps have "
              "one")
           .take_input_names(),
       option("type", &O::type,
              "sample type of the result; f32 or f64, as computed, when not given"),
       option("precision", &O::precision, "f32 or f64 arithmetic; auto goes by the types")},
      [](std::span<const Image> in, const O& o) { return expression(in, o); });
}

}  // namespace sluice
