#include "engine/sample_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace sluice {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks{" \t\r\n\v\f\0", 7};
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// nan and inf in the spellings of C, Python, Java and Microsoft's C library; `word` has no sign.
std::optional<double> named_number(std::string_view word) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  // 1.#QNAN0 and 1.#IND00 are how printf("%f") of that library writes them.
  while (lower.starts_with("1.#") && lower.ends_with('0'))
    lower.pop_back();
  constexpr std::string_view nan[] = {"nan",     "nanq",   "nans",  "1.#qnan",
                                      "1.#snan", "1.#nan", "1.#ind"};
  constexpr std::string_view inf[] = {"inf", "infinity", "1.#inf"};
  if (std::find(std::begin(nan), std::end(nan), lower) != std::end(nan) ||
      lower.starts_with("nan("))
    return std::numeric_limits<double>::quiet_NaN();
  if (std::find(std::begin(inf), std::end(inf), lower) != std::end(inf))
    return std::numeric_limits<double>::infinity();
  return std::nullopt;
}

template <class T>
std::optional<T> whole_text(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

SampleValue::SampleValue(double value) {
  constexpr double lowest = -0x1p63, above = 0x1p64;
  if (value == std::floor(value) && value >= lowest && value < above) {
    negative_ = value < 0;
    whole_ = negative_ ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value))
                       : static_cast<std::uint64_t>(value);
  } else {
    real_ = true;
    fraction_ = value;
  }
}

double SampleValue::as_double() const {
  if (real_) return fraction_;
  return negative_ ? static_cast<double>(static_cast<std::int64_t>(whole_))
                   : static_cast<double>(whole_);
}

std::optional<SampleValue> SampleValue::parse(std::string_view text) {
  text = trimmed(text);
  const bool minus = text.starts_with('-');
  std::string_view word = text;
  if (minus || text.starts_with('+')) word.remove_prefix(1);
  if (word.empty() || word.starts_with('-') || word.starts_with('+')) return std::nullopt;
  if (const auto named = named_number(word)) return SampleValue(minus ? -*named : *named);
  if (minus) {
    if (const auto whole = whole_text<std::int64_t>(text)) return SampleValue(*whole);
  } else if (const auto whole = whole_text<std::uint64_t>(word)) {
    return SampleValue(*whole);
  }
  // A decimal comma is how some programs wrote the number in their user's language.
  std::string dotted(word.substr(0, 512));
  std::replace(dotted.begin(), dotted.end(), ',', '.');
  double value = 0;
  const auto [end, error] = std::from_chars(dotted.data(), dotted.data() + dotted.size(), value);
  if (error == std::errc::result_out_of_range || end != dotted.data() + dotted.size() ||
      error != std::errc{})
    return std::nullopt;
  return SampleValue(minus ? -value : value);
}

std::string SampleValue::text() const {
  if (!real_)
    return negative_ ? fmt::format("{}", static_cast<std::int64_t>(whole_))
                     : fmt::format("{}", whole_);
  if (std::isnan(fraction_)) return "nan";
  return fmt::format("{}", fraction_);
}

bool SampleValue::fits(SampleType type) const {
  if (is_nan()) return is_float(type);
  return with_type(type, [&]<class T>() { return as<T>().has_value(); });
}

}  // namespace sluice
