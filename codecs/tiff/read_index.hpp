// Where the blocks of an image lie: the offset and byte count of each. Opening checks them; they
// are kept from the moment that one is asked for on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codecs/tiff/directory.hpp"
#include "codecs/tiff/once.hpp"
#include "codecs/tiff/read_layout.hpp"

namespace sluice::tiff {

struct StoredBlock {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< 0: the file leaves the block out
};

/// The index of one directory. Thread-safe. Unless damage is put up with, whatever reads the file's
/// arrays throws Error (data) for a block that does not lie inside the file.
class BlockIndex {
 public:
  /// `together`: stored blocks, one below the other, that are decoded as one. `damaged`: blocks
  /// that cannot be right are no error here; problem() tells.
  BlockIndex(const TiffFile& file, const ImageLayout& layout, std::int64_t together, bool damaged)
      : file_(file), layout_(layout), together_(together), damaged_(damaged) {}

  /// For opening, in milliseconds whatever the size: the arrays lie inside the file, something is
  /// stored at all, and of limit::kBlocksAtOpening blocks each lies inside the file.
  void check() const;

  /// Block `i` in the file's order: row by row, plane after plane. The first call loads the index.
  StoredBlock at(std::int64_t i) const;
  /// The same out of the file, without the index.
  StoredBlock look_up(std::int64_t i) const;

  /// Why rows [first_row, first_row + rows) of a block cannot be there, "" when they can or the
  /// block is left out: its bytes lie outside the file, or are too few, or far more than its pixels
  /// can need.
  std::string problem(const StoredBlock& block, std::int64_t first_row, std::int64_t rows) const;
  /// The same of all rows of block `i`.
  std::string problem(std::int64_t i, const StoredBlock& block) const {
    return problem(block, 0, rows_of(i));
  }

  /// Most bytes of the blocks that are decoded as one, of each plane. The first call reads the
  /// arrays from front to back, in pages.
  const std::vector<std::int64_t>& most_bytes_by_plane() const;

  /// Memory the index takes once it is loaded.
  std::int64_t bytes() const {
    return layout_.stored_blocks() * static_cast<std::int64_t>(sizeof(StoredBlock));
  }

 private:
  /// Calls visit(i, block) for blocks [first, end), in order; throws for one that cannot be right.
  template <class Visit>
  void for_each(std::int64_t first, std::int64_t end, Visit&& visit) const;
  void load() const;
  /// `block` with its size worked out where the file gives none.
  StoredBlock completed(std::int64_t i, StoredBlock block) const;
  /// Rows of the image in block `i`.
  std::int64_t rows_of(std::int64_t i) const;
  std::uint64_t most_bytes() const;
  [[noreturn]] void refuse(std::int64_t i, const StoredBlock& block) const;

  const TiffFile& file_;
  const ImageLayout& layout_;
  const std::int64_t together_;
  const bool damaged_;
  mutable Once loaded_, most_found_;
  mutable std::vector<StoredBlock> blocks_;
  mutable std::vector<std::int64_t> most_by_plane_;
};

/// "tile 17 at (240, 480)", with the plane where planes are kept apart.
std::string block_name(const ImageLayout& layout, std::int64_t stored);

}  // namespace sluice::tiff
