#include "codecs/tiff/decode_jpeg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "codecs/jpeg/header.hpp"
#include "codecs/tiff/tags.hpp"
#include "engine/error.hpp"

namespace sluice::tiff {
namespace {

using jpeg::Decompressor;
using jpeg::Frame;
using jpeg::StoredColours;

/// Blocks whose frames are looked at when memory is planned.
constexpr std::int64_t kMostLooks = 256;
/// Planned for any block: a progressive tile of 256 x 256 pixels and three components fits.
constexpr std::int64_t kUsualBytes = std::int64_t{640} << 10;

[[noreturn]] void fail(std::string reason) {
  throw Error(ErrorKind::data, std::move(reason));
}

/// Which colours a stream holds: first what it says itself, then what its directory says (files
/// with either one wrong exist, see the README).
StoredColours stored_colours(const Frame& frame, const jpeg::ColourMarks& marks, int photometric) {
  const auto& transform = marks.adobe_transform;
  if (frame.components.size() == 4 && transform == 2) return StoredColours::ycck;
  if (frame.components.size() != 3) return StoredColours::as_stored;
  if (transform) return *transform == 0 ? StoredColours::as_stored : StoredColours::ycbcr;
  if (marks.jfif) return StoredColours::ycbcr;
  return !marks.rgb_ids && photometric == photometric::kYcbcr ? StoredColours::ycbcr
                                                              : StoredColours::as_stored;
}

/// Bytes of a row that is longer than the block's, 0 when it is not.
std::int64_t long_row_bytes(const Frame& frame, std::int64_t width) {
  return frame.width > width
             ? std::int64_t{frame.width} * static_cast<std::int64_t>(frame.components.size())
             : 0;
}

std::int64_t bytes_for(const Frame& frame, std::int64_t width) {
  return frame.decoder_bytes() + long_row_bytes(frame, width);
}

/// The frame of a block as it should be, of which nothing else is known.
Frame frame_of(const ImageLayout& layout, int sampling, bool several_scans) {
  const auto side = [](std::int64_t n) {
    return static_cast<int>(std::min<std::int64_t>(n, jpeg::kMaxDimension));
  };
  Frame frame;
  frame.width = side(layout.block_width);
  frame.height = side(layout.block_height);
  frame.several_scans = several_scans;
  // libjpeg refuses blocks of more components.
  constexpr std::int64_t kMostComponents = 10;
  frame.components.assign(
      static_cast<std::size_t>(std::min<std::int64_t>(layout.row_samples(), kMostComponents)),
      {0, sampling, sampling});
  return frame;
}

/// A stored block as a file of its own.
class BlockBytes final : public ByteSource {
 public:
  BlockBytes(const ByteSource& file, const StoredBlock& block) : file_(file), block_(block) {}
  std::string name() const override { return file_.name(); }
  std::int64_t size() const override { return static_cast<std::int64_t>(block_.size); }
  void read(std::int64_t offset, std::span<std::byte> to) const override {
    file_.read(static_cast<std::int64_t>(block_.offset) + offset, to);
  }

 private:
  const ByteSource& file_;
  StoredBlock block_;
};

/// What decoding a stored block takes; 0 where its frame cannot be read or cannot be right: the
/// block is refused when it is decoded.
std::int64_t bytes_for(const TiffFile& file, const ImageLayout& layout, const StoredBlock& block) {
  try {
    const Frame frame = jpeg::read_frame(std::make_shared<BlockBytes>(file.bytes(), block));
    const bool right = static_cast<int>(frame.components.size()) == layout.row_samples() &&
                       frame.width >= layout.block_width &&
                       frame.too_short(static_cast<std::int64_t>(block.size)).empty();
    return right ? bytes_for(frame, layout.block_width) : 0;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return 0;
  }
}

}  // namespace

JpegStream::JpegStream(std::span<const std::byte> tables, Decompressor::Fill fill,
                       const JpegExpectation& expected)
    : expected_(expected), libjpeg_(std::move(fill)) {
  if (!tables.empty()) {
    try {
      libjpeg_.read_tables(tables);
    } catch (const Error& error) {
      fail("JPEGTables: " + error.reason());
    }
  }
  const Frame& frame = libjpeg_.read_header();
  check(frame);
  row_.resize(static_cast<std::size_t>(long_row_bytes(frame, expected_.width)));
  libjpeg_.start(stored_colours(frame, libjpeg_.colour_marks(), expected_.photometric));
}

void JpegStream::check(const Frame& frame) const {
  const auto components = static_cast<int>(frame.components.size());
  if (components != expected_.components)
    fail(fmt::format("the JPEG data has {} components where {} are expected", components,
                     expected_.components));
  if (frame.width < expected_.width || frame.height < expected_.rows)
    fail(fmt::format("the JPEG data has {} x {} pixels where {} x {} are expected", frame.width,
                     frame.height, expected_.width, expected_.rows));
  if (const std::string why = frame.too_short(expected_.stream_bytes); !why.empty())
    fail("the JPEG data is cut short: " + why);
  const std::int64_t needed = bytes_for(frame, expected_.width);
  if (needed > expected_.memory)
    fail(fmt::format(
        "its JPEG data ({} x {} pixels{}) takes {} bytes to decode, and {} were planned "
        "after a look at up to {} blocks of the file, which are unlike it: convert the "
        "file first, for example with `tiffcp -c none`",
        frame.width, frame.height, frame.several_scans ? " in several scans" : "", needed,
        expected_.memory, kMostLooks));
}

void JpegStream::read(std::byte* to, std::int64_t rows) {
  if (row_.empty()) return libjpeg_.read(to, rows);
  const auto bytes = static_cast<std::size_t>(expected_.width * expected_.components);
  for (std::int64_t y = 0; y < rows; ++y, to += bytes) {
    libjpeg_.read(row_.data(), 1);
    std::memcpy(to, row_.data(), bytes);
  }
}

void decode_jpeg(std::span<const std::byte> tables, std::span<const std::byte> from,
                 const JpegExpectation& expected, std::byte* to) {
  bool given = false;
  JpegStream stream(
      tables,
      [&]() -> std::span<const std::byte> {
        return std::exchange(given, true) ? from.first(0) : from;
      },
      expected);
  stream.read(to, expected.rows);
}

std::int64_t jpeg_decoder_bytes(const TiffFile& file, const ImageLayout& layout,
                                const BlockIndex& index) {
  const std::int64_t usual = std::min(frame_of(layout, 4, true).decoder_bytes(), kUsualBytes);
  std::int64_t seen = 0;
  const std::int64_t blocks = layout.stored_blocks(), looks = std::min(blocks, kMostLooks);
  for (std::int64_t look = 0; look < looks; ++look) {
    // The quotient of the product could overflow only beyond 2^55 blocks, which no index holds.
    const std::int64_t i = look * blocks / looks;
    const StoredBlock block = index.look_up(i);  // the budget may not hold the index
    if (block.size == 0 || !index.problem(i, block).empty()) continue;
    seen = std::max(seen, bytes_for(file, layout, block));
  }
  if (seen == 0) seen = frame_of(layout, 2, false).decoder_bytes();
  return std::max(usual, seen);
}

}  // namespace sluice::tiff
