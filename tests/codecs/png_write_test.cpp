// PNG writing, read back by libpng.
#include <fmt/format.h>

#include <cstring>

#include "codecs/png/filter.hpp"
#include "codecs/png/png.hpp"
#include "engine/error.hpp"
#include "png_support.hpp"
#include "support/catch.hpp"
#include "support/jpeg_support.hpp"
#include "support/read_source.hpp"
#include "tiff_write_support.hpp"

namespace sluice::test {
namespace {

using Bytes = std::vector<std::byte>;

Bytes write_png(const Picture& picture, const PngWriteOptions& options = {}, Isa isa = best_isa(),
                int poison = 0xA5) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.png");
  const auto sink = make_png_sink(picture.info, path, options);
  write_blocks(*sink, picture, isa, poison);
  const Bytes bytes = bytes_of_file(path);
  CHECK(sink->bytes_written() == static_cast<std::int64_t>(bytes.size()));
  CHECK(folder.names() == std::vector<std::string>{"a.png"});
  return bytes;
}

std::string refusal(const ImageInfo& info, const PngWriteOptions& options = {}) {
  try {
    make_png_sink(info, "no such folder/a.png", options);
    return "";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.file() == "no such folder/a.png");
    return error.reason();
  }
}

bool contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  UNSCOPED_INFO(text);
  return false;
}

Picture noise(std::int64_t width, std::int64_t height, SampleType type, int channels) {
  return random_picture(
      make_info(width, height, type, channels, channels < 3 ? Colour::grey : Colour::rgb), 3);
}

constexpr PngFilter kFilters[] = {PngFilter::automatic, PngFilter::none,    PngFilter::sub,
                                  PngFilter::up,        PngFilter::average, PngFilter::paeth,
                                  PngFilter::adaptive};

}  // namespace

TEST_CASE("png round trips", "[png]") {
  const std::pair<int, int> sizes[] = {{1, 1}, {3, 8}, {257, 1}, {1, 300}, {533, 401}};
  for (const auto& [width, height] : sizes)
    for (const SampleType type : {SampleType::u8, SampleType::u16})
      for (int channels = 1; channels <= 4; ++channels) {
        const Picture picture = noise(width, height, type, channels);
        for (const PngFilter filter : kFilters) {
          INFO(width << " x " << height << " x " << channels << " " << name_of(type) << ", filter "
                     << static_cast<int>(filter));
          const Bytes file = write_png(picture, {.level = 1, .filter = filter});
          CHECK(difference(libpng_decode(file), picture) == "");
        }
      }
}

TEST_CASE("png in several bands", "[png]") {
  for (const int channels : {1, 3}) {
    const Picture picture = smooth_picture(1500, 1100, channels);
    const auto sink = make_png_sink(picture.info, "a.png");
    CHECK(sink->grid().count() > 2);
    for (const int level : {0, 1, 6, 9}) {
      const Bytes file = write_png(picture, {.level = level});
      CHECK(difference(libpng_decode(file), picture) == "");
      CHECK(difference(read_all(*open_png(in_memory(file))), picture) == "");
    }
    const Bytes file = write_png(picture);
    for (const Isa isa : available_isas())
      CHECK(write_png(picture, {}, isa, 0x3C) == file);
    // Bands cost little.
    CHECK(file.size() * 100 < libpng_encode(picture).size() * 104);
  }
}

TEST_CASE("png keeps to its bounds on noise", "[png]") {
  // write_blocks checks encoded_bound, and the encoder refuses to pass it.
  for (int level = 0; level <= 9; ++level) {
    const Picture picture = noise(601, 500, SampleType::u16, 1);
    CHECK(libpng_decode(write_png(picture, {.level = level})).height() == 500);
    const Picture narrow = noise(1, 3000, SampleType::u8, 1);
    CHECK(libpng_decode(write_png(narrow, {.level = level})).height() == 3000);
  }
}

TEST_CASE("png encoders keep to encoder_bytes", "[png]") {
  if (!kMallocTells) return;
  const Picture picture = noise(300, 200, SampleType::u8, 3);
  const auto sink = make_png_sink(picture.info, "a.png");
  const Rect rect = sink->grid().rect(0);
  std::vector<std::byte> pixels(static_cast<std::size_t>(
      tile_layout(rect.width, rect.height, SampleType::u8, 3, false).bytes + 64));
  std::vector<std::byte> scratch(static_cast<std::size_t>(sink->scratch_bytes() + 64));
  std::vector<std::byte> to(static_cast<std::size_t>(sink->encoded_bound()));
  const TileView tile = tile_at(pixels.data(), rect, SampleType::u8, 3, false);
  const std::int64_t before = allocated_bytes();
  sink->encode(0, tile, to, {best_isa(), scratch.data()});
  const std::int64_t held = allocated_bytes() - before;
  CHECK(held <= sink->encoder_bytes());
  CHECK(held * 2 >= sink->encoder_bytes());
}

TEST_CASE("png filters", "[png]") {
  const std::uint8_t above[] = {10, 20, 30, 40, 50, 60};
  const std::uint8_t row[] = {11, 25, 29, 90, 0, 255};
  using png::RowFilter;
  const auto filtered = [&](RowFilter filter) {
    std::vector<int> all(6);
    std::uint8_t to[6];
    png::apply_filter(filter, row, above, 6, 2, to);
    std::copy(to, to + 6, all.begin());
    return all;
  };
  CHECK(filtered(RowFilter::none) == std::vector<int>{11, 25, 29, 90, 0, 255});
  CHECK(filtered(RowFilter::sub) == std::vector<int>{11, 25, 18, 65, 227, 165});
  CHECK(filtered(RowFilter::up) == std::vector<int>{1, 5, 255, 50, 206, 195});
  CHECK(filtered(RowFilter::average) == std::vector<int>{6, 15, 9, 58, 217, 180});
  CHECK(filtered(RowFilter::paeth) == std::vector<int>{1, 5, 255, 50, 206, 165});
  const std::uint8_t costs[] = {0, 1, 255, 128, 127};
  CHECK(png::filter_cost(costs, 5) == 0 + 1 + 1 + 128 + 127);
}

TEST_CASE("png metadata comes back", "[png]") {
  Picture picture = noise(40, 30, SampleType::u8, 3);
  auto metadata = std::make_shared<Metadata>();
  metadata->icc.resize(5000, std::byte{7});
  std::memcpy(metadata->icc.data() + 16, "RGB ", 4);
  metadata->description =
      "sm\xC3\xB8rrebr\xC3\xB8"
      "d";
  metadata->items = {{"Title", "\xE6\xBC\xA2"},
                     {"png.text.odd key", "x"},
                     {"png.text. \x01", "no keyword"},
                     {"aperio.MPP", "0.5"}};
  picture.info.metadata = metadata;
  picture.info.resolution = {11.811, 5};
  const Bytes file = write_png(picture);
  const auto source = open_png(in_memory(file));
  const Metadata& meta = source->info().meta();
  CHECK(meta.icc == metadata->icc);
  CHECK(meta.description == metadata->description);
  CHECK(meta.items ==
        std::map<std::string, std::string>{{"Title", "\xE6\xBC\xA2"}, {"png.text.odd key", "x"}});
  CHECK(source->info().resolution == Resolution{11.811, 5});
  Picture grey = noise(40, 30, SampleType::u8, 1);
  grey.info.metadata = metadata;
  CHECK(open_png(in_memory(write_png(grey)))->info().meta().icc.empty());
}

TEST_CASE("png palettes and nodata come back", "[png]") {
  Picture picture = noise(40, 30, SampleType::u8, 1);
  for (std::byte& b : picture.samples)
    b &= std::byte{3};
  auto metadata = std::make_shared<Metadata>();
  for (int i = 0; i < 12; ++i)
    metadata->palette.push_back(static_cast<std::uint16_t>(i * 20 * 257));
  SECTION("opacities") {
    metadata->palette_opacity = {0, 5 * 257, 65535, 65535};
  }
  SECTION("nodata") {
    picture.info.bands[0].nodata = 2;
  }
  SECTION("opaque") {}
  picture.info.colour = Colour::palette;
  picture.info.bands[0].role = BandRole::palette;
  picture.info.metadata = metadata;
  const auto source = open_png(in_memory(write_png(picture)));
  CHECK(source->info().colour == Colour::palette);
  CHECK(source->info().meta().palette == metadata->palette);
  CHECK(source->info().meta().items == metadata->items);
  CHECK(source->info().bands == picture.info.bands);
  CHECK(difference(read_all(*source), picture) == "");

  Picture grey = noise(40, 30, SampleType::u16, 1);
  grey.info.bands[0].nodata = 40000;
  CHECK(open_png(in_memory(write_png(grey)))->info().bands[0].nodata == 40000);
}

TEST_CASE("png tells pixels without a value", "[png]") {
  for (const SampleType type : {SampleType::u8, SampleType::u16}) {
    for (int channels = 1; channels <= 4; ++channels) {
      Picture picture = noise(40, 30, type, channels);
      picture.info.validity = Validity::common;
      picture.validity.assign(40 * 30, 255);
      for (std::size_t i = 0; i < picture.validity.size(); i += 3)
        picture.validity[i] = 0;
      const double most = range_of(type).second;
      const auto valid = [&](std::int64_t x, std::int64_t y) {
        return picture.validity[picture.index(0, x, y)] != 0;
      };
      const bool has_alpha = channels % 2 == 0;
      Picture expected(make_info(40, 30, type, channels + (has_alpha ? 0 : 1)));
      for (int y = 0; y < 30; ++y)
        for (int x = 0; x < 40; ++x)
          for (int c = 0; c < expected.channels(); ++c) {
            double v = c < channels ? picture.get(c, x, y) : most;
            if (c + 1 == expected.channels() && !valid(x, y)) v = 0;
            expected.set(c, x, y, v);
          }
      CHECK(difference(libpng_decode(write_png(picture)), expected) == "");
      if (channels > 1) continue;
      picture.info.bands[0].nodata = 99;
      Picture filled(make_info(40, 30, type, 1));
      for (int y = 0; y < 30; ++y)
        for (int x = 0; x < 40; ++x)
          filled.set(0, x, y, valid(x, y) ? picture.get(0, x, y) : 99);
      CHECK(difference(libpng_decode(write_png(picture)), filled) == "");
    }
  }
}

TEST_CASE("png refuses what it cannot hold", "[png]") {
  const auto info = [](std::int64_t width, std::int64_t height, SampleType type, int channels,
                       Colour colour = Colour::rgb) {
    return make_info(width, height, type, channels, colour);
  };
  CHECK(contains(refusal(info(std::int64_t{1} << 31, 1, SampleType::u8, 1)), "write TIFF"));
  CHECK(contains(refusal(info(1, std::int64_t{1} << 31, SampleType::u8, 1)), "write TIFF"));
  CHECK(contains(refusal(info(9, 9, SampleType::f32, 3)), "cast to=u16 scale=range"));
  CHECK(contains(refusal(info(9, 9, SampleType::u8, 4, Colour::multiband)), "select"));
  CHECK(contains(refusal(info(9, 9, SampleType::u8, 3), {.level = 10}), "level 10"));
  ImageInfo image = info(9, 9, SampleType::u8, 4);
  image.alpha = Alpha::premultiplied;
  CHECK(contains(refusal(image), "unpremultiply"));
  image.alpha = Alpha::none;
  image.colour = Colour::cmyk;
  CHECK(contains(refusal(image), "CMYK"));
  image = info(9, 9, SampleType::u8, 1);
  image.colour = Colour::palette;
  CHECK(contains(refusal(image), "no palette"));
}

}  // namespace sluice::test
