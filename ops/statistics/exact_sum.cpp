#include "ops/statistics/exact_sum.hpp"

#include <algorithm>
#include <bit>

namespace sluice {

LongInteger::LongInteger(Int128 value) : negative_(value < 0) {
  UInt128 magnitude = negative_ ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  for (; magnitude != 0; magnitude >>= 32)
    digits_.push_back(static_cast<std::uint32_t>(magnitude));
}

LongInteger::LongInteger(const std::vector<std::int64_t>& digits) {
  negative_ = !digits.empty() && digits.back() < 0;
  const std::int64_t sign = negative_ ? -1 : 1;
  std::int64_t carry = 0;
  for (const std::int64_t digit : digits) {
    const std::int64_t v = digit * sign + carry;
    digits_.push_back(static_cast<std::uint32_t>(v));
    carry = v >> 32;
  }
  for (; carry > 0; carry >>= 32)
    digits_.push_back(static_cast<std::uint32_t>(carry));
  trim();
}

void LongInteger::trim() {
  while (!digits_.empty() && digits_.back() == 0)
    digits_.pop_back();
  if (digits_.empty()) negative_ = false;
}

LongInteger LongInteger::operator*(const LongInteger& other) const {
  LongInteger product;
  product.digits_.assign(digits_.size() + other.digits_.size(), 0);
  for (std::size_t i = 0; i < digits_.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < other.digits_.size(); ++j) {
      carry += std::uint64_t{digits_[i]} * other.digits_[j] + product.digits_[i + j];
      product.digits_[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    product.digits_[i + other.digits_.size()] = static_cast<std::uint32_t>(carry);
  }
  product.negative_ = negative_ != other.negative_;
  product.trim();
  return product;
}

LongInteger LongInteger::operator-(const LongInteger& other) const {
  std::vector<std::int64_t> digits(std::max(digits_.size(), other.digits_.size()) + 1);
  for (std::size_t i = 0; i < digits_.size(); ++i)
    digits[i] += negative_ ? -std::int64_t{digits_[i]} : std::int64_t{digits_[i]};
  for (std::size_t i = 0; i < other.digits_.size(); ++i)
    digits[i] -= other.negative_ ? -std::int64_t{other.digits_[i]} : std::int64_t{other.digits_[i]};
  // With the carries settled the last digit alone has a sign.
  std::int64_t carry = 0;
  for (std::int64_t& digit : digits) {
    const std::int64_t v = digit + carry;
    digit = v & 0xffffffff;
    carry = v >> 32;
  }
  digits.push_back(carry);
  return LongInteger(digits);
}

Scaled LongInteger::rounded() const {
  if (digits_.empty()) return {};
  const int length = static_cast<int>(digits_.size()) * 32 - std::countl_zero(digits_.back());
  const auto bit = [&](int i) {
    return (digits_[static_cast<std::size_t>(i / 32)] >> (i % 32)) & 1;
  };
  const int dropped = std::max(0, length - 53);
  std::uint64_t mantissa = 0;
  for (int i = length - 1; i >= dropped; --i)
    mantissa = mantissa << 1 | bit(i);
  if (dropped > 0 && bit(dropped - 1)) {
    bool beyond_half = false;
    for (int i = 0; i < dropped - 1 && !beyond_half; ++i)
      beyond_half = bit(i);
    if (beyond_half || (mantissa & 1)) ++mantissa;
  }
  const double value = static_cast<double>(mantissa);
  return {negative_ ? -value : value, dropped};
}

void ExactSum::settle() {
  std::int64_t carry = 0;
  for (std::size_t i = 0; i + 1 < digits_.size(); ++i) {
    const std::int64_t v = digits_[i] + carry;
    digits_[i] = v & 0xffffffff;
    carry = v >> 32;
  }
  digits_.back() += carry;
}

void ExactSum::merge(ExactSum other) {
  other.settle();
  settle();
  for (std::size_t i = 0; i < digits_.size(); ++i)
    digits_[i] += other.digits_[i];
  settle();
}

LongInteger ExactSum::value() const {
  ExactSum settled = *this;
  settled.settle();
  return LongInteger(settled.digits_);
}

}  // namespace sluice
