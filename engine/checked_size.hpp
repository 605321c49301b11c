// Arithmetic on sizes that come from a file or a caller: nothing overflows.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

/// A number of pixels, blocks or bytes. A sum or product that passes 2^63 - 1 becomes "too large",
/// and so does all that is computed from it; what is asked of it at the end tells.
class CheckedSize {
 public:
  constexpr CheckedSize(std::int64_t value) : value_(value) {}

  /// The number; nullopt when it is too large.
  constexpr std::optional<std::int64_t> get() const { return value_; }
  constexpr bool at_most(std::int64_t most) const { return value_ && *value_ <= most; }

  friend constexpr CheckedSize operator*(CheckedSize a, CheckedSize b) {
    std::int64_t r = 0;
    if (!a.value_ || !b.value_ || __builtin_mul_overflow(*a.value_, *b.value_, &r)) return {};
    return r;
  }
  friend constexpr CheckedSize operator+(CheckedSize a, CheckedSize b) {
    std::int64_t r = 0;
    if (!a.value_ || !b.value_ || __builtin_add_overflow(*a.value_, *b.value_, &r)) return {};
    return r;
  }
  /// Divided by `by` > 0 and rounded up; of a number that is not negative.
  constexpr CheckedSize divided_up(std::int64_t by) const {
    if (!value_) return {};
    return *value_ / by + (*value_ % by != 0 ? 1 : 0);
  }

 private:
  constexpr CheckedSize() = default;
  std::optional<std::int64_t> value_;
};

}  // namespace sluice
