#include "ops/pointwise/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/formula_operation.hpp"

namespace sluice {

namespace {

std::vector<std::string> input_names(std::size_t count, const std::vector<std::string>& given) {
  if (given.size() > count)
    throw refused(fmt::format("names has {} entries for {} input{}", given.size(), count,
                              count == 1 ? "" : "s"));
  std::vector<std::string> names(given);
  names.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!names[i].empty()) continue;
    if (i >= 26) throw refused(fmt::format("input {} needs a name in names", i + 1));
    names[i] = std::string(1, static_cast<char>('a' + i));
  }
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j])
        throw refused(
            fmt::format("inputs {} and {} are both called '{}'; tell them apart with names", j + 1,
                        i + 1, names[i]));
  return names;
}

Formulas formulas_of(std::span<const ImageInfo> inputs, const ExpressionOptions& options) {
  if (options.formula.empty())
    throw refused("formula is required: one, or a list with one for each band");
  FormulaTerms terms;
  terms.names = input_names(inputs.size(), options.names);
  terms.type = options.type;
  if (options.precision != Precision::automatic) terms.f64 = options.precision == Precision::f64;
  check_same_place(inputs, terms.names);
  return make_formulas(options.formula, inputs, terms);
}

ImageInfo described(std::span<const ImageInfo> inputs, const ExpressionOptions& options,
                    const Formulas& formulas) {
  ImageInfo info = inputs[static_cast<std::size_t>(std::max(0, formulas.per_band_input))];
  info.type = options.type.value_or(formulas.f64 ? SampleType::f64 : SampleType::f32);
  if (formulas.per_band_input < 0) {
    info.bands.assign(options.formula.size(), BandInfo{});
    info.alpha = Alpha::none;
    drop_colour(info);
  }
  change_values(info);
  leave_palette(info);
  // Of what a band is made of, the first value that the type holds.
  for (std::size_t band = 0; band < info.bands.size(); ++band) {
    info.bands[band].nodata.reset();
    for (const ChannelUse& use : formulas.uses[band]) {
      const auto& from = inputs[static_cast<std::size_t>(use.input)];
      const auto& nodata = from.bands[static_cast<std::size_t>(use.channel)].nodata;
      if (!info.bands[band].nodata && nodata && nodata->fits(info.type))
        info.bands[band].nodata = nodata;
    }
  }
  return info;
}

class Expression final : public FormulaOperation {
 public:
  Expression(std::span<const ImageInfo> inputs, const ExpressionOptions& options)
      : Expression(inputs, options, formulas_of(inputs, options)) {}

 private:
  Expression(std::span<const ImageInfo> inputs, const ExpressionOptions& options,
             const Formulas& formulas)
      : FormulaOperation(described(inputs, options, formulas), formulas) {}
};

}  // namespace

Image expression(std::span<const Image> images, const ExpressionOptions& options) {
  if (images.empty()) throw refused("expression needs at least one image");
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
