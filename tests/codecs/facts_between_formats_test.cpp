// What is known of an image, written as PNG and JPEG: EXIF, XMP, orientation, few bits, white at 0.
#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "codecs/exif.hpp"
#include "codecs/format.hpp"
#include "codecs/shown_samples.hpp"
#include "engine/run.hpp"
#include "support/apply_chain.hpp"
#include "support/picture.hpp"
#include "support/read_source.hpp"
#include "support/temporary_folder.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using Bytes = std::vector<std::byte>;

void put(Bytes& to, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i)
    to.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void put_entry(Bytes& to, int tag, int type, std::uint32_t value) {
  put(to, static_cast<std::uint32_t>(tag), 2);
  put(to, static_cast<std::uint32_t>(type), 2);
  put(to, 1, 4);
  put(to, value, 4);
}

/// Orientation 6, the size 640 x 480 as 16-bit numbers, and a thumbnail of 8 bytes at the end.
Bytes camera_exif() {
  Bytes exif;
  put(exif, 0x4949, 2), put(exif, 42, 2), put(exif, 8, 4);
  put(exif, 3, 2);                 // at 8
  put_entry(exif, 271, 2, 0x58);   // Make: "X"
  put_entry(exif, 274, 3, 6);      // Orientation
  put_entry(exif, 34665, 4, 50);   // the camera's directory
  put(exif, 80, 4);                // at 46: the thumbnail's
  put(exif, 2, 2);                 // at 50
  put_entry(exif, 40962, 3, 640);  // PixelXDimension
  put_entry(exif, 40963, 3, 480);  // PixelYDimension
  put(exif, 0, 4);                 // at 76
  put(exif, 2, 2);                 // at 80
  put_entry(exif, 513, 4, 110);    // JPEGInterchangeFormat
  put_entry(exif, 514, 4, 8);      // JPEGInterchangeFormatLength
  put(exif, 0, 4);                 // at 106
  for (int i = 0; i < 8; ++i)
    exif.push_back(std::byte{0xAB});
  return exif;
}

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Picture reread(const Picture& picture, const std::string& path) {
  const Image image = image_of(picture);
  write(image, {.to = path, .overwrite = true});
  run(image.graph());
  const auto source = open_image(path);
  Picture got = read_all(*source);
  got.info = source->info();
  return got;
}

}  // namespace

TEST_CASE("EXIF data is brought in line with the image", "[exif]") {
  ImageInfo info = make_info(70000, 10, SampleType::u8, 3, Colour::rgb);
  auto metadata = std::make_shared<Metadata>();
  metadata->exif = camera_exif();
  info.metadata = metadata;
  for (const int orientation : {1, 8}) {
    info.orientation = orientation;
    const Bytes exif = exif_of(info);
    CHECK(exif_facts(exif).orientation == orientation);
    CHECK(text_of(exif).find("\xAB\xAB") == std::string::npos);  // the thumbnail
    Bytes size;
    put_entry(size, 40962, 4, 70000);
    put_entry(size, 40963, 4, 10);
    CHECK(text_of(exif).find(text_of(size)) != std::string::npos);
    Bytes make;
    put_entry(make, 271, 2, 0x58);
    CHECK(text_of(exif).find(text_of(make)) != std::string::npos);
  }
}

TEST_CASE("EXIF data is made for an image that is not upright, and broken data left out",
          "[exif]") {
  ImageInfo info = make_info(2, 2, SampleType::u8, 1);
  CHECK(exif_of(info).empty());
  info.orientation = 5;
  CHECK(exif_facts(exif_of(info)).orientation == 5);
  auto metadata = std::make_shared<Metadata>();
  metadata->exif = {std::byte{'x'}, std::byte{'y'}};
  info.metadata = metadata;
  CHECK(exif_facts(exif_of(info)).orientation == 5);
  info.orientation = 1;
  CHECK(exif_of(info).empty());
  // Cut off anywhere, or with any byte changed: never beyond the data.
  const Bytes whole = camera_exif();
  info.orientation = 3;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto cut = std::make_shared<Metadata>();
    cut->exif.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i));
    info.metadata = cut;
    exif_of(info);
    for (const int value : {0, 1, 0x7F, 0xFF}) {
      auto changed = std::make_shared<Metadata>();
      changed->exif = whole;
      changed->exif[i] = static_cast<std::byte>(value);
      info.metadata = changed;
      exif_of(info);
    }
  }
}

TEST_CASE("orientation, EXIF and XMP pass from format to format", "[exif]") {
  const TemporaryFolder folder;
  Picture picture = random_picture(make_info(33, 20, SampleType::u8, 3, Colour::rgb), 1);
  for (const char* name : {"o.png", "o.jpg"}) {
    INFO(name);
    picture.info.metadata = nullptr;
    picture.info.orientation = 6;
    CHECK(reread(picture, folder.file(name)).info.orientation == 6);
    auto metadata = std::make_shared<Metadata>();
    metadata->exif = camera_exif();
    const std::string xmp =
        "<x tiff:Orientation=\"6\" b='1'><tiff:Orientation>6</tiff:Orientation>";
    const auto* const bytes = reinterpret_cast<const std::byte*>(xmp.data());
    metadata->xmp.assign(bytes, bytes + xmp.size());
    picture.info.metadata = metadata;
    picture.info.orientation = 1;
    const ImageInfo got = reread(picture, folder.file(name)).info;
    CHECK(got.orientation == 1);
    CHECK(text_of(got.meta().xmp) ==
          "<x tiff:Orientation=\"1\" b='1'><tiff:Orientation>1</tiff:Orientation>");
  }
}

TEST_CASE("few bits and white at 0 are shown as they are meant", "[shown]") {
  ImageInfo info = make_info(1, 1, SampleType::u8, 1, Colour::grey);
  CHECK_FALSE(ShownSamples(info).changes());
  info.bits = 1;
  CHECK(ShownSamples(info).shown(1) == 255);
  CHECK(ShownSamples(info).shown(0) == 0);
  CHECK(ShownSamples(info).shown(7) == 255);
  info.bits = 4;
  CHECK(ShownSamples(info).shown(7) == 119);
  info.white_is_zero = true;
  CHECK(ShownSamples(info).shown(0) == 255);
  CHECK(ShownSamples(info).shown(15) == 0);
  info.type = SampleType::u16;
  info.bits = 12;
  CHECK(ShownSamples(info).shown(4095) == 0);
  CHECK(ShownSamples(info).shown(0) == 65535);
  info.white_is_zero = false;
  CHECK(ShownSamples(info).shown(1) == 16);

  const TemporaryFolder folder;
  for (const SampleType type : {SampleType::u8, SampleType::u16}) {
    Picture picture(make_info(7, 3, type, 1, Colour::grey));
    for (std::int64_t x = 0; x < 7; ++x)
      for (std::int64_t y = 0; y < 3; ++y)
        picture.set(0, x, y, static_cast<double>((x + y) % 4));
    picture.info.bits = 2;
    picture.info.white_is_zero = true;
    const Picture got = reread(picture, folder.file("o.png"));
    const double most = type == SampleType::u8 ? 255 : 65535;
    for (std::int64_t x = 0; x < 7; ++x)
      CHECK(got.get(0, x, 1) == most - most / 3 * static_cast<double>((x + 1) % 4));
    CHECK(got.info.bits == 0);
    CHECK_FALSE(got.info.white_is_zero);
  }
  Picture grey(make_info(64, 64, SampleType::u8, 1, Colour::grey));
  grey.info.white_is_zero = true;
  CHECK(reread(grey, folder.file("o.jpg")).get(0, 5, 5) == 255);
}

TEST_CASE("what PNG and JPEG do not hold is told once", "[format]") {
  const TemporaryFolder folder;
  Picture picture = random_picture(make_info(9, 9, SampleType::u8, 3, Colour::rgb), 1);
  picture.info.geo = Affine{{1000, 10, 0, 2000, 0, -10}};
  picture.info.bands[0].name = "blood";
  picture.info.magnification = 20;
  for (const char* name : {"o.png", "o.jpg"}) {
    const Image image = image_of(picture);
    write(image, {.to = folder.file(name)});
    RunOptions options;
    std::vector<std::string> told;
    options.warning = [&](const std::string& text) { told.push_back(text); };
    run(image.graph(), options);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Matchers::Contains("does not hold the place on the ground, names "
                                                  "and texts of the bands, the magnification"));
  }
}
