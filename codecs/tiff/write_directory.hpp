// The directory of a TIFF file: its tags, and how they are laid out in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "codecs/tiff/tags.hpp"

namespace sluice::tiff {

/// Values as TIFF types them; a rational is two longs.
class DirectoryBuilder {
 public:
  void set_short(std::uint16_t tag, std::uint16_t value) { set_shorts(tag, {&value, 1}); }
  void set_shorts(std::uint16_t tag, std::span<const std::uint16_t> values);
  void set_long(std::uint16_t tag, std::uint32_t value);
  /// Of non-negative numbers, each to the nearest fraction that two 32-bit numbers can make.
  void set_rationals(std::uint16_t tag, std::span<const double> values);
  void set_doubles(std::uint16_t tag, std::span<const double> values);
  void set_text(std::uint16_t tag, std::string_view text);
  void set_bytes(std::uint16_t tag, std::span<const std::byte> bytes);

  /// Upper bound of what encode() gives.
  std::int64_t bytes() const;

  /// A tag whose values lie in the file already, at `offset`, or are few enough to be `inlined`.
  struct External {
    std::uint16_t tag = 0;
    FieldType type = FieldType::u16;
    std::int64_t count = 0;
    std::int64_t offset = 0;
    std::vector<std::byte> inlined;
  };
  /// Values, then the directory, which begins at `offset` in the file.
  struct Encoded {
    std::vector<std::byte> bytes;
    std::int64_t offset = 0;
  };
  /// As they lie in the file from `at`, a multiple of 8, on.
  Encoded encode(bool big, std::int64_t at, std::span<const External> external) const;

 private:
  struct Entry {
    FieldType type = FieldType::u16;
    std::int64_t count = 0;
    std::vector<std::byte> values;  ///< little-endian
  };
  template <class T>
  void set(std::uint16_t tag, FieldType type, std::span<const T> values);

  std::map<std::uint16_t, Entry> entries_;  ///< TIFF wants them in ascending order
};

/// Appends a number in little-endian order.
template <class T>
void append_number(std::vector<std::byte>& to, T value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace sluice::tiff
