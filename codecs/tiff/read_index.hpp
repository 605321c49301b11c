// Where the blocks of an image lie: the offset and byte count of each, read when first asked for.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "codecs/tiff/directory.hpp"
#include "codecs/tiff/read_layout.hpp"

namespace sluice::tiff {

struct StoredBlock {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< 0: the file leaves the block out
};

/// The index of one directory. Thread-safe: the first call loads it, the others wait. All calls
/// throw Error (data) when the file's arrays cannot be read.
class BlockIndex {
 public:
  BlockIndex(const TiffFile& file, const ImageLayout& layout) : file_(file), layout_(layout) {}

  /// Block `i` in the file's order: row by row, plane after plane.
  StoredBlock at(std::int64_t i) const;
  /// Why the bytes of block `i` cannot be right, "" when they can: they lie outside the file or are
  /// far more than its pixels can need.
  std::string problem(std::int64_t i) const;
  bool usable(std::int64_t i) const;

  /// Memory the index takes, loaded or not.
  std::int64_t bytes() const { return layout_.stored_blocks() * 16; }

 private:
  void load() const;
  void guess_sizes() const;
  std::uint64_t most_bytes() const;

  const TiffFile& file_;
  const ImageLayout& layout_;
  mutable std::once_flag once_;
  mutable std::vector<StoredBlock> blocks_;
};

}  // namespace sluice::tiff
