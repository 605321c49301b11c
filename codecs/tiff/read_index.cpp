#include "codecs/tiff/read_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "codecs/tiff/read_limits.hpp"

namespace sluice::tiff {
namespace {

// Entries of the arrays that are read at once.
constexpr std::int64_t kPage = 1 << 16;

bool reaches_beyond(const StoredBlock& block, std::uint64_t bytes, std::uint64_t end) {
  return block.offset > end || bytes > end - block.offset;
}

}  // namespace

std::uint64_t BlockIndex::most_bytes() const {
  const std::int64_t decoded = layout_.stored_bytes(layout_.block_height);
  // No compression here more than doubles its input; the rest is room for headers and tables. An
  // uncompressed block may be followed by padding: only its beginning is read.
  return 2 * static_cast<std::uint64_t>(decoded) + 65536;
}

std::int64_t BlockIndex::rows_of(std::int64_t i) const {
  const std::int64_t row =
      i / layout_.blocks_across() % layout_.blocks_down() * layout_.block_height;
  return std::min(layout_.block_height, layout_.height - row);
}

// Old writers give no counts, or 0 for the one strip they have.
StoredBlock BlockIndex::completed(std::int64_t i, StoredBlock block) const {
  const bool none = layout_.counts.count == 0;
  const bool single = layout_.stored_blocks() == 1 && block.size == 0;
  if ((!none && !single) || block.offset == 0) return block;
  const std::uint64_t end = static_cast<std::uint64_t>(file_.bytes().size());
  if (layout_.compression == compression::kNone)
    block.size = static_cast<std::uint64_t>(layout_.stored_bytes(rows_of(i)));
  else if (block.offset < end)
    block.size = std::min(end - block.offset, most_bytes());
  else
    block.size = most_bytes();  // which is told as reaching beyond the end
  return block;
}

std::string BlockIndex::problem(const StoredBlock& block, std::int64_t first_row,
                                std::int64_t rows) const {
  if (block.size == 0) return {};
  const std::uint64_t end = static_cast<std::uint64_t>(file_.bytes().size());
  if (layout_.compression == compression::kNone) {
    const std::uint64_t needed =
        static_cast<std::uint64_t>(layout_.stored_bytes(first_row) + layout_.stored_bytes(rows));
    if (needed > block.size)
      return fmt::format("it has {} bytes where {} are needed", block.size, needed);
    if (reaches_beyond(block, needed, end))
      return fmt::format("{} of its bytes are needed, which reach beyond the file's end at {}",
                         needed, end);
    return {};
  }
  if (reaches_beyond(block, block.size, end))
    return fmt::format("its {} bytes reach beyond the file's end at {}", block.size, end);
  if (block.size > most_bytes())
    return fmt::format("its {} bytes are more than its pixels can need ({})", block.size,
                       most_bytes());
  return {};
}

void BlockIndex::refuse(std::int64_t i, const StoredBlock& block) const {
  throw Error(ErrorKind::data,
              fmt::format("{}; 'damaged: true' reads what is there", problem(i, block)))
      .at_file(file_.bytes().name())
      .at_place(fmt::format("{}, byte {}", block_name(layout_, i), block.offset));
}

template <class Visit>
void BlockIndex::for_each(std::int64_t first, std::int64_t end, Visit&& visit) const {
  const std::uint64_t file_end = static_cast<std::uint64_t>(file_.bytes().size());
  const std::uint64_t most = most_bytes();
  const bool uncompressed = layout_.compression == compression::kNone;
  const bool guess = layout_.counts.count == 0 || layout_.stored_blocks() == 1;
  const std::uint64_t whole =
      static_cast<std::uint64_t>(layout_.stored_bytes(layout_.block_height));
  std::vector<std::uint64_t> offsets(static_cast<std::size_t>(std::min(kPage, end - first)));
  std::vector<std::uint64_t> sizes(offsets.size());
  for (std::int64_t page = first; page < end; page += kPage) {
    const std::size_t count = static_cast<std::size_t>(std::min(kPage, end - page));
    file_.read_integers(layout_.offsets, static_cast<std::uint64_t>(page),
                        std::span(offsets).first(count));
    if (layout_.counts.count != 0)
      file_.read_integers(layout_.counts, static_cast<std::uint64_t>(page),
                          std::span(sizes).first(count));
    for (std::size_t k = 0; k < count; ++k) {
      const std::int64_t i = page + static_cast<std::int64_t>(k);
      StoredBlock block{offsets[k], sizes[k]};
      if (guess) block = completed(i, block);
      // Most blocks are whole and inside: told apart without looking at their place in the image.
      const bool plain = !reaches_beyond(block, block.size, file_end) &&
                         (!uncompressed || block.size == 0 || block.size >= whole) &&
                         (uncompressed || block.size <= most);
      if (!plain && !damaged_ && !problem(i, block).empty()) refuse(i, block);
      visit(i, block);
    }
  }
}

void BlockIndex::check() const {
  file_.check_inside(layout_.offsets);
  if (layout_.counts.count != 0) file_.check_inside(layout_.counts);
  const std::int64_t count = layout_.stored_blocks();
  constexpr std::int64_t kHalf = limit::kBlocksAtOpening / 2;
  bool any = false;
  const auto visit = [&](std::int64_t, const StoredBlock& block) { any |= block.size != 0; };
  if (count <= 2 * kHalf) {
    for_each(0, count, visit);
  } else {
    for_each(0, kHalf, visit);
    for_each(count - kHalf, count, visit);
  }
  // A file that leaves blocks out says so of one after the other; this one has nothing to say.
  const bool listed = count > 1 && layout_.counts.count != 0;
  if (!any && !listed && !damaged_)
    file_.fail(layout_.offsets.position,
               fmt::format("no sample of the image is stored: its {} at byte 0 with 0 bytes",
                           count > 1       ? "blocks are"
                           : layout_.tiled ? "only tile is"
                                           : "only strip is"));
}

StoredBlock BlockIndex::look_up(std::int64_t i) const {
  StoredBlock found;
  for_each(i, i + 1, [&](std::int64_t, const StoredBlock& block) { found = block; });
  return found;
}

StoredBlock BlockIndex::at(std::int64_t i) const {
  loaded_.run([this] { load(); });
  return blocks_[static_cast<std::size_t>(i)];
}

void BlockIndex::load() const {
  const std::int64_t count = layout_.stored_blocks();
  std::vector<StoredBlock> blocks(static_cast<std::size_t>(count));
  for_each(0, count, [&](std::int64_t i, const StoredBlock& block) {
    blocks[static_cast<std::size_t>(i)] = block;
  });
  blocks_ = std::move(blocks);
}

const std::vector<std::int64_t>& BlockIndex::most_bytes_by_plane() const {
  most_found_.run([this] {
    const std::int64_t of_plane = layout_.blocks_across() * layout_.blocks_down();
    std::vector<std::int64_t> most(static_cast<std::size_t>(layout_.planes()));
    std::int64_t sum = 0, plane = 0, in_plane = 0, in_group = 0;
    for_each(0, layout_.stored_blocks(), [&](std::int64_t i, const StoredBlock& block) {
      if (!damaged_ || problem(i, block).empty()) sum += static_cast<std::int64_t>(block.size);
      std::int64_t& largest = most[static_cast<std::size_t>(plane)];
      largest = std::max(largest, sum);
      if (++in_group == together_) in_group = sum = 0;
      if (++in_plane == of_plane) ++plane, in_plane = in_group = sum = 0;
    });
    most_by_plane_ = std::move(most);
  });
  return most_by_plane_;
}

std::string block_name(const ImageLayout& layout, std::int64_t stored) {
  const std::int64_t across = layout.blocks_across(), down = layout.blocks_down();
  const std::int64_t column = stored % across, row = stored / across % down;
  std::string name = fmt::format("{} {} at ({}, {})", layout.tiled ? "tile" : "strip", stored,
                                 column * layout.block_width, row * layout.block_height);
  if (layout.separate) name += fmt::format(" of plane {}", stored / across / down);
  return name;
}

}  // namespace sluice::tiff
