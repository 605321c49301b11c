// Sums without rounding, so that they do not depend on their order.
#pragma once

#include <cstdint>
#include <vector>

namespace sluice {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

/// mantissa * 2^exponent; the mantissa is a whole number of at most 53 bits, or 0.
struct Scaled {
  double mantissa = 0;
  int exponent = 0;
};

/// An integer of any length: what exact sums become when they are evaluated.
class LongInteger {
 public:
  LongInteger() = default;
  explicit LongInteger(Int128 value);
  /// The digits to the base 2^32, the lowest first; the last one carries the sign.
  explicit LongInteger(const std::vector<std::int64_t>& digits);

  LongInteger operator*(const LongInteger& other) const;
  LongInteger operator-(const LongInteger& other) const;
  /// Rounded to 53 bits, to nearest, ties to even.
  Scaled rounded() const;

 private:
  void trim();
  std::vector<std::uint32_t> digits_;  ///< of the magnitude, no leading zeros
  bool negative_ = false;
};

/// A sum of floating-point numbers, or of their squares, in fixed point over the whole range of
/// the type: digits to the base 2^32, each in 64 bits, so that carries wait.
class ExactSum {
 public:
  /// Takes terms of up to `bits` bits (at most 106) at positions 0 to `highest`.
  ExactSum(int bits, int highest)
      : digits_(static_cast<std::size_t>((highest + bits + 64) / 32 + 2)) {}

  /// Adds magnitude * 2^position; a magnitude has at most `bits` bits.
  template <int bits>
  void add(UInt128 magnitude, int position, bool negative) {
    const int shift = position & 31;
    std::int64_t* to = digits_.data() + (position >> 5);
    const std::int64_t sign = -static_cast<std::int64_t>(negative);
    const UInt128 low = magnitude << shift;
    constexpr int count = (bits + 31 + 31) / 32;
    for (int i = 0; i < count && i < 4; ++i)
      to[i] +=
          (static_cast<std::int64_t>(static_cast<std::uint32_t>(low >> (32 * i))) ^ sign) - sign;
    if constexpr (count > 4)
      to[4] += (static_cast<std::int64_t>(magnitude >> 64 >> (64 - shift)) ^ sign) - sign;
  }

  /// To be called at least once in 2^30 additions: settles the carries.
  void settle();
  void merge(ExactSum other);
  LongInteger value() const;
  std::int64_t bytes() const { return static_cast<std::int64_t>(digits_.size() * 8); }

 private:
  std::vector<std::int64_t> digits_;
};

}  // namespace sluice
