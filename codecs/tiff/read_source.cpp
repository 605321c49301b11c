#include "codecs/tiff/read_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "codecs/tiff/decode_block.hpp"
#include "codecs/tiff/decode_jpeg.hpp"

namespace sluice::tiff {
namespace {

std::int64_t aligned(std::int64_t bytes) {
  return round_up(bytes, kAlignment);
}

/// The rows of one stored block that a block of the grid takes.
struct Part {
  int plane = 0;
  std::int64_t stored = 0;     ///< index of the stored block
  std::int64_t first_row = 0;  ///< in the stored block; 0 unless it is uncompressed
  Rect rect;                   ///< the pixels, inside the image
};

/// What sources of the same image share.
struct Opened {
  explicit Opened(Picture p)
      : picture(std::move(p)),
        index(*picture.file, picture.layout, blocks_together(picture.layout), picture.damaged) {
    index.check();
  }

  /// Memory of one decoder; 0 where it is not worth a count.
  std::int64_t decoder_bytes() const {
    decoder_once.run([this] {
      if (picture.layout.jpeg()) decoder = jpeg_decoder_bytes(*picture.file, picture.layout, index);
    });
    return decoder;
  }

  Picture picture;
  BlockIndex index;
  mutable Once decoder_once;
  mutable std::int64_t decoder = 0;
  mutable Damage damage;
};

class BlockSource final : public Source {
 public:
  /// `wanted`: the planes to decode; empty: all.
  BlockSource(ImageInfo info, std::shared_ptr<const Opened> opened, std::vector<bool> wanted = {})
      : Source(std::move(info)),
        opened_(std::move(opened)),
        wanted_(std::move(wanted)),
        picture_(opened_->picture),
        layout_(picture_.layout),
        grid_(virtual_grid(layout_)),
        index_(opened_->index),
        converter_(layout_) {}

  std::string name() const override { return picture_.file->bytes().name(); }
  BlockGrid grid() const override { return grid_; }
  const ByteSource* bytes() const override { return &picture_.file->bytes(); }
  std::int64_t index_bytes() const override { return index_.bytes(); }
  std::vector<std::string> warnings() const override {
    return warnings_of(picture_, opened_->damage);
  }
  double decode_cost() const override { return tiff::decode_cost(layout_.compression); }
  std::int64_t decoder_bytes() const override { return opened_->decoder_bytes(); }
  std::shared_ptr<const Source> with_channels(const std::vector<bool>& wanted) const override;
  void locate(std::int64_t index, std::vector<ByteRange>& ranges) const override;
  std::int64_t encoded_bytes() const override;
  std::int64_t scratch_bytes() const override;
  void decode(std::int64_t index, std::span<const ByteRange> ranges,
              std::span<const std::byte> bytes, const TileView& out,
              const CodecContext& context) const override;

 private:
  template <class Visit>
  void for_each_part(std::int64_t index, Visit&& visit) const;
  std::optional<ByteRange> range_of(const Part& part) const;
  std::string problem(const Part& part, const StoredBlock& block) const {
    return index_.problem(block, part.first_row, part.rect.height);
  }
  void decode_part(const Part& part, std::span<const std::byte> bytes, const TileView& out,
                   const CodecContext& context) const;
  bool uncompressed() const { return layout_.compression == compression::kNone; }
  /// Rows that decompression gives: some decoders only take a stream as a whole.
  std::int64_t decoded_rows(const Part& part) const {
    return layout_.tiled && !uncompressed() ? layout_.block_height : part.rect.height;
  }
  std::int64_t raw_bytes() const;

  std::shared_ptr<const Opened> opened_;
  std::vector<bool> wanted_;
  const Picture& picture_;
  const ImageLayout& layout_;
  BlockGrid grid_;
  const BlockIndex& index_;
  RowConverter converter_;
};

template <class Visit>
void BlockSource::for_each_part(std::int64_t index, Visit&& visit) const {
  const Rect rect = grid_.rect(index);
  const std::int64_t across = layout_.blocks_across(), down = layout_.blocks_down();
  for (int plane = 0; plane < layout_.planes(); ++plane) {
    if (!wanted_.empty() && !wanted_[static_cast<std::size_t>(plane)]) continue;
    for (std::int64_t y = rect.y; y < rect.bottom();) {
      Part part;
      part.plane = plane;
      part.stored =
          (plane * down + y / layout_.block_height) * across + rect.x / layout_.block_width;
      part.first_row = y % layout_.block_height;
      part.rect = {rect.x, y, rect.width,
                   std::min(layout_.block_height - part.first_row, rect.bottom() - y)};
      visit(part);
      y = part.rect.bottom();
    }
  }
}

std::shared_ptr<const Source> BlockSource::with_channels(const std::vector<bool>& wanted) const {
  // Whether a pixel is valid may depend on all of its samples.
  if (!layout_.separate || info_.has_validity() ||
      static_cast<int>(wanted.size()) != layout_.planes())
    return nullptr;
  return std::make_shared<BlockSource>(info_, opened_, wanted);
}

/// The bytes to read for a part; nullopt for one that is left out or cannot be right.
std::optional<ByteRange> BlockSource::range_of(const Part& part) const {
  const StoredBlock block = index_.at(part.stored);
  if (block.size == 0 || !problem(part, block).empty()) return std::nullopt;
  if (!uncompressed())
    return ByteRange{static_cast<std::int64_t>(block.offset),
                     static_cast<std::int64_t>(block.size)};
  const std::int64_t skipped = layout_.stored_bytes(part.first_row);
  return ByteRange{static_cast<std::int64_t>(block.offset) + skipped,
                   layout_.stored_bytes(part.rect.height)};
}

void BlockSource::locate(std::int64_t index, std::vector<ByteRange>& ranges) const {
  const std::size_t first = ranges.size();
  for_each_part(index, [&](const Part& part) {
    const auto range = range_of(part);
    if (!range) return;
    if (ranges.size() > first && ranges.back().offset + ranges.back().size == range->offset)
      ranges.back().size += range->size;
    else
      ranges.push_back(*range);
  });
}

std::int64_t BlockSource::encoded_bytes() const {
  const auto sum = [&](auto&& of_plane) {
    std::int64_t bytes = 0;
    for (std::size_t plane = 0; plane < static_cast<std::size_t>(layout_.planes()); ++plane)
      if (wanted_.empty() || wanted_[plane]) bytes += of_plane(plane);
    return bytes;
  };
  if (!uncompressed()) {
    const std::vector<std::int64_t>& most = index_.most_bytes_by_plane();
    return sum([&](std::size_t plane) { return most[plane]; });
  }
  const std::int64_t together = blocks_together(layout_);
  const std::int64_t rows = std::min(layout_.block_height, grid_.block_height);
  return sum([&](std::size_t) { return together * layout_.stored_bytes(rows); });
}

std::int64_t BlockSource::raw_bytes() const {
  if (uncompressed() && !converter_.in_place()) return 0;
  const std::int64_t rows = layout_.tiled && !uncompressed()
                                ? layout_.block_height
                                : std::min(layout_.block_height, grid_.block_height);
  return aligned(layout_.stored_bytes(rows));
}

std::int64_t BlockSource::scratch_bytes() const {
  return raw_bytes() + converter_.scratch_bytes() +
         (layout_.lsb_first ? aligned(encoded_bytes()) : 0);
}

void BlockSource::decode(std::int64_t index, std::span<const ByteRange>,
                         std::span<const std::byte> bytes, const TileView& out,
                         const CodecContext& context) const {
  // locate() gave the ranges of the parts in this order, so their bytes follow one another.
  std::size_t at = 0;
  for_each_part(index, [&](const Part& part) {
    TileView view = out.part(part.rect);
    if (layout_.separate) {
      view.data = view.row(part.plane, 0);
      view.channels = 1;
    }
    const StoredBlock block = index_.at(part.stored);
    if (block.size == 0) return fill_gap(info_, picture_.white_gaps, view, part.plane);
    const std::size_t first = at;
    if (const auto range = range_of(part)) at += static_cast<std::size_t>(range->size);
    if (at > bytes.size())
      throw Error(ErrorKind::internal, "decode got fewer bytes than locate asked for");
    try {
      if (std::string why = problem(part, block); !why.empty())
        throw Error(ErrorKind::data, std::move(why));
      decode_part(part, bytes.subspan(first, at - first), view, context);
    } catch (Error& error) {
      error.at_file(name()).at_place(
          fmt::format("{}, byte {}", block_name(layout_, part.stored), block.offset));
      if (!picture_.damaged || error.kind() != ErrorKind::data) throw;
      opened_->damage.note(part.stored, error.place() + ": " + error.reason());
      fill_gap(info_, picture_.white_gaps, view, part.plane);
    }
  });
  if (out.validity) fill_validity(info_, out);
}

void BlockSource::decode_part(const Part& part, std::span<const std::byte> bytes,
                              const TileView& out, const CodecContext& context) const {
  std::byte* const raw = context.scratch;
  std::byte* const scratch = raw + raw_bytes();
  if (layout_.lsb_first) {
    std::byte* const turned = scratch + converter_.scratch_bytes();
    reverse_bits(bytes, turned);
    bytes = {turned, bytes.size()};
  }
  if (layout_.jpeg()) {
    const JpegExpectation expected{layout_.block_width,
                                   part.rect.height,
                                   layout_.row_samples(),
                                   layout_.photometric,
                                   static_cast<std::int64_t>(bytes.size()),
                                   decoder_bytes()};
    decode_jpeg(picture_.jpeg_tables, bytes, expected, raw);
  } else if (raw_bytes() != 0) {
    const std::int64_t size = layout_.stored_bytes(decoded_rows(part));
    decode_block(layout_.compression, bytes, {raw, static_cast<std::size_t>(size)});
  } else {
    // Uncompressed and in the machine's order: the converter only reads.
    return converter_.convert(const_cast<std::byte*>(bytes.data()), out, scratch, context.isa);
  }
  converter_.convert(raw, out, scratch, context.isa);
}

/// The largest divisor of `n` that is at most `most`.
std::int64_t divisor_up_to(std::int64_t n, std::int64_t most) {
  for (std::int64_t d = std::min(n, most); d > 1; --d)
    if (n % d == 0) return d;
  return 1;
}

/// Marks the samples that have a value.
template <class T>
void find_values(const T* row, std::int64_t width, std::optional<T> nodata, std::uint8_t* valid) {
  for (std::int64_t x = 0; x < width; ++x) {
    bool has = !nodata || row[x] != *nodata;
    if constexpr (std::is_floating_point_v<T>) has = has && row[x] == row[x];
    valid[x] = has ? 255 : 0;
  }
}

}  // namespace

BlockGrid virtual_grid(const ImageLayout& layout) {
  const std::int64_t row =
      std::max<std::int64_t>(1, layout.row_bytes() * layout.planes() / layout.subsample_y);
  const std::int64_t wanted = std::max<std::int64_t>(1, kBlockBytes / row);
  std::int64_t rows = layout.block_height;
  const bool uncompressed = layout.compression == compression::kNone;
  if (layout.tiled) {
    if (uncompressed && rows > 4 * wanted && layout.subsample_y == 1)
      rows = divisor_up_to(rows, wanted);
  } else if (needs_rows(layout)) {
    rows = wanted;
  } else if (rows < wanted) {
    rows *= wanted / rows;
  } else if (uncompressed) {
    rows = round_up(wanted, layout.subsample_y);
  }
  return {layout.width, layout.height, layout.block_width, std::min(rows, layout.height)};
}

bool needs_rows(const ImageLayout& layout) {
  return !layout.tiled && layout.compression != compression::kNone &&
         layout.block_height > kLargeStripRows &&
         layout.stored_bytes(layout.block_height) * layout.planes() > kLargeStripBytes;
}

std::int64_t blocks_together(const ImageLayout& layout) {
  return layout.tiled || needs_rows(layout)
             ? 1
             : ceil_div(virtual_grid(layout).block_height, layout.block_height);
}

void Damage::note(std::int64_t block, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (first_.empty()) first_ = why;
  if (blocks_.size() < kMostCounted) blocks_.insert(block);
}

std::string Damage::text(const std::string& file) const {
  const std::lock_guard lock(mutex_);
  if (blocks_.empty()) return {};
  return fmt::format(
      "{}: {}{} of its blocks could not be read, and what they lack holds the "
      "background; one of them: {}",
      file, blocks_.size() == kMostCounted ? "at least " : "", blocks_.size(), first_);
}

std::vector<std::string> warnings_of(const Picture& picture, const Damage& damage) {
  std::vector<std::string> all = picture.warnings;
  if (std::string text = damage.text(picture.file->bytes().name()); !text.empty())
    all.push_back(std::move(text));
  return all;
}

void fill_gap(const ImageInfo& info, bool white, const TileView& out, int first_band) {
  with_type(out.type, [&]<class T>() {
    for (int c = 0; c < out.channels; ++c) {
      const BandInfo& band = info.bands[static_cast<std::size_t>(first_band + c)];
      const T background = white ? static_cast<T>(255) : T{};
      const T value = band.nodata ? band.nodata->as<T>().value_or(background) : background;
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        std::fill_n(out.row<T>(c, y), out.rect.width, value);
    }
  });
}

void fill_validity(const ImageInfo& info, const TileView& out) {
  with_type(out.type, [&]<class T>() {
    for (int c = 0; c < out.validity_planes(); ++c) {
      const BandInfo& band = info.bands[static_cast<std::size_t>(c)];
      // A nodata value that the type cannot hold is never met.
      const std::optional<T> nodata = band.nodata ? band.nodata->as<T>() : std::nullopt;
      for (std::int64_t y = 0; y < out.rect.height; ++y) {
        std::uint8_t* const valid = out.validity_row(c, y);
        if (band.role == BandRole::alpha)
          std::memset(valid, 255, static_cast<std::size_t>(out.rect.width));
        else
          find_values<T>(out.row<T>(c, y), out.rect.width, nodata, valid);
      }
    }
  });
}

std::shared_ptr<const Source> make_block_source(ImageInfo info, Picture picture) {
  return std::make_shared<BlockSource>(std::move(info),
                                       std::make_shared<const Opened>(std::move(picture)));
}

}  // namespace sluice::tiff
