// Sample types, their names and ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "error.hpp"

namespace sluice {

enum class SampleType : std::uint8_t { u8, i8, u16, i16, u32, i32, u64, i64, f32, f64 };

inline constexpr int kSampleTypes = 10;

constexpr std::size_t size_of(SampleType t) {
  constexpr std::size_t sizes[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
  return sizes[static_cast<int>(t)];
}
constexpr std::string_view name_of(SampleType t) {
  constexpr std::string_view names[] = {"u8",  "i8",  "u16", "i16", "u32",
                                        "i32", "u64", "i64", "f32", "f64"};
  return names[static_cast<int>(t)];
}
constexpr bool is_float(SampleType t) {
  return t == SampleType::f32 || t == SampleType::f64;
}
constexpr bool is_signed(SampleType t) {
  return t == SampleType::i8 || t == SampleType::i16 || t == SampleType::i32 ||
         t == SampleType::i64 || is_float(t);
}

/// u64 and i64: labels, which neither f32 nor f64 holds exactly.
constexpr bool is_64_bit_integer(SampleType t) {
  return t == SampleType::u64 || t == SampleType::i64;
}
/// f32 does not hold these exactly: arithmetic with them is done in f64, else in f32.
constexpr bool needs_f64(SampleType t) {
  return t == SampleType::u32 || t == SampleType::i32 || t == SampleType::f64;
}
constexpr SampleType arithmetic_type(SampleType t) {
  return needs_f64(t) ? SampleType::f64 : SampleType::f32;
}

/// The type called `name` ("u8", ...), nullopt for any other word.
std::optional<SampleType> sample_type_named(std::string_view name);

/// Smallest and largest value of an integer type, -inf and inf of a floating one, as doubles
/// (rounded for u64 and i64).
std::pair<double, double> range_of(SampleType t);

/// `v` as a sample: of an integer type rounded to nearest, ties to even, and clamped, NaN giving 0;
/// of a floating type converted to it.
double rounded_to(double v, SampleType type);

/// Calls f.template operator()<T>() with the C++ type of `t` and returns what it returns.
template <class F>
decltype(auto) with_type(SampleType t, F&& f) {
  switch (t) {
    case SampleType::u8:
      return f.template operator()<std::uint8_t>();
    case SampleType::i8:
      return f.template operator()<std::int8_t>();
    case SampleType::u16:
      return f.template operator()<std::uint16_t>();
    case SampleType::i16:
      return f.template operator()<std::int16_t>();
    case SampleType::u32:
      return f.template operator()<std::uint32_t>();
    case SampleType::i32:
      return f.template operator()<std::int32_t>();
    case SampleType::u64:
      return f.template operator()<std::uint64_t>();
    case SampleType::i64:
      return f.template operator()<std::int64_t>();
    case SampleType::f32:
      return f.template operator()<float>();
    case SampleType::f64:
      return f.template operator()<double>();
  }
  throw Error(ErrorKind::internal, "a sample type outside the enumeration");
}

}  // namespace sluice
