// What goes along with the pixels: geo-reference, resolution, colour, nodata, profiles.
#include <array>
#include <cmath>
#include <limits>

#include "codecs/tiff/write_tags.hpp"
#include "support/catch.hpp"
#include "tiff_write_support.hpp"

namespace sluice::test {
namespace {

constexpr std::uint32_t kPixelScale = 33550, kTiePoint = 33922, kTransformation = 34264,
                        kNodata = 42113, kGdalMetadata = 42112;

/// Writes a picture of zeros and hands the open file to `look`.
template <class Look>
void written(const ImageInfo& info, Look look, const TiffWriteOptions& options = {}) {
  const TemporaryFolder folder;
  write_tiff(Picture(info), folder.file("a.tif"), options);
  const TiffHandle tiff = open_tiff(folder.file("a.tif"));
  REQUIRE(tiff);
  look(tiff.get());
}

std::shared_ptr<Metadata> with_keys(bool point) {
  auto meta = std::make_shared<Metadata>();
  meta->geo_keys.directory = {
      1,    1, 0, 3,    1024, 0, 1, 1, 1025, 0, 1, point ? std::uint16_t{2} : std::uint16_t{1},
      3072, 0, 1, 32633};
  meta->geo_keys.doubles = {1.5, -2.25};
  meta->geo_keys.ascii = "WGS 84 / UTM zone 33N|";
  return meta;
}

/// libtiff does not know these tags by name, so it is asked for them as it read them.
std::vector<double> doubles(TIFF* tiff, std::uint32_t tag) {
  std::uint32_t count = 0;
  void* values = nullptr;
  if (!TIFFGetField(tiff, tag, &count, &values)) return {};
  const auto* numbers = static_cast<const double*>(values);
  return {numbers, numbers + count};
}
std::string text(TIFF* tiff, std::uint32_t tag) {
  std::uint32_t count = 0;
  void* values = nullptr;
  if (!TIFFGetField(tiff, tag, &count, &values) || count == 0) return {};
  return {static_cast<const char*>(values), count - 1};
}

TEST_CASE("north-up maps are a scale and a tie point", "[tiff]") {
  ImageInfo info = make_info(10, 10, SampleType::u8, 1, Colour::grey);
  info.geo = Affine{{1000, 10, 0, 2000, 0, -10}};
  info.metadata = with_keys(false);
  written(info, [](TIFF* tiff) {
    CHECK(doubles(tiff, kPixelScale) == std::vector<double>{10, 10, 0});
    CHECK(doubles(tiff, kTiePoint) == std::vector<double>{0, 0, 0, 1000, 2000, 0});
    CHECK(doubles(tiff, kTransformation).empty());
    CHECK(doubles(tiff, 34736) == std::vector<double>{1.5, -2.25});
    CHECK(text(tiff, 34737) == "WGS 84 / UTM zone 33N|");
    std::uint32_t count = 0;
    void* keys = nullptr;
    REQUIRE(TIFFGetField(tiff, 34735, &count, &keys));
    const auto* numbers = static_cast<const std::uint16_t*>(keys);
    CHECK(std::vector<std::uint16_t>(numbers, numbers + count) ==
          with_keys(false)->geo_keys.directory);
  });
  info.metadata = with_keys(true);  // PixelIsPoint: the map is of centres
  written(info, [](TIFF* tiff) {
    CHECK(doubles(tiff, kTiePoint) == std::vector<double>{0, 0, 0, 1005, 1995, 0});
  });
}

TEST_CASE("other maps are a matrix", "[tiff]") {
  ImageInfo info = make_info(10, 10, SampleType::u8, 1, Colour::grey);
  for (const std::array<double, 6> a :
       {std::array<double, 6>{1000, 10, 3, 2000, 2, -10}, {1000, 10, 0, 2000, 0, 10}}) {
    info.geo = Affine{a};
    info.metadata = nullptr;
    written(info, [&](TIFF* tiff) {
      CHECK(doubles(tiff, kPixelScale).empty());
      CHECK(doubles(tiff, kTransformation) == std::vector<double>{a[1], a[2], 0, a[0], a[4], a[5],
                                                                  0, a[3],  //
                                                                  0, 0, 0, 0, 0, 0, 0, 1});
    });
    info.metadata = with_keys(true);
    written(info, [&](TIFF* tiff) {
      CHECK(doubles(tiff, kTransformation)[3] == a[0] + a[1] / 2 + a[2] / 2);
      CHECK(doubles(tiff, kTransformation)[7] == a[3] + a[4] / 2 + a[5] / 2);
    });
  }
}

TEST_CASE("nodata is written as GDAL writes it", "[tiff]") {
  ImageInfo info = make_info(4, 4, SampleType::f32, 2);
  const auto check = [&](double value, const std::string& expected) {
    for (BandInfo& band : info.bands)
      band.nodata = value;
    written(info, [&](TIFF* tiff) { CHECK(text(tiff, kNodata) == expected); });
  };
  check(-9999, "-9999");
  check(0.5, "0.5");
  check(std::numeric_limits<double>::quiet_NaN(), "nan");
  check(-3.4028234663852886e+38, "-3.4028234663852886e+38");
  TiffWriteOptions options;
  options.nodata = 7;
  written(
      info, [&](TIFF* tiff) { CHECK(text(tiff, kNodata) == "7"); }, options);
}

TEST_CASE("pixels without a value", "[tiff]") {
  const TemporaryFolder folder;
  const auto write_and_read = [&](const Picture& picture, const TiffWriteOptions& options = {}) {
    TiffWriteOptions all = options;
    all.file.overwrite = true;
    write_tiff(picture, folder.file("a.tif"), all);
    return read_tiff(folder.file("a.tif"));
  };
  ImageInfo info = make_info(70, 20, SampleType::u16, 3, Colour::rgb);
  info.validity = Validity::common;

  SECTION("become nodata") {
    for (BandInfo& band : info.bands)
      band.nodata = 77;
    const Picture picture = random_picture(info, 9);
    const Picture back = write_and_read(picture);
    for (int c = 0; c < 3; ++c)
      for (std::int64_t i = 0; i < 70 * 20; ++i)
        REQUIRE(
            back.get(c, i % 70, i / 70) ==
            (picture.validity[static_cast<std::size_t>(i)] ? picture.get(c, i % 70, i / 70) : 77));
  }
  SECTION("get an alpha band") {
    const Picture picture = random_picture(info, 9);
    const Picture back = write_and_read(picture);
    REQUIRE(back.channels() == 4);
    for (std::int64_t i = 0; i < 70 * 20; ++i) {
      REQUIRE(back.get(1, i % 70, i / 70) == picture.get(1, i % 70, i / 70));
      REQUIRE(back.get(3, i % 70, i / 70) ==
              (picture.validity[static_cast<std::size_t>(i)] ? 65535 : 0));
    }
  }
  SECTION("clear the alpha band that is there") {
    ImageInfo rgba = make_info(70, 20, SampleType::u8, 4, Colour::rgb);
    rgba.validity = Validity::common;
    const Picture picture = random_picture(rgba, 9);
    const Picture back = write_and_read(picture);
    REQUIRE(back.channels() == 4);
    for (std::int64_t i = 0; i < 70 * 20; ++i)
      REQUIRE(back.get(3, i % 70, i / 70) ==
              (picture.validity[static_cast<std::size_t>(i)] ? picture.get(3, i % 70, i / 70) : 0));
  }
  SECTION("become NaN in floating-point images") {
    ImageInfo floats = make_info(70, 20, SampleType::f32, 1);
    floats.validity = Validity::common;
    const Picture picture = random_picture(floats, 9);
    TiffWriteOptions options;
    options.compression = TiffCompression::deflate;
    const Picture back = write_and_read(picture, options);
    for (std::int64_t i = 0; i < 70 * 20; ++i)
      REQUIRE(std::isnan(back.get(0, i % 70, i / 70)) ==
              (picture.validity[static_cast<std::size_t>(i)] == 0));
    const TiffHandle tiff = open_tiff(folder.file("a.tif"));
    CHECK(text(tiff.get(), kNodata) == "nan");
  }
}

TEST_CASE("colour, alpha and further bands", "[tiff]") {
  const auto check = [](const ImageInfo& info, int photometric, std::vector<int> expected) {
    written(info, [&](TIFF* tiff) {
      CHECK(tiff_number(tiff, TIFFTAG_PHOTOMETRIC) == static_cast<std::uint32_t>(photometric));
      std::uint16_t count = 0;
      const std::uint16_t* extra = nullptr;
      TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &extra);
      CHECK(std::vector<int>(extra, extra + count) == expected);
    });
  };
  check(make_info(4, 4, SampleType::u8, 1, Colour::grey), PHOTOMETRIC_MINISBLACK, {});
  check(make_info(4, 4, SampleType::u8, 2, Colour::grey), PHOTOMETRIC_MINISBLACK, {2});
  check(make_info(4, 4, SampleType::u8, 3, Colour::rgb), PHOTOMETRIC_RGB, {});
  check(make_info(4, 4, SampleType::u8, 4, Colour::rgb), PHOTOMETRIC_RGB, {2});
  check(make_info(4, 4, SampleType::u16, 4), PHOTOMETRIC_MINISBLACK, {0, 0, 0});
  ImageInfo premultiplied = make_info(4, 4, SampleType::f32, 4, Colour::rgb);
  premultiplied.alpha = Alpha::premultiplied;
  check(premultiplied, PHOTOMETRIC_RGB, {1});
  ImageInfo cmyk = make_info(4, 4, SampleType::u8, 4);
  cmyk.colour = Colour::cmyk;
  check(cmyk, PHOTOMETRIC_SEPARATED, {});
  ImageInfo lab = make_info(4, 4, SampleType::u8, 3);
  lab.colour = Colour::lab;
  check(lab, PHOTOMETRIC_CIELAB, {});
}

TEST_CASE("a palette fills the colour map", "[tiff]") {
  ImageInfo info = make_info(4, 4, SampleType::u8, 1);
  info.colour = Colour::palette;
  auto meta = std::make_shared<Metadata>();
  meta->palette = {65535, 0, 257, 1, 2, 3};
  info.metadata = meta;
  written(info, [](TIFF* tiff) {
    CHECK(tiff_number(tiff, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_PALETTE);
    std::uint16_t *r = nullptr, *g = nullptr, *b = nullptr;
    REQUIRE(TIFFGetField(tiff, TIFFTAG_COLORMAP, &r, &g, &b));
    CHECK((r[0] == 65535 && g[0] == 0 && b[0] == 257));
    CHECK((r[1] == 1 && g[1] == 2 && b[1] == 3 && r[255] == 0));
  });
}

TEST_CASE("resolution, orientation, description, profile", "[tiff]") {
  ImageInfo info = make_info(4, 4, SampleType::u8, 3, Colour::rgb);
  auto meta = std::make_shared<Metadata>();
  meta->description = "Aperio Image Library v1|MPP = 0.499";
  meta->icc = {std::byte{1}, std::byte{2}, std::byte{0}, std::byte{3}, std::byte{4}};
  info.metadata = meta;
  info.orientation = 6;
  info.mpp_x = info.mpp_y = 0.499;
  const auto resolution = [](TIFF* tiff, std::uint32_t tag) {
    float value = 0;
    TIFFGetField(tiff, tag, &value);
    return static_cast<double>(value);
  };
  written(info, [&](TIFF* tiff) {
    CHECK(resolution(tiff, TIFFTAG_XRESOLUTION) == Approx(10000 / 0.499));
    CHECK(tiff_number(tiff, TIFFTAG_RESOLUTIONUNIT) == RESUNIT_CENTIMETER);
    CHECK(tiff_number(tiff, TIFFTAG_ORIENTATION) == 6);
    CHECK(tiff_text(tiff, TIFFTAG_IMAGEDESCRIPTION) ==
          "Aperio Image Library v1\r\n4x4|MPP = 0.499");
    CHECK(tiff_text(tiff, TIFFTAG_SOFTWARE) == "Sluice");
    std::uint32_t count = 0;
    const void* profile = nullptr;
    REQUIRE(TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &count, &profile));
    CHECK(count == 5);
  });
  info.resolution = {300 / 25.4, 150 / 25.4};
  written(info, [&](TIFF* tiff) {
    CHECK(resolution(tiff, TIFFTAG_XRESOLUTION) == Approx(300 / 2.54));
    CHECK(resolution(tiff, TIFFTAG_YRESOLUTION) == Approx(150 / 2.54));
  });
}

TEST_CASE("GDAL's metadata without what is stale", "[tiff]") {
  const std::string xml =
      "<GDALMetadata>\n"
      "  <Item name=\"AREA\">a &amp;amp; b</Item>\n"
      "  <Item name=\"STATISTICS_MAXIMUM\" sample=\"0\">255</Item>\n"
      "  <Item name=\"SCALE\" sample=\"0\" role=\"scale\">9</Item>\n"
      "  <Item name=\"EMPTY\"/>\n"
      "</GDALMetadata>\n";
  std::vector<BandInfo> bands(2);
  bands[1].name = "near <infra> red";
  bands[1].scale = 0.1;
  CHECK(tiff::gdal_metadata(xml, bands) ==
        "<GDALMetadata>\n"
        "  <Item name=\"AREA\">a &amp;amp; b</Item>\n"
        "  <Item name=\"EMPTY\"/>\n"
        "  <Item name=\"DESCRIPTION\" sample=\"1\" role=\"description\">near &amp;lt;infra&amp;gt; "
        "red</Item>\n"
        "  <Item name=\"SCALE\" sample=\"1\" role=\"scale\">0.100000000000000006</Item>\n"
        "</GDALMetadata>\n");
  CHECK(tiff::gdal_metadata("", {BandInfo{}}) == "");
  CHECK(tiff::gdal_metadata("<Item name=\"broken", {BandInfo{}}) == "");
}

}  // namespace
}  // namespace sluice::test
