// Files of any format: chosen by content on reading, by name on writing.
#include <tiffio.h>

#include "codecs/format.hpp"

#include <algorithm>
#include <fstream>

#include "codecs/jpeg/header.hpp"
#include "support/catch.hpp"
#include "tiff_write_support.hpp"

namespace sluice::test {
namespace {

template <class F>
void check_error(F f, ErrorKind kind, const std::string& part) {
  try {
    f();
    FAIL_CHECK("no error with: " << part);
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(error.kind() == kind);
    CHECK(std::string(error.what()).find(part) != std::string::npos);
  }
}

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("read and write as nodes of a graph", "[format]") {
  const TemporaryFolder folder;
  const Picture picture = random_picture(make_info(533, 401, SampleType::u16, 3, Colour::rgb), 1);
  for (const auto compression : {TiffCompression::none, TiffCompression::deflate}) {
    const auto graph = Graph::make();
    write(add_source(graph, picture_source(picture)),
          {.to = folder.file("a.TIFF"), .compression = compression, .overwrite = true});
    RunOptions run_options;
    run_options.threads = 2;
    run(*graph, run_options);
    CHECK(difference(picture, read_tiff(folder.file("a.TIFF"))) == "");
    CHECK(folder.names() == std::vector<std::string>{"a.TIFF"});
    const auto again = Graph::make();
    CHECK(difference(picture, pull(read(again, {.file = folder.file("a.TIFF")}))) == "");
  }
}

TEST_CASE("a quality chooses the same chroma in JPEG files and in TIFF", "[format]") {
  const TemporaryFolder folder;
  const Picture picture = random_picture(make_info(50, 40, SampleType::u8, 3, Colour::rgb), 1);
  const auto sampling = [&](const char* name, int quality) {
    WriteOptions options{.to = folder.file(name), .quality = quality, .overwrite = true};
    const bool tiff = options.to.ends_with(".tif");
    if (tiff) options.compression = TiffCompression::jpeg;
    const auto graph = Graph::make();
    write(add_source(graph, picture_source(picture)), options);
    run(*graph);
    if (!tiff) return jpeg::read_header(open_file(options.to)).components[0].horizontal;
    TIFF* const tif = TIFFOpen(options.to.c_str(), "r");
    REQUIRE(tif != nullptr);
    std::uint16_t across = 0, down = 0;
    const int found = TIFFGetField(tif, TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
    TIFFClose(tif);
    REQUIRE(found == 1);
    return static_cast<int>(across);
  };
  for (const auto& [quality, expected] : {std::pair(50, 2), {89, 2}, {90, 2}, {91, 1}, {100, 1}}) {
    INFO(quality);
    CHECK(sampling("a.jpg", quality) == expected);
    CHECK(sampling("a.tif", quality) == expected);
  }
}

TEST_CASE("every format takes its own options and refuses the others' by name", "[format]") {
  const TemporaryFolder folder;
  const Picture picture = random_picture(make_info(50, 40, SampleType::u8, 3, Colour::rgb), 1);
  const auto copy = [&](const char* name, WriteOptions options) {
    options.to = folder.file(name);
    const auto graph = Graph::make();
    write(add_source(graph, picture_source(picture)), options);
    run(*graph);
    return pull(read(Graph::make(), {.file = options.to}));
  };
  CHECK(difference(picture, copy("a.png", {.level = 1, .filter = PngFilter::up})) == "");
  CHECK(copy("a.jpg", {.quality = 90}).info.colour == Colour::rgb);
  CHECK(copy("b.JPEG", {.subsampling = JpegSubsampling::s444}).width() == 50);
  check_error([&] { copy("c.png", {.tile = std::vector<std::int64_t>{64}}); }, ErrorKind::usage,
              "PNG files have no write option 'tile'; they have level, filter");
  check_error([&] { copy("c.jpg", {.compression = TiffCompression::lzw}); }, ErrorKind::usage,
              "'compression'");
  check_error([&] { copy("c.tif", {.filter = PngFilter::up}); }, ErrorKind::usage, "'filter'");
  check_error([&] { open_image(folder.file("a.png"), {.page = 0}); }, ErrorKind::usage,
              "PNG files have no read option 'page'");
  check_error([&] { open_image(folder.file("a.jpg"), {.level = 0}); }, ErrorKind::usage,
              "they have damaged");
}

TEST_CASE("what is read does not go by the name", "[format]") {
  const TemporaryFolder folder;
  const Picture picture = random_picture(make_info(20, 10, SampleType::u8, 1, Colour::grey), 1);
  write_tiff(picture, folder.file("a.png"));
  CHECK(open_image(folder.file("a.png"))->info().width == 20);
}

TEST_CASE("what is said of an image comes back", "[format]") {
  const TemporaryFolder folder;
  ImageInfo info = make_info(20, 10, SampleType::i16, 2);
  info.bands[0].name = "depth & <height>";
  info.bands[0].scale = 0.1;
  info.bands[0].offset = 5;
  info.bands[0].nodata = info.bands[1].nodata = -9999;
  info.geo = Affine{{1000, 10, 0, 2000, 0, -10}};
  info.resolution = {300 / 25.4, 150 / 25.4};
  info.orientation = 3;
  auto meta = std::make_shared<Metadata>();
  meta->geo_keys.directory = {1, 1, 0, 1, 1025, 0, 1, 2};
  meta->description = "a picture";
  meta->icc = {std::byte{7}, std::byte{8}};
  info.metadata = meta;
  write_tiff(Picture(info), folder.file("a.tif"));
  const ImageInfo back = open_image(folder.file("a.tif"))->info();
  CHECK(back.bands == info.bands);
  CHECK(back.geo == info.geo);
  CHECK(back.resolution.x == Approx(info.resolution.x).epsilon(1e-9));
  CHECK(back.resolution.y == Approx(info.resolution.y).epsilon(1e-9));
  CHECK(back.orientation == 3);
  CHECK(back.meta().geo_keys.directory == meta->geo_keys.directory);
  CHECK(back.meta().description == meta->description);
  CHECK(back.meta().icc == meta->icc);
}

TEST_CASE("files of other kinds are named", "[format]") {
  const TemporaryFolder folder;
  const auto open = [&](const std::string& bytes) {
    put(folder.file("x.tif"), bytes);
    open_image(folder.file("x.tif"));
  };
  check_error([&] { open(""); }, ErrorKind::data, "x.tif: the file is empty");
  check_error([&] { open("RIFF1234WEBPVP8 "); }, ErrorKind::data, "a WebP file");
  check_error([&] { open("hello, world"); }, ErrorKind::data, "68 65 6c 6c 6f 2c 20 77");
  check_error([&] { open("x"); }, ErrorKind::data, "78");
  check_error([&] { open_image(folder.file("none.tif")); }, ErrorKind::system, "none.tif");
  check_error([&] { open_image(folder.path().string()); }, ErrorKind::system,
              folder.path().string());
}

TEST_CASE("names that tell no format, files that exist, inputs", "[format]") {
  const TemporaryFolder folder;
  const Picture picture = random_picture(make_info(20, 10, SampleType::u8, 1, Colour::grey), 1);
  const ImageInfo& info = picture.info;
  check_error([&] { create_image(info, folder.file("a.xyz")); }, ErrorKind::usage, ".tif .tiff");
  check_error([&] { create_image(info, folder.file("no/a.tif")); }, ErrorKind::system, "no'");
  CHECK(create_image(info, folder.file("a.xyz"), {.format = FileFormat::tiff}));
  CHECK(folder.names().empty());
  write_tiff(picture, folder.file("a.tif"));
  check_error([&] { create_image(info, folder.file("a.tif")); }, ErrorKind::usage, "overwrite");
  const auto graph = Graph::make();
  const Image image = read(graph, {.file = folder.file("a.tif")});
  check_error(
      [&] {
        write(image,
              {.to = folder.path().string() + "/../" + folder.path().filename().string() + "/a.tif",
               .overwrite = true});
      },
      ErrorKind::usage, "read by the same pipeline");
}

}  // namespace
}  // namespace sluice::test
