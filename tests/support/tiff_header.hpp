// TIFF files made by hand, entry by entry, so that they may lie: counts, places and sizes that no
// library would write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "codecs/tiff/tags.hpp"
#include "engine/source.hpp"

namespace sluice::test {

/// Puts a file together from front to back: bytes, then directories.
class TiffHeader {
 public:
  explicit TiffHeader(bool big = false);

  /// Appends bytes to the file; returns where they lie.
  std::uint64_t append(const std::vector<std::byte>& bytes);
  std::uint64_t append(std::size_t bytes) { return append(std::vector<std::byte>(bytes)); }

  // --- entries of the directory being made
  /// Integers of a type, inside the entry or appended.
  TiffHeader& set(std::uint16_t tag, tiff::FieldType type,
                  const std::vector<std::uint64_t>& values);
  TiffHeader& set_text(std::uint16_t tag, const std::string& text);
  TiffHeader& set_bytes(std::uint16_t tag, tiff::FieldType type,
                        const std::vector<std::byte>& bytes, std::uint64_t count);
  /// `count` values that are said to lie at `offset`.
  TiffHeader& claim(std::uint16_t tag, tiff::FieldType type, std::uint64_t count,
                    std::uint64_t offset);
  /// Tags of 8-bit samples, uncompressed, in one strip or in tiles; but for offsets and counts.
  TiffHeader& image(std::uint64_t width, std::uint64_t height, int samples = 1,
                    std::uint64_t tile = 0);
  TiffHeader& blocks(const std::vector<std::uint64_t>& offsets,
                     const std::vector<std::uint64_t>& counts);

  /// Ends the directory; returns its place. It follows the one ended before in the chain, unless it
  /// stands apart.
  std::uint64_t end_directory(bool in_chain = true);

  std::vector<std::byte> bytes() const { return bytes_; }

 private:
  struct Entry {
    std::uint16_t tag = 0;
    tiff::FieldType type = tiff::FieldType::u16;
    std::uint64_t count = 0;
    std::vector<std::byte> value;  ///< inside the entry
  };
  void put(std::size_t at, std::uint64_t value, int size);
  void add(std::uint16_t tag, tiff::FieldType type, std::uint64_t count,
           const std::vector<std::byte>& bytes);

  bool big_;
  bool tiled_ = false;
  std::vector<std::byte> bytes_;
  std::vector<Entry> entries_;
  std::size_t link_;  ///< where the place of the next directory belongs
};

/// Bytes in memory with a hole behind them, as far as `size`, that counts what is read of it.
struct CountedBytes {
  std::shared_ptr<const ByteSource> source;
  std::shared_ptr<std::int64_t> read;
};
CountedBytes counted_bytes(std::vector<std::byte> bytes, std::int64_t size = 0);

}  // namespace sluice::test
