// expression: formulas over images.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

enum class Precision : std::uint8_t { automatic, f32, f64 };
template <>
struct EnumNames<Precision> {
  static constexpr std::pair<std::string_view, Precision> names[] = {
      {"auto", Precision::automatic}, {"f32", Precision::f32}, {"f64", Precision::f64}};
};

struct ExpressionOptions {
  std::vector<std::string> formula = {};  ///< one, or one per band of the result; required
  std::vector<std::string> names = {};  ///< of the inputs; "" or missing: a, b, c, ... by position
  std::optional<SampleType> type = {};  ///< of the result; the precision's type when not given
  Precision precision = Precision::automatic;
};

/// Computes formulas pixel by pixel. Inputs have one size.
///
/// Words: an input's name; `name[2]`, a band by its number from 0; `name[nir]` or
/// `name['near infrared']`, a band by its name; a band's name alone where one input alone has it;
/// x and y, the pixel's column and row from 0; pi, nan, inf; nodata, the nodata value of the first
/// input's (current) band; numbers. An input's name alone stands for its one band; with several
/// bands the only formula is applied band by band (inputs of one band go along), alpha like any
/// other.
///
/// Operators, loosest first: c ? a : b; ||; &&; == !=; < <= > >=; + -; * / %; - ! + before a value;
/// ** (right to left, above a sign before it: -2 ** 2 is -4). Functions: min max (two or more), abs
/// sqrt exp log log10 sin cos tan asin acos atan floor ceil round, atan2(y, x).
///
/// Arithmetic: f32, or f64 when a used input or the result is f64, u32 or i32, when x or y is used
/// on an image more than 2^24 wide or high, or as `precision` says. Every operator rounds to that
/// type; constant parts are computed once, in the same arithmetic. Comparisons and ! && || give 1
/// or 0; any value but 0, NaN too, is true. As in IEEE 754 a comparison with NaN is false (!= is
/// true) and division by zero gives inf or NaN. min and max give NaN when an argument is NaN, and
/// of equal arguments the later. a % b has the sign of a, as fmod: a - b * trunc(a / b), put right
/// by one b where rounding led astray. round: ties to even. x ** 2, x ** 3, x ** 0.5, x ** -1 with
/// a constant exponent are x * x, x * x * x, sqrt(x), 1 / x. Functions follow IEEE 754 at their
/// special values; sin, cos, tan of more than 2^31 are NaN. Accuracy: engine/simd/math.hpp. An
/// integer result is rounded to nearest, ties to even, and clamped, NaN gives 0; every NaN result
/// is the quiet NaN without sign or payload.
///
/// Bands of the result have no nodata value; a pixel is valid where it is in all inputs.
/// Throws Error (usage) with the column in the formula, what was expected and the nearest known
/// name; for u64 and i64 inputs; for inputs that differ in size or place; for formulas beyond 10000
/// characters, 100 levels of nesting or 4000 operations in all.
Image expression(std::span<const Image> images, const ExpressionOptions& options);
Image expression(const Image& image, const ExpressionOptions& options);

StepSpec expression_step();

}  // namespace sluice
