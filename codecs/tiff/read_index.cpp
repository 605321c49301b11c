#include "codecs/tiff/read_index.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::tiff {

StoredBlock BlockIndex::at(std::int64_t i) const {
  std::call_once(once_, [this] { load(); });
  return blocks_[static_cast<std::size_t>(i)];
}

std::uint64_t BlockIndex::most_bytes() const {
  const std::int64_t decoded = layout_.stored_bytes(layout_.block_height);
  // No compression here more than doubles its input; the rest is room for headers and tables. An
  // uncompressed block may be followed by padding: only its beginning is read.
  return 2 * static_cast<std::uint64_t>(decoded) + 65536;
}

bool BlockIndex::usable(std::int64_t i) const {
  const StoredBlock block = at(i);
  const std::uint64_t end = static_cast<std::uint64_t>(file_.bytes().size());
  return block.offset <= end && block.size <= end - block.offset && block.size <= most_bytes();
}

std::string BlockIndex::problem(std::int64_t i) const {
  if (usable(i)) return {};
  const StoredBlock block = at(i);
  const std::uint64_t end = static_cast<std::uint64_t>(file_.bytes().size());
  if (block.offset > end || block.size > end - block.offset)
    return fmt::format("its {} bytes reach beyond the file's end at {}", block.size, end);
  return fmt::format("its {} bytes are more than its pixels can need ({})", block.size,
                     most_bytes());
}

void BlockIndex::load() const {
  const std::uint64_t count = static_cast<std::uint64_t>(layout_.stored_blocks());
  std::vector<StoredBlock> blocks(static_cast<std::size_t>(count));
  constexpr std::uint64_t kPiece = 65536;
  std::vector<std::uint64_t> values(static_cast<std::size_t>(std::min(count, kPiece)));
  const auto read = [&](const Field& field, std::uint64_t StoredBlock::*member) {
    for (std::uint64_t first = 0; first < count; first += kPiece) {
      const std::span piece =
          std::span(values).first(static_cast<std::size_t>(std::min(kPiece, count - first)));
      file_.read_integers(field, first, piece);
      for (std::size_t i = 0; i < piece.size(); ++i)
        blocks[first + i].*member = piece[i];
    }
  };
  read(layout_.offsets, &StoredBlock::offset);
  if (layout_.counts.count != 0) read(layout_.counts, &StoredBlock::size);
  blocks_ = std::move(blocks);
  guess_sizes();
}

// Old writers give no counts, or 0 for the one strip they have.
void BlockIndex::guess_sizes() const {
  const bool none = layout_.counts.count == 0;
  const bool single = blocks_.size() == 1 && blocks_[0].size == 0 && blocks_[0].offset != 0;
  if (!none && !single) return;
  const std::uint64_t end = static_cast<std::uint64_t>(file_.bytes().size());
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    StoredBlock& block = blocks_[i];
    if (block.offset == 0 || block.offset >= end) continue;
    const std::int64_t row = static_cast<std::int64_t>(i) / layout_.blocks_across() %
                             layout_.blocks_down() * layout_.block_height;
    const std::int64_t rows =
        layout_.tiled ? layout_.block_height : std::min(layout_.block_height, layout_.height - row);
    const std::uint64_t whole = static_cast<std::uint64_t>(layout_.stored_bytes(rows));
    block.size = layout_.compression == compression::kNone
                     ? whole
                     : std::min(end - block.offset, most_bytes());
  }
}

}  // namespace sluice::tiff
