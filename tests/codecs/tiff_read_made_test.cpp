// TIFF files made with libtiff: every type, compression, predictor, layout and byte order.
#include <fmt/format.h>

#include <cstring>
#include <map>

#include "codecs/tiff/decode_block.hpp"
#include "codecs/tiff/read_tiff.hpp"
#include "codecs/tiff/tags.hpp"
#include "support/catch.hpp"
#include "support/made_tiff.hpp"
#include "support/read_source.hpp"

namespace sluice {
namespace {

using namespace test;

/// Noise with runs in it, so that every compression does something.
Picture test_picture(std::int64_t width, std::int64_t height, SampleType type, int channels) {
  Picture picture = random_picture(
      make_info(width, height, type, channels, channels == 3 ? Colour::rgb : Colour::multiband), 7);
  const std::size_t size = size_of(type);
  for (std::size_t i = 1; i * size < picture.samples.size(); ++i)
    if (i / 5 % 3 != 0)
      std::memcpy(&picture.samples[i * size], &picture.samples[(i - 1) * size], size);
  return picture;
}

std::shared_ptr<const Source> open_bytes(std::vector<std::byte> bytes,
                                         const TiffReadOptions& options = {}) {
  return open_tiff(bytes_in_memory(std::move(bytes), "made.tif"), options);
}

/// The samples alone: what the description says is looked at elsewhere.
std::string sample_difference(const Picture& got, const Picture& expected) {
  if (got.width() != expected.width() || got.height() != expected.height() ||
      got.channels() != expected.channels() || got.info.type != expected.info.type)
    return "size or type differ";
  for (std::size_t i = 0; i < got.samples.size(); ++i)
    if (got.samples[i] != expected.samples[i])
      return fmt::format("byte {} of {} differs", i, got.samples.size());
  return {};
}

std::string describe(const MadeTiff& how, SampleType type, int channels) {
  return fmt::format("{} x {}, compression {}, predictor {}, separate {}, tile {}, BE {}, Big {}",
                     channels, name_of(type), how.compression, how.predictor, how.separate,
                     how.tile, how.big_endian, how.big);
}

void check_matrix(SampleType type, int channels) {
  const std::vector<Isa> isas = available_isas();
  const Picture picture = test_picture(37, 29, type, channels);
  int number = 0;
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
                                COMPRESSION_DEFLATE, COMPRESSION_ZSTD, COMPRESSION_PACKBITS}) {
    const bool predicts = compression != COMPRESSION_NONE && compression != COMPRESSION_PACKBITS;
    for (int predictor = 1; predictor <= (predicts ? is_float(type) ? 3 : 2 : 1); ++predictor)
      for (int flags = 0; flags < 16; ++flags) {
        const MadeTiff how{.compression = compression,
                           .predictor = predictor,
                           .separate = (flags & 1) != 0,
                           .tile = (flags & 2) != 0 ? 16 : 0,
                           .rows_per_strip = (flags & 2) != 0 ? 0
                                             : flags & 4      ? 1
                                                              : 8,
                           .big_endian = (flags & 8) != 0,
                           .big = number % 2 == 1};
        // libtiff 4.5 cannot write this; a test of its own has it.
        if (how.big_endian && predictor == 3) continue;
        const Isa isa = isas[static_cast<std::size_t>(number++) % isas.size()];
        const std::string got =
            sample_difference(read_all(*open_bytes(make_tiff(picture, how)), isa), picture);
        if (!got.empty()) FAIL_CHECK(describe(how, type, channels) + ": " + got);
      }
  }
}

}  // namespace

TEST_CASE("tiff: types, compressions, predictors, layouts, byte orders", "[tiff]") {
  TIFFSetWarningHandler(nullptr);
  for (int t = 0; t < kSampleTypes; ++t)
    for (const int channels : {1, 3, 5})
      check_matrix(static_cast<SampleType>(t), channels);
}

TEST_CASE("tiff: predictor 3 has one byte order in files of either", "[tiff]") {
  const Picture picture = test_picture(37, 8, SampleType::f32, 3);
  MadeTiff how{.compression = COMPRESSION_LZW, .predictor = 3};
  std::vector<std::byte> little = make_tiff(picture, how);
  TIFF* const tiff = open_memory(little, "r");
  std::vector<std::byte> strip(static_cast<std::size_t>(TIFFRawStripSize(tiff, 0)));
  TIFFReadRawStrip(tiff, 0, strip.data(), static_cast<tmsize_t>(strip.size()));
  TIFFClose(tiff);
  // The same strip in a big-endian file, in the place of one that libtiff has made.
  how.big_endian = true;
  std::vector<std::byte> big = make_tiff(picture, how);
  std::vector<ByteRange> ranges;
  open_bytes(big)->locate(0, ranges);
  const std::size_t end = big.size();
  big.insert(big.end(), strip.begin(), strip.end());
  for (std::size_t at = 0; at + 12 <= end; ++at) {
    const auto u16 = [&](std::size_t i) {
      return std::to_integer<int>(big[at + i]) << 8 | std::to_integer<int>(big[at + i + 1]);
    };
    const std::size_t value = u16(0) == 273 ? end : u16(0) == 279 ? strip.size() : 0;
    if (value == 0 || (u16(2) != 4 && u16(2) != 3) || u16(4) != 0 || u16(6) != 1) continue;
    big[at + 3] = std::byte{4};
    for (int i = 0; i < 4; ++i)
      big[at + 8 + static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (24 - 8 * i));
  }
  CHECK(sample_difference(read_all(*open_bytes(big)), picture) == "");
}

TEST_CASE("tiff: levels in SubIFDs", "[tiff]") {
  const Picture full = test_picture(64, 48, SampleType::u8, 3),
                half = test_picture(32, 24, SampleType::u8, 3);
  std::vector<std::byte> bytes;
  TIFF* const tiff = open_memory(bytes, "w8");
  add_directory(tiff, full, {.tile = 16}, [](TIFF* t) {
    const std::uint64_t offset = 0;
    TIFFSetField(t, TIFFTAG_SUBIFD, 1, &offset);
    TIFFSetField(t, TIFFTAG_IMAGEDESCRIPTION,
                 "<OME><Image><Pixels PhysicalSizeX=\"0.5\" PhysicalSizeY = '500' "
                 "PhysicalSizeYUnit=\"nm\"/></Image></OME>");
  });
  add_directory(tiff, half, {.tile = 16},
                [](TIFF* t) { TIFFSetField(t, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE); });
  add_directory(tiff, full, {.tile = 16});
  TIFFClose(tiff);
  const auto level = open_bytes(bytes, {.level = 1});
  CHECK(level->info().levels.size() == 2);
  CHECK(level->info().mpp_x == 1);
  CHECK(level->info().mpp_y == 1);
  CHECK(sample_difference(read_all(*level), half) == "");
  const TiffListing listing = list_tiff(bytes_in_memory(bytes, "made.tif"));
  REQUIRE(listing.pages.size() == 2);
  CHECK(listing.big);
  REQUIRE(listing.pages[0].children.size() == 1);
  CHECK(listing.pages[0].children[0].width == 32);
}

TEST_CASE("tiff: samples of a few bits", "[tiff]") {
  for (const int bits : {1, 2, 4}) {
    const std::int64_t width = 21, height = 10;
    Picture picture(make_info(width, height, SampleType::u8, 1, Colour::grey));
    const std::int64_t row_bytes = (width * bits + 7) / 8;
    std::vector<std::uint8_t> packed(static_cast<std::size_t>(row_bytes * height));
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) {
        const int value = static_cast<int>((x * 7 + y * 3) & ((1 << bits) - 1));
        picture.at<std::uint8_t>(0, x, y) = static_cast<std::uint8_t>(value);
        packed[static_cast<std::size_t>(y * row_bytes + x * bits / 8)] |=
            static_cast<std::uint8_t>(value << (8 - bits - x * bits % 8));
      }
    for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_PACKBITS})
      for (const int order : {FILLORDER_MSB2LSB, FILLORDER_LSB2MSB}) {
        std::vector<std::byte> bytes;
        TIFF* const tiff = open_memory(bytes, "wl");
        TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(width));
        TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(height));
        TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
        TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
        TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
        TIFFSetField(tiff, TIFFTAG_FILLORDER, order);
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(height));
        std::vector<std::uint8_t> copy = packed;
        TIFFWriteEncodedStrip(tiff, 0, copy.data(), static_cast<tmsize_t>(copy.size()));
        TIFFClose(tiff);
        INFO(bits << " bits, compression " << compression << ", order " << order);
        CHECK(sample_difference(read_all(*open_bytes(std::move(bytes))), picture) == "");
      }
  }
}

TEST_CASE("tiff: of planes kept apart only those wanted are read", "[tiff]") {
  const Picture picture = test_picture(137, 61, SampleType::u16, 4);
  const std::vector<bool> wanted{false, true, false, true};
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_ADOBE_DEFLATE})
    for (const std::int64_t tile : {0, 32}) {
      const MadeTiff how{.compression = compression, .separate = true, .tile = tile};
      const auto all = open_bytes(make_tiff(picture, how));
      const auto some = all->with_channels(wanted);
      REQUIRE(some);
      const Picture got = read_all(*some);
      std::int64_t bytes_of_all = 0, bytes_of_some = 0;
      std::vector<ByteRange> ranges;
      for (std::int64_t block = 0; block < all->grid().count(); ++block) {
        ranges.clear();
        all->locate(block, ranges);
        for (const ByteRange& range : ranges)
          bytes_of_all += range.size;
        ranges.clear();
        some->locate(block, ranges);
        for (const ByteRange& range : ranges)
          bytes_of_some += range.size;
      }
      INFO(describe(how, SampleType::u16, 4));
      CHECK(bytes_of_some < bytes_of_all * 3 / 4);
      bool equal = true;
      for (const int c : {1, 3})
        for (std::int64_t y = 0; y < 61; ++y)
          for (std::int64_t x = 0; x < 137; ++x)
            equal = equal && got.get(c, x, y) == picture.get(c, x, y);
      CHECK(equal);
    }
  const MadeTiff together{.compression = COMPRESSION_NONE, .separate = false};
  CHECK(!open_bytes(make_tiff(picture, together))->with_channels(wanted));
  // Whether a pixel has a value may depend on every sample.
  const MadeTiff apart{.compression = COMPRESSION_NONE, .separate = true};
  const TiffReadOptions validity{.validity = TiffValidity::nodata};
  const auto source = open_bytes(
      make_tiff(picture, apart,
                [](TIFF* tiff) {
                  const TIFFFieldInfo field[] = {{42113, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0,
                                                  const_cast<char*>("GDAL_NODATA")}};
                  TIFFMergeFieldInfo(tiff, field, 1);
                  TIFFSetField(tiff, 42113, "7");
                }),
      validity);
  CHECK(source->info().has_validity());
  CHECK(!source->with_channels(wanted));
}

TEST_CASE("tiff: JPEG gives libtiff's pixels", "[tiff]") {
  Picture picture(make_info(75, 61, SampleType::u8, 3, Colour::rgb));
  for (std::int64_t y = 0; y < 61; ++y)
    for (std::int64_t x = 0; x < 75; ++x)
      for (int c = 0; c < 3; ++c)
        picture.at<std::uint8_t>(c, x, y) = static_cast<std::uint8_t>((x * (c + 2) + y * 3) & 255);
  struct Case {
    int photometric, subsampling;
    bool separate;
    std::int64_t tile;
  };
  for (const Case& c : {Case{PHOTOMETRIC_RGB, 0, false, 32}, Case{PHOTOMETRIC_RGB, 0, true, 32},
                        Case{PHOTOMETRIC_YCBCR, 2, false, 32}, Case{PHOTOMETRIC_YCBCR, 1, false, 0},
                        Case{PHOTOMETRIC_YCBCR, 2, false, 0}}) {
    std::vector<std::byte> bytes = make_tiff(picture, {.compression = COMPRESSION_JPEG,
                                                       .separate = c.separate,
                                                       .tile = c.tile,
                                                       .rows_per_strip = 16,
                                                       .photometric = c.photometric,
                                                       .subsampling = c.subsampling});
    // libtiff's pixels, block by block.
    Picture expected = picture;
    TIFF* const tiff = open_memory(bytes, "r");
    if (c.photometric == PHOTOMETRIC_YCBCR)
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    const std::int64_t w = c.tile ? c.tile : 75, h = c.tile ? c.tile : 16;
    const int planes = c.separate ? 3 : 1, samples = c.separate ? 1 : 3;
    std::vector<std::uint8_t> block(static_cast<std::size_t>(w * h * samples));
    std::uint32_t index = 0;
    for (int p = 0; p < planes; ++p)
      for (std::int64_t y = 0; y < 61; y += h)
        for (std::int64_t x = 0; x < 75; x += w, ++index) {
          const tmsize_t size = static_cast<tmsize_t>(block.size());
          if (c.tile)
            TIFFReadEncodedTile(tiff, index, block.data(), size);
          else
            TIFFReadEncodedStrip(tiff, index, block.data(), size);
          for (std::int64_t j = 0; j < std::min(h, 61 - y); ++j)
            for (std::int64_t i = 0; i < std::min(w, 75 - x); ++i)
              for (int s = 0; s < samples; ++s)
                expected.at<std::uint8_t>(p + s, x + i, y + j) =
                    block[static_cast<std::size_t>((j * w + i) * samples + s)];
        }
    TIFFClose(tiff);
    INFO("photometric " << c.photometric << ", subsampling " << c.subsampling << ", tile "
                        << c.tile);
    CHECK(sample_difference(read_all(*open_bytes(std::move(bytes))), expected) == "");
  }
}

TEST_CASE("tiff: a strip too large for memory is read row by row", "[tiff]") {
  Picture picture(make_info(4001, 3000, SampleType::u8, 3, Colour::rgb));
  for (std::size_t i = 0; i < picture.samples.size(); ++i)
    picture.samples[i] = static_cast<std::byte>(i / 7 * (i >> 15) >> 3);
  for (const int compression : {COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_ZSTD,
                                COMPRESSION_PACKBITS, COMPRESSION_JPEG}) {
    const bool separate = compression == COMPRESSION_LZW;
    MadeTiff how{.compression = compression, .separate = separate, .rows_per_strip = 2984};
    if (compression == COMPRESSION_ZSTD || separate) how.predictor = 2;
    std::vector<std::byte> bytes = make_tiff(picture, how);
    const auto source = open_bytes(bytes);
    INFO("compression " << compression);
    REQUIRE(source->in_order());
    CHECK(source->decoder_bytes() < 64 << 20);
    const Picture got = read_all(*source, best_isa(), 0xA5, 77);
    if (compression != COMPRESSION_JPEG) {
      CHECK(sample_difference(got, picture) == "");
    } else {
      // Against the same picture in strips that are decoded as a whole: the same rows up to the
      // last ones of a strip, where nothing is cut off either way (4:4:4, strips of whole blocks).
      how.rows_per_strip = 8;
      CHECK(sample_difference(got, read_all(*open_bytes(make_tiff(picture, how)))) == "");
    }
    bytes.resize(bytes.size() / 2);
    CHECK_THROWS_AS(read_all(*open_bytes(bytes)), Error);
  }
}

TEST_CASE("tiff: blocks that are left out", "[tiff]") {
  const Picture picture = test_picture(40, 40, SampleType::i16, 1);
  for (const char* nodata : {"", "-9999"}) {
    std::vector<std::byte> bytes;
    TIFF* const tiff = open_memory(bytes, "wl");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 40u);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 40u);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 16);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_INT);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, 32u);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, 32u);
    const TIFFFieldInfo field = {42113,        -1, -1, TIFF_ASCII,
                                 FIELD_CUSTOM, 1,  0,  const_cast<char*>("GDALNoDataValue")};
    TIFFMergeFieldInfo(tiff, &field, 1);
    if (*nodata) TIFFSetField(tiff, 42113, nodata);
    std::vector<std::int16_t> block(32 * 32, 5);
    TIFFWriteEncodedTile(tiff, 3, block.data(), 32 * 32 * 2);
    TIFFClose(tiff);
    const Picture got = read_all(*open_bytes(bytes, {.validity = TiffValidity::nodata}));
    CHECK(got.at<std::int16_t>(0, 0, 0) == (*nodata ? -9999 : 0));
    CHECK(got.at<std::int16_t>(0, 39, 39) == 5);
    CHECK(got.validity[0] == (*nodata ? 0 : 255));
    CHECK(got.validity[39 * 40 + 39] == 255);
    std::vector<ByteRange> ranges;
    open_bytes(bytes)->locate(0, ranges);
    CHECK(ranges.empty());
  }
}

TEST_CASE("tiff: pages, levels, metadata", "[tiff]") {
  std::vector<std::byte> bytes;
  TIFF* const tiff = open_memory(bytes, "wl");
  const TIFFFieldInfo fields[] = {
      {33550, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, const_cast<char*>("ModelPixelScale")},
      {33922, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, const_cast<char*>("ModelTiepoint")},
      {34735, -1, -1, TIFF_SHORT, FIELD_CUSTOM, 1, 1, const_cast<char*>("GeoKeyDirectory")},
      {42112, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, const_cast<char*>("GDALMetadata")}};
  TIFFMergeFieldInfo(tiff, fields, 4);
  const auto full_tags = [](TIFF* t) {
    const double scale[] = {10, 10, 0}, tie[] = {0, 0, 0, 1005, 1995, 0};
    const std::uint16_t keys[] = {1, 1, 0, 1, 1025, 0, 1, 2};
    TIFFSetField(t, 33550, 3, scale);
    TIFFSetField(t, 33922, 6, tie);
    TIFFSetField(t, 34735, 8, keys);
    TIFFSetField(t, 42112,
                 "<GDALMetadata><Item name=\"DESCRIPTION\" sample=\"1\" role=\"description\">near "
                 "&amp; far</Item><Item name=\"SCALE\" sample=\"1\" role=\"scale\">0.5</Item>"
                 "</GDALMetadata>");
    TIFFSetField(t, TIFFTAG_XRESOLUTION, 254.0);
    TIFFSetField(t, TIFFTAG_YRESOLUTION, 0.0);
    TIFFSetField(t, TIFFTAG_ORIENTATION, 6);
    TIFFSetField(t, TIFFTAG_SOFTWARE, "made");
  };
  const auto reduced = [](TIFF* t) { TIFFSetField(t, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE); };
  const MadeTiff tiled{.tile = 16};
  const Picture full = test_picture(64, 48, SampleType::u8, 3),
                half = test_picture(32, 24, SampleType::u8, 3),
                quarter = test_picture(16, 12, SampleType::u8, 3),
                second = test_picture(20, 9, SampleType::u16, 1);
  add_directory(tiff, full, tiled, full_tags);
  add_directory(tiff, quarter, tiled, reduced);
  add_directory(tiff, half, tiled, reduced);
  add_directory(tiff, second, {});
  TIFFClose(tiff);

  const auto source = open_bytes(bytes);
  const ImageInfo& info = source->info();
  REQUIRE(info.levels.size() == 3);
  CHECK(info.levels[1].width == 32);
  CHECK(info.geo->a == std::array<double, 6>{1000, 10, 0, 2000, 0, -10});
  CHECK(info.bands[1].name == "near & far");
  CHECK(info.bands[1].scale == 0.5);
  CHECK(info.resolution.x == 10);
  CHECK(info.resolution.y == 0);
  CHECK(info.orientation == 6);
  CHECK(info.meta().items.at("Software") == "made");
  const auto level = open_bytes(bytes, {.level = 1});
  CHECK(level->info().geo->a == std::array<double, 6>{1000, 20, 0, 2000, 0, -20});
  CHECK(level->info().resolution.x == 5);
  CHECK(sample_difference(read_all(*level), half) == "");
  CHECK(sample_difference(read_all(*open_bytes(bytes, {.page = 3})), second) == "");
  CHECK_THROWS_WITH(open_bytes(bytes, {.level = 3}),
                    "made.tif: there is no level 3: page 0 has 3 (0 to 2)");
  CHECK_THROWS_WITH(open_bytes(bytes, {.page = 4}),
                    "made.tif: there is no page 4: the file has 4 (0 to 3)");
}

TEST_CASE("tiff: uncompressed strips of any height become blocks", "[tiff]") {
  const Picture picture = test_picture(1000, 3000, SampleType::u8, 1);
  for (const std::int64_t rows : {1, 7, 3000}) {
    const auto source = open_bytes(make_tiff(picture, {.rows_per_strip = rows}));
    const BlockGrid grid = source->grid();
    CHECK(grid.block_height * 1000 > 400000);
    CHECK(grid.block_height * 1000 < 600000);
    std::vector<ByteRange> ranges;
    source->locate(1, ranges);
    CHECK(ranges.size() == 1);
    CHECK(sample_difference(read_all(*source), picture) == "");
  }
}

TEST_CASE("tiff: errors name the block and its place", "[tiff]") {
  const Picture picture = test_picture(64, 64, SampleType::u8, 3);
  std::vector<std::byte> bytes =
      make_tiff(picture, {.compression = COMPRESSION_ADOBE_DEFLATE, .tile = 32});
  const auto source = open_bytes(bytes);
  std::vector<ByteRange> ranges;
  source->locate(3, ranges);
  for (std::int64_t i = 0; i < 20; ++i)
    bytes[static_cast<std::size_t>(ranges[0].offset + i)] = std::byte{0xFF};
  CHECK_THROWS_WITH(
      read_all(*open_bytes(bytes)),
      fmt::format("made.tif: tile 3 at (32, 32), byte {}: corrupt deflate data", ranges[0].offset));
}

TEST_CASE("tiff: a deflate stream longer than its block is checked to its end", "[tiff]") {
  // One stored block of eight bytes, and their checksum.
  std::vector<std::byte> stream;
  for (const int byte : {0x78, 0x01, 0x01, 8, 0, 0xF7, 0xFF})
    stream.push_back(static_cast<std::byte>(byte));
  for (const char letter : std::string("abcdefgh"))
    stream.push_back(static_cast<std::byte>(letter));
  for (const int byte : {0x0E, 0x00, 0x03, 0x25})
    stream.push_back(static_cast<std::byte>(byte));
  std::vector<std::byte> block(5);
  tiff::decode_block(tiff::compression::kDeflate, stream, block);
  CHECK(block[4] == std::byte{'e'});
  stream[12] = std::byte{'x'};
  CHECK_THROWS_WITH(tiff::decode_block(tiff::compression::kDeflate, stream, block),
                    contains("corrupt deflate data"));
}

TEST_CASE("tiff: damaged files never do more than throw", "[tiff][fuzz]") {
  TIFFSetWarningHandler(nullptr);
  const Picture picture = test_picture(40, 33, SampleType::u8, 3);
  std::uint64_t seed = 1;
  const auto next = [&seed] {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(seed >> 33);
  };
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
                                COMPRESSION_ZSTD, COMPRESSION_PACKBITS, COMPRESSION_JPEG})
    for (const std::int64_t tile : {0, 16}) {
      const std::vector<std::byte> good =
          make_tiff(picture, {.compression = compression, .tile = tile, .big = tile != 0});
      for (int round = 0; round < 150; ++round) {
        std::vector<std::byte> bytes = good;
        for (std::size_t hits = 1 + next() % 4; hits > 0; --hits)
          bytes[next() % bytes.size()] = static_cast<std::byte>(next());
        if (round % 5 == 0) bytes.resize(next() % bytes.size());
        try {
          const auto source = open_bytes(bytes);
          if (source->info().bytes() > 10'000'000 || source->grid().count() > 10000) continue;
          for_each_tile(*source, best_isa(), 0xA5, 0, [](const TileView&) {});
        } catch (const Error& error) {
          CHECK(error.kind() != ErrorKind::internal);
          CHECK(error.file() == "made.tif");
        }
        list_tiff(bytes_in_memory(good, "made.tif"));
      }
    }
}

}  // namespace sluice
