#include "codecs/tiff/write_directory.hpp"

#include <bit>
#include <cmath>
#include <iterator>
#include <limits>

namespace sluice::tiff {

// Numbers are written as they lie in memory.
static_assert(std::endian::native == std::endian::little);

template <class T>
void DirectoryBuilder::set(std::uint16_t tag, FieldType type, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  entries_[tag] = {type, static_cast<std::int64_t>(values.size()), {bytes.begin(), bytes.end()}};
}

void DirectoryBuilder::set_shorts(std::uint16_t tag, std::span<const std::uint16_t> values) {
  set(tag, FieldType::u16, values);
}

void DirectoryBuilder::set_long(std::uint16_t tag, std::uint32_t value) {
  set(tag, FieldType::u32, std::span<const std::uint32_t>(&value, 1));
}

void DirectoryBuilder::set_doubles(std::uint16_t tag, std::span<const double> values) {
  set(tag, FieldType::f64, values);
}

void DirectoryBuilder::set_bytes(std::uint16_t tag, std::span<const std::byte> bytes) {
  set(tag, FieldType::undefined, bytes);
}

void DirectoryBuilder::set_text(std::uint16_t tag, std::string_view text) {
  text = text.substr(0, text.find('\0'));
  set(tag, FieldType::ascii, std::span(text.data(), text.size()));
  Entry& entry = entries_[tag];
  entry.values.push_back(std::byte{0});
  ++entry.count;
}

namespace {

struct Fraction {
  std::uint32_t numerator = 0;
  std::uint32_t denominator = 1;
};

/// The last convergent of the continued fraction whose terms fit.
Fraction nearest_fraction(double value) {
  constexpr double kMost = std::numeric_limits<std::uint32_t>::max();
  if (!(value > 0)) return {0, 1};
  if (value >= kMost) return {std::numeric_limits<std::uint32_t>::max(), 1};
  double before_n = 0, before_d = 1, n = 1, d = 0, rest = value;
  constexpr int kTerms = 40;
  for (int i = 0; i < kTerms; ++i) {
    const double term = std::floor(rest);
    const double next_n = term * n + before_n, next_d = term * d + before_d;
    if (next_n > kMost || next_d > kMost) break;
    before_n = n, before_d = d, n = next_n, d = next_d;
    if (rest == term || n / d == value) break;
    rest = 1 / (rest - term);
  }
  if (d == 0) return {0, 1};
  return {static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(d)};
}

}  // namespace

void DirectoryBuilder::set_rationals(std::uint16_t tag, std::span<const double> values) {
  std::vector<std::uint32_t> pairs;
  for (const double value : values) {
    const Fraction fraction = nearest_fraction(value);
    pairs.insert(pairs.end(), {fraction.numerator, fraction.denominator});
  }
  set(tag, FieldType::rational, std::span<const std::uint32_t>(pairs));
  entries_[tag].count = static_cast<std::int64_t>(values.size());
}

std::int64_t DirectoryBuilder::bytes() const {
  constexpr std::int64_t kFrame = 16 + 16, kPerEntry = 20 + 8;  // count, next; entry, alignment
  std::int64_t sum = kFrame;
  for (const auto& [tag, entry] : entries_)
    sum += kPerEntry + static_cast<std::int64_t>(entry.values.size());
  return sum;
}

DirectoryBuilder::Encoded DirectoryBuilder::encode(bool big, std::int64_t at,
                                                   std::span<const External> external) const {
  const std::size_t inline_bytes = big ? 8 : 4;
  Encoded encoded;
  std::vector<std::byte>& bytes = encoded.bytes;
  // A profile may be large: no more than one copy of it.
  bytes.reserve(static_cast<std::size_t>(this->bytes()) + external.size() * sizeof(External));
  std::map<std::uint16_t, External> all;
  for (const External& e : external)
    all[e.tag] = e;
  for (const auto& [tag, entry] : entries_) {
    External e{tag, entry.type, entry.count, at + std::ssize(bytes), {}};
    if (entry.values.size() <= inline_bytes) {
      e.inlined = entry.values;
    } else {
      bytes.insert(bytes.end(), entry.values.begin(), entry.values.end());
      bytes.resize((bytes.size() + 7) / 8 * 8);
    }
    all[tag] = std::move(e);
  }

  encoded.offset = at + std::ssize(bytes);
  const auto append_size = [&](std::int64_t v) {
    if (big)
      append_number(bytes, static_cast<std::uint64_t>(v));
    else
      append_number(bytes, static_cast<std::uint32_t>(v));
  };
  if (big)
    append_number(bytes, static_cast<std::uint64_t>(all.size()));
  else
    append_number(bytes, static_cast<std::uint16_t>(all.size()));
  for (auto& [tag, e] : all) {
    append_number(bytes, tag);
    append_number(bytes, static_cast<std::uint16_t>(e.type));
    append_size(e.count);
    if (e.inlined.empty()) {
      append_size(e.offset);
    } else {
      e.inlined.resize(inline_bytes);
      bytes.insert(bytes.end(), e.inlined.begin(), e.inlined.end());
    }
  }
  append_size(0);  // no directory follows
  return encoded;
}

}  // namespace sluice::tiff
