#include "tiff_write_support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "support/catch.hpp"

namespace sluice::test {

namespace {

/// 64-byte aligned memory, poisoned.
struct Memory {
  std::vector<std::byte> bytes;
  Memory(std::int64_t size, int poison)
      : bytes(static_cast<std::size_t>(size) + 64, static_cast<std::byte>(poison)) {}
  std::byte* data() {
    const auto base = reinterpret_cast<std::uintptr_t>(bytes.data());
    return bytes.data() + (64 - base % 64) % 64;
  }
};

void copy_block(const Picture& picture, const TileView& tile) {
  const std::size_t bytes = size_of(tile.type);
  const auto width = static_cast<std::size_t>(tile.rect.width);
  for (std::int64_t y = 0; y < tile.rect.height; ++y) {
    for (int c = 0; c < tile.channels; ++c)
      std::memcpy(tile.row(c, y),
                  picture.samples.data() + picture.index(c, tile.rect.x, tile.rect.y + y) * bytes,
                  width * bytes);
    for (int p = 0; p < tile.validity_planes(); ++p)
      std::memcpy(tile.validity_row(p, y),
                  picture.validity.data() + picture.index(p, tile.rect.x, tile.rect.y + y), width);
  }
}

}  // namespace

void write_blocks(Sink& sink, const Picture& picture, Isa isa, int poison) {
  const ImageInfo& info = picture.info;
  const BlockGrid grid = sink.grid();
  std::vector<std::int64_t> order(static_cast<std::size_t>(grid.count()));
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<std::int64_t>(i);
  if (sink.any_order()) std::shuffle(order.begin(), order.end(), std::mt19937(7));
  Memory scratch(sink.scratch_bytes(), poison);
  Memory encoded(sink.encoded_bound(), poison);
  sink.begin();
  for (const std::int64_t index : order) {
    const Rect rect = grid.rect(index);
    Memory memory(
        tile_layout(rect.width, rect.height, info.type, info.channels(), info.validity_planes())
            .bytes,
        poison);
    const TileView tile =
        tile_at(memory.data(), rect, info.type, info.channels(), info.validity_planes());
    copy_block(picture, tile);
    const std::int64_t used =
        sink.encode(index, tile, {encoded.data(), static_cast<std::size_t>(sink.encoded_bound())},
                    {isa, scratch.data()});
    REQUIRE(used <= sink.encoded_bound());
    sink.store(index, {encoded.data(), static_cast<std::size_t>(used)});
  }
  sink.finish();
  sink.commit();
}

void write_tiff(const Picture& picture, const std::string& path, const TiffWriteOptions& options,
                Isa isa, int poison) {
  write_blocks(*make_tiff_sink(picture.info, path, options), picture, isa, poison);
}

namespace {

int fail_on_message(TIFF*, void*, const char* module, const char* format, va_list values) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, values);
  // Tags of GeoTIFF and GDAL that libtiff has no names for.
  if (std::strstr(text, "Unknown field with tag")) return 1;
  FAIL_CHECK("libtiff: " << module << ": " << text);
  return 1;
}

SampleType type_of(TIFF* tiff) {
  const std::uint32_t bits = tiff_number(tiff, TIFFTAG_BITSPERSAMPLE);
  const std::uint32_t format = tiff_number(tiff, TIFFTAG_SAMPLEFORMAT);
  const char letter = format == SAMPLEFORMAT_IEEEFP ? 'f' : format == SAMPLEFORMAT_INT ? 'i' : 'u';
  return sample_type_named(fmt::format("{}{}", letter, bits)).value();
}

Picture read_blocks(const std::string& path, bool whole) {
  const TiffHandle tiff = open_tiff(path);
  REQUIRE(tiff);
  TIFF* const t = tiff.get();
  const bool tiled = TIFFIsTiled(t) != 0;
  const std::int64_t width = tiff_number(t, TIFFTAG_IMAGEWIDTH);
  const std::int64_t height = tiff_number(t, TIFFTAG_IMAGELENGTH);
  const BlockGrid grid{width, height, tiled ? tiff_number(t, TIFFTAG_TILEWIDTH) : width,
                       tiff_number(t, tiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP)};
  if (tiff_number(t, TIFFTAG_COMPRESSION) == COMPRESSION_JPEG &&
      tiff_number(t, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_YCBCR)
    TIFFSetField(t, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  const int channels = static_cast<int>(tiff_number(t, TIFFTAG_SAMPLESPERPIXEL));
  Picture picture(make_info(whole ? grid.columns() * grid.block_width : width,
                            whole ? grid.rows() * grid.block_height : height, type_of(t),
                            channels));
  const std::size_t bytes = size_of(picture.info.type);
  std::vector<std::byte> block(static_cast<std::size_t>(grid.block_width * grid.block_height) *
                               static_cast<std::size_t>(channels) * bytes);
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    const auto n = static_cast<std::uint32_t>(i);
    const Rect inside = grid.rect(i);
    const auto expected =
        tiled ? block.size() : static_cast<std::size_t>(inside.height * width * channels) * bytes;
    const tmsize_t got =
        tiled ? TIFFReadEncodedTile(t, n, block.data(), static_cast<tmsize_t>(block.size()))
              : TIFFReadEncodedStrip(t, n, block.data(), static_cast<tmsize_t>(expected));
    REQUIRE(got == static_cast<tmsize_t>(expected));
    const std::int64_t columns = whole ? grid.block_width : inside.width;
    const std::int64_t rows = whole && tiled ? grid.block_height : inside.height;
    for (std::int64_t y = 0; y < rows; ++y)
      for (std::int64_t x = 0; x < columns; ++x)
        for (int c = 0; c < channels; ++c)
          std::memcpy(
              picture.samples.data() + picture.index(c, inside.x + x, inside.y + y) * bytes,
              block.data() +
                  static_cast<std::size_t>((y * grid.block_width + x) * channels + c) * bytes,
              bytes);
  }
  return picture;
}

}  // namespace

TiffHandle open_tiff(const std::string& path) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options, fail_on_message, nullptr);
  TIFFOpenOptionsSetWarningHandlerExtR(options, fail_on_message, nullptr);
  TiffHandle tiff(TIFFOpenExt(path.c_str(), "r", options));
  TIFFOpenOptionsFree(options);
  return tiff;
}

Picture read_tiff(const std::string& path) {
  return read_blocks(path, false);
}
Picture read_tiff_blocks(const std::string& path) {
  return read_blocks(path, true);
}

std::uint32_t tiff_number(TIFF* tiff, std::uint32_t tag) {
  // libtiff stores what the tag's type is: two bytes or four.
  std::uint32_t value = 0;
  if (!TIFFGetFieldDefaulted(tiff, tag, &value)) return 0;
  const TIFFField* field = TIFFFieldWithTag(tiff, tag);
  return field && TIFFFieldDataType(field) == TIFF_SHORT ? value & 0xffff : value;
}

std::vector<double> tiff_doubles(TIFF* tiff, std::uint32_t tag) {
  std::uint32_t count = 0;
  const double* values = nullptr;
  if (!TIFFGetField(tiff, tag, &count, &values)) return {};
  return {values, values + count};
}

std::string tiff_text(TIFF* tiff, std::uint32_t tag) {
  const char* text = nullptr;
  if (TIFFGetField(tiff, tag, &text) && text) return text;
  return {};
}

std::vector<char> file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sluice::test
