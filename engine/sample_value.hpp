// A number as samples of any type hold it: what a nodata value is.
#pragma once

#include <cmath>
#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "sample_type.hpp"

namespace sluice {

/// A value of any sample type, exact: a double is not enough for u64 and i64. Whole numbers from
/// -2^63 to 2^64 - 1 are the same value whatever they were made from; NaN equals NaN.
class SampleValue {
 public:
  SampleValue() = default;
  template <std::signed_integral T>
  SampleValue(T value) : negative_(value < 0), whole_(static_cast<std::uint64_t>(value)) {}
  template <std::unsigned_integral T>
  SampleValue(T value) : whole_(value) {}
  SampleValue(double value);

  /// The number written in `text`, blanks around it aside: a decimal number, or nan and inf in any
  /// spelling that programs use ("NaN", "-nan", "1.#QNAN", "-1.#IND", "inf", "-Infinity",
  /// "1.#INF"). None for anything else.
  static std::optional<SampleValue> parse(std::string_view text);
  /// As parse() reads it back: "nan", "-inf", whole numbers in full, others with as many digits as
  /// a double needs.
  std::string text() const;

  double as_double() const;  ///< the nearest double
  bool is_nan() const { return real_ && std::isnan(fraction_); }

  /// The sample of type T that is this very value; none where T has none. A float that is written
  /// with fewer digits than it has is meant all the same: f32 takes the nearest float of any value
  /// within its range.
  template <class T>
  std::optional<T> as() const;
  /// Whether samples of type `type` can have this value, as as() says.
  bool fits(SampleType type) const;

  friend bool operator==(const SampleValue& a, const SampleValue& b) {
    if (a.is_nan() || b.is_nan()) return a.is_nan() && b.is_nan();
    return a.real_ == b.real_ && a.negative_ == b.negative_ && a.whole_ == b.whole_ &&
           a.fraction_ == b.fraction_;
  }

 private:
  bool real_ = false;        ///< fraction_ holds it; else whole_ does, in two's complement
  bool negative_ = false;    ///< of a whole number
  std::uint64_t whole_ = 0;  ///< 0 where real_
  double fraction_ = 0;      ///< 0 where not real_
};

template <class T>
std::optional<T> SampleValue::as() const {
  if constexpr (std::is_floating_point_v<T>) {
    const double value = as_double();
    if (std::isfinite(value) &&
        std::abs(value) > static_cast<double>(std::numeric_limits<T>::max()))
      return std::nullopt;
    return static_cast<T>(value);
  } else {
    if (real_) return std::nullopt;
    if (negative_) {
      const auto value = static_cast<std::int64_t>(whole_);
      if constexpr (std::is_unsigned_v<T>) return std::nullopt;
      if (value < static_cast<std::int64_t>(std::numeric_limits<T>::min())) return std::nullopt;
      return static_cast<T>(value);
    }
    if (whole_ > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return std::nullopt;
    return static_cast<T>(whole_);
  }
}

}  // namespace sluice
