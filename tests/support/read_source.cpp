#include "support/read_source.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

namespace sluice::test {
namespace {

/// 64-byte aligned memory filled with the poison, so that a sanitizer knows its end.
class Memory {
 public:
  Memory(std::int64_t bytes, int poison)
      : data_(static_cast<std::byte*>(
            ::operator new(static_cast<std::size_t>(bytes), std::align_val_t(kAlignment)))) {
    std::memset(data_.get(), poison, static_cast<std::size_t>(bytes));
  }
  std::byte* data() const { return data_.get(); }

 private:
  struct Freed {
    void operator()(std::byte* p) const { ::operator delete(p, std::align_val_t(kAlignment)); }
  };
  std::unique_ptr<std::byte, Freed> data_;
};

void store(const TileView& tile, Picture& picture) {
  const std::size_t size = size_of(tile.type);
  const std::size_t row = static_cast<std::size_t>(tile.rect.width) * size;
  for (std::int64_t y = 0; y < tile.rect.height; ++y) {
    for (int c = 0; c < tile.channels; ++c)
      std::memcpy(picture.samples.data() + picture.index(c, tile.rect.x, tile.rect.y + y) * size,
                  tile.row(c, y), row);
    for (int p = 0; p < tile.validity_planes(); ++p)
      std::memcpy(picture.validity.data() + picture.index(p, tile.rect.x, tile.rect.y + y),
                  tile.validity_row(p, y), static_cast<std::size_t>(tile.rect.width));
  }
}

TileView make_tile(const Memory& memory, const Rect& rect, const ImageInfo& info) {
  return tile_at(memory.data(), rect, info.type, info.channels(), info.validity_planes());
}

std::int64_t tile_bytes(const ImageInfo& info, std::int64_t width, std::int64_t height) {
  return tile_layout(width, height, info.type, info.channels(), info.validity_planes()).bytes;
}

using Visit = std::function<void(const TileView&)>;

void read_blocks(const Source& source, Isa isa, int poison, const Visit& visit) {
  const BlockGrid grid = source.grid();
  const std::int64_t bound = source.encoded_bytes();
  const Memory scratch(source.scratch_bytes(), poison);
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    std::vector<ByteRange> ranges;
    source.locate(i, ranges);
    std::int64_t total = 0;
    for (const ByteRange& range : ranges)
      total += range.size;
    if (total > bound) throw std::logic_error("a block is larger than encoded_bytes()");
    std::vector<std::byte> bytes(static_cast<std::size_t>(total));
    std::size_t at = 0;
    for (const ByteRange& range : ranges) {
      source.bytes()->read(range.offset,
                           std::span(bytes).subspan(at, static_cast<std::size_t>(range.size)));
      at += static_cast<std::size_t>(range.size);
    }
    const Rect rect = grid.rect(i);
    const Memory memory(tile_bytes(source.info(), rect.width, rect.height), poison);
    const TileView tile = make_tile(memory, rect, source.info());
    source.decode(i, ranges, bytes, tile, {isa, scratch.data()});
    visit(tile);
  }
}

void read_rows(const Source& source, Isa isa, int poison, std::int64_t band, const Visit& visit) {
  const Memory scratch(source.scratch_bytes(), poison);
  const std::unique_ptr<RowDecoder> decoder = source.rows({isa, scratch.data()});
  if (band == 0) band = source.grid().block_height;
  for (std::int64_t y = 0; y < source.info().height; y += band) {
    const Rect rect{0, y, source.info().width, std::min(band, source.info().height - y)};
    const Memory memory(tile_bytes(source.info(), rect.width, rect.height), poison);
    const TileView tile = make_tile(memory, rect, source.info());
    decoder->decode(tile);
    visit(tile);
  }
}

}  // namespace

void for_each_tile(const Source& source, Isa isa, int poison, std::int64_t band_rows,
                   const std::function<void(const TileView&)>& visit) {
  if (source.in_order())
    read_rows(source, isa, poison, band_rows, visit);
  else
    read_blocks(source, isa, poison, visit);
}

Picture read_all(const Source& source, Isa isa, int poison, std::int64_t band_rows) {
  Picture picture(source.info());
  for_each_tile(source, isa, poison, band_rows,
                [&](const TileView& tile) { store(tile, picture); });
  return picture;
}

}  // namespace sluice::test
