// What is written is what libtiff reads: types, layouts, compressions, predictors, awkward sizes.
#include <fmt/format.h>

#include <array>
#include <numeric>

#include "engine/declare_step.hpp"
#include "support/catch.hpp"
#include "tiff_write_support.hpp"

namespace sluice::test {
namespace {

constexpr std::array kTypes{SampleType::u8,  SampleType::i8,  SampleType::u16, SampleType::i16,
                            SampleType::u32, SampleType::i32, SampleType::u64, SampleType::i64,
                            SampleType::f32, SampleType::f64};
constexpr std::array<std::pair<std::int64_t, std::int64_t>, 5> kSizes{
    {{1, 1}, {3, 8}, {257, 1}, {1, 300}, {133, 101}}};

/// Noise with runs, so that compressors find something.
Picture picture_of(std::int64_t width, std::int64_t height, SampleType type, int channels,
                   Colour colour = Colour::multiband) {
  Picture p = random_picture(make_info(width, height, type, channels, colour), 5);
  const std::size_t bytes = size_of(type);
  for (int c = 0; c < channels; ++c)
    for (std::int64_t y = height / 3; y < height / 2; ++y)
      for (std::int64_t x = 1; x < width; ++x)
        std::copy_n(p.samples.begin() + static_cast<std::ptrdiff_t>(p.index(c, 0, y) * bytes),
                    bytes,
                    p.samples.begin() + static_cast<std::ptrdiff_t>(p.index(c, x, y) * bytes));
  return p;
}

void check_round_trip(const Picture& picture, const TiffWriteOptions& options) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.tif");
  write_tiff(picture, path, options);
  CHECK(difference(picture, read_tiff(path)) == "");
  CHECK(folder.names() == std::vector<std::string>{"a.tif"});
}

TEST_CASE("every type, compression and layout comes back through libtiff", "[tiff]") {
  for (const SampleType type : kTypes)
    for (const auto compression : {TiffCompression::none, TiffCompression::deflate,
                                   TiffCompression::zstd, TiffCompression::lzw})
      for (const auto predictor :
           {TiffPredictor::none, TiffPredictor::automatic, TiffPredictor::horizontal})
        for (const auto layout : {TiffLayout::tiled, TiffLayout::strips})
          for (const auto& [width, height] : kSizes) {
            if (compression == TiffCompression::none && predictor == TiffPredictor::horizontal)
              continue;
            const int channels = 1 + static_cast<int>(width % 4);
            INFO(name_of(type) << " " << option_types::show(compression) << " "
                               << option_types::show(predictor) << " " << option_types::show(layout)
                               << " " << width << "x" << height);
            TiffWriteOptions options{
                .layout = layout, .compression = compression, .predictor = predictor};
            if (layout == TiffLayout::tiled)
              options.tile = {64, 48};
            else
              options.rows_per_strip = 37;
            check_round_trip(picture_of(width, height, type, channels), options);
          }
}

TEST_CASE("BigTIFF and classic TIFF hold the same pixels", "[tiff]") {
  const Picture picture = picture_of(533, 401, SampleType::u8, 3, Colour::rgb);
  for (const auto compression : {TiffCompression::none, TiffCompression::deflate})
    for (const auto& [big, magic] : {std::pair{TiffBig::yes, 43}, std::pair{TiffBig::no, 42}}) {
      const TemporaryFolder folder;
      TiffWriteOptions options;
      options.compression = compression;
      options.bigtiff = big;
      write_tiff(picture, folder.file("a.tif"), options);
      CHECK(file_bytes(folder.file("a.tif")).at(2) == magic);
      CHECK(difference(picture, read_tiff(folder.file("a.tif"))) == "");
    }
}

TEST_CASE("channels beyond the kernels' four", "[tiff]") {
  for (const int channels : {5, 12, 300})
    check_round_trip(picture_of(70, 33, SampleType::u16, channels), {.tile = {16}});
  TiffWriteOptions options;
  options.compression = TiffCompression::deflate;
  check_round_trip(picture_of(70, 33, SampleType::f32, 7), options);
  check_round_trip(picture_of(2, 2, SampleType::u8, 65535), {});
}

TEST_CASE("the same bytes whatever lies around the pixels, on every instruction set", "[tiff]") {
  const TemporaryFolder folder;
  for (const auto compression :
       {TiffCompression::none, TiffCompression::deflate, TiffCompression::zstd,
        TiffCompression::lzw, TiffCompression::jpeg}) {
    const Picture picture = picture_of(133, 101, SampleType::u8, 3, Colour::rgb);
    TiffWriteOptions options;
    options.compression = compression;
    options.file.overwrite = true;
    options.tile = {64};
    write_tiff(picture, folder.file("a.tif"), options, Isa::sse4, 0);
    const std::vector<char> expected = file_bytes(folder.file("a.tif"));
    for (const Isa isa : available_isas())
      for (const int poison : {0xA5, 0xFF}) {
        write_tiff(picture, folder.file("a.tif"), options, isa, poison);
        CHECK(file_bytes(folder.file("a.tif")) == expected);
      }
  }
}

TEST_CASE("tiles at the edge are filled by repetition", "[tiff]") {
  const TemporaryFolder folder;
  const Picture picture = picture_of(19, 21, SampleType::u16, 3);
  write_tiff(picture, folder.file("a.tif"), {.tile = {16}});
  const Picture blocks = read_tiff_blocks(folder.file("a.tif"));
  REQUIRE(blocks.width() == 32);
  REQUIRE(blocks.height() == 32);
  for (int c = 0; c < 3; ++c)
    for (std::int64_t y = 0; y < 32; ++y)
      for (std::int64_t x = 0; x < 32; ++x)
        REQUIRE(blocks.get(c, x, y) ==
                picture.get(c, std::min<std::int64_t>(x, 18), std::min<std::int64_t>(y, 20)));
}

/// Largest and mean absolute difference.
std::pair<double, double> distance(const Picture& a, const Picture& b) {
  double most = 0, sum = 0;
  for (int c = 0; c < a.channels(); ++c)
    for (std::int64_t y = 0; y < a.height(); ++y)
      for (std::int64_t x = 0; x < a.width(); ++x) {
        const double d = std::abs(a.get(c, x, y) - b.get(c, x, y));
        most = std::max(most, d);
        sum += d;
      }
  return {most, sum / static_cast<double>(a.samples.size())};
}

TEST_CASE("JPEG stays near the picture and carries its tables once", "[tiff]") {
  for (const auto colour : {Colour::rgb, Colour::multiband, Colour::grey})
    for (const auto layout : {TiffLayout::tiled, TiffLayout::strips})
      for (const auto subsampling : {JpegSubsampling::s420, JpegSubsampling::s444})
        for (const auto& [width, height] : kSizes) {
          const int channels = colour == Colour::grey ? 1 : 3;
          Picture picture(make_info(width, height, SampleType::u8, channels, colour));
          for (int c = 0; c < channels; ++c)
            for (std::int64_t y = 0; y < height; ++y)
              for (std::int64_t x = 0; x < width; ++x)
                picture.set(c, x, y, static_cast<double>((x + y * (c + 1) / 2 + 40 * c) % 512 / 2));
          const TemporaryFolder folder;
          TiffWriteOptions options;
          options.layout = layout;
          options.compression = TiffCompression::jpeg;
          options.subsampling = subsampling;
          options.quality = 95;
          if (layout == TiffLayout::tiled) options.tile = {64, 48};
          write_tiff(picture, folder.file("a.tif"), options);
          const auto [most, mean] = distance(picture, read_tiff(folder.file("a.tif")));
          INFO(option_types::show(layout) << " " << option_types::show(subsampling) << " " << width
                                          << "x" << height << " colour " << int(colour));
          CHECK(most <= 16);
          CHECK(mean <= 1.5);
          const TiffHandle tiff = open_tiff(folder.file("a.tif"));
          const bool ycbcr = colour == Colour::rgb;
          CHECK(tiff_number(tiff.get(), TIFFTAG_PHOTOMETRIC) ==
                (ycbcr ? PHOTOMETRIC_YCBCR : PHOTOMETRIC_MINISBLACK));
          std::uint32_t count = 0;
          void* tables = nullptr;
          CHECK(TIFFGetField(tiff.get(), TIFFTAG_JPEGTABLES, &count, &tables));
          std::uint16_t h = 0, v = 0;
          TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_YCBCRSUBSAMPLING, &h, &v);
          if (ycbcr) CHECK(h == (subsampling == JpegSubsampling::s420 ? 2 : 1));
        }
}

TEST_CASE("the worst picture for JPEG fits its bound", "[tiff]") {
  const TemporaryFolder folder;
  TiffWriteOptions options;
  options.compression = TiffCompression::jpeg;
  options.quality = 100;
  options.subsampling = JpegSubsampling::s444;
  Picture noise = random_picture(make_info(512, 512, SampleType::u8, 3, Colour::rgb), 3);
  for (std::byte& sample : noise.samples)
    sample = (static_cast<int>(sample) & 1) != 0 ? std::byte{255} : std::byte{0};
  write_tiff(noise, folder.file("a.tif"), options);
  CHECK(read_tiff(folder.file("a.tif")).width() == 512);
}

/// "" when the image is refused with a message that holds `reason`.
std::string refusal(const ImageInfo& info, const TiffWriteOptions& options,
                    const std::string& reason) {
  try {
    make_tiff_sink(info, "unwritten.tif", options);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.file() == "unwritten.tif");
    return error.reason().find(reason) == std::string::npos ? error.reason() : "";
  }
  return "accepted";
}

TEST_CASE("what cannot be written is refused before any file exists", "[tiff]") {
  const ImageInfo rgb = make_info(100, 100, SampleType::u8, 3, Colour::rgb);
  const ImageInfo f32 = make_info(100, 100, SampleType::f32, 1);
  TiffWriteOptions jpeg;
  jpeg.compression = TiffCompression::jpeg;
  CHECK(refusal(f32, jpeg, "u8 samples, not f32") == "");
  CHECK(refusal(make_info(9, 9, SampleType::u8, 5), jpeg, "1 or 3 bands, not 5") == "");
  CHECK(refusal(make_info(9, 9, SampleType::u8, 4, Colour::rgb), jpeg, "alpha") == "");
  CHECK(refusal(rgb, {.tile = {100}}, "multiples of 16, not 100") == "");
  CHECK(refusal(rgb, {.tile = {0}}, "multiples of 16") == "");
  CHECK(refusal(rgb, {.tile = {16, 16, 16}}, "[width, height]") == "");
  CHECK(refusal(rgb, {.tile = {1 << 20, 1 << 20}}, "smaller") == "");
  CHECK(refusal(rgb, {.rows_per_strip = 5}, "strips") == "");
  CHECK(refusal(rgb, {.level = 5}, "deflate and zstd") == "");
  CHECK(refusal(rgb, {.quality = 5}, "jpeg") == "");
  CHECK(refusal(rgb, {.predictor = TiffPredictor::horizontal}, "predictor") == "");
  TiffWriteOptions deflate;
  deflate.compression = TiffCompression::deflate;
  deflate.predictor = TiffPredictor::floating;
  CHECK(refusal(rgb, deflate, "f32 and f64") == "");
  deflate.level = 13;
  CHECK(refusal(f32, deflate, "1 to 12, not 13") == "");
  TiffWriteOptions classic;
  classic.bigtiff = TiffBig::no;
  CHECK(refusal(make_info(40000, 40000, SampleType::u8, 3), classic, "4846585485 bytes") == "");
  CHECK(refusal(make_info(std::int64_t{1} << 33, 1, SampleType::u8, 1), {}, "4294967295") == "");
  CHECK(refusal(make_info(1, 1, SampleType::u8, 65536), {}, "65535") == "");
  ImageInfo mixed = rgb;
  mixed.bands[1].nodata = 7;
  CHECK(refusal(mixed, {}, "band 2: 7") == "");
  CHECK(refusal(rgb, {.nodata = 300}, "not a value of u8") == "");
  ImageInfo holes = make_info(9, 9, SampleType::i32, 1);
  holes.validity = Validity::common;
  CHECK(refusal(holes, {}, "'nodata'") == "");
}

TEST_CASE("a sink for 10^12 pixels is made at once and holds 4 bytes a block", "[tiff]") {
  TiffWriteOptions options;
  options.compression = TiffCompression::deflate;
  const auto sink =
      make_tiff_sink(make_info(1000000, 1000000, SampleType::u8, 3, Colour::rgb), "u.tif", options);
  CHECK(sink->grid().count() == 15264649);
  CHECK(sink->held_bytes() < 15264649 * 4 + (1 << 20));
}

}  // namespace
}  // namespace sluice::test
