// What is known of an image beside its pixels, from TIFF to TIFF.
#include <catch2/catch.hpp>

#include "codecs/format.hpp"
#include "engine/run.hpp"
#include "support/apply_chain.hpp"
#include "support/picture.hpp"
#include "support/read_source.hpp"
#include "support/temporary_folder.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

ImageInfo reread(const Picture& picture, const std::string& path) {
  const Image image = image_of(picture);
  write(image, {.to = path, .overwrite = true});
  run(image.graph());
  return open_image(path)->info();
}

Picture with_description(const std::string& text) {
  Picture picture = random_picture(make_info(40, 30, SampleType::u8, 3, Colour::rgb), 1);
  auto metadata = std::make_shared<Metadata>();
  metadata->description = text;
  picture.info.metadata = metadata;
  return picture;
}

}  // namespace

TEST_CASE("an Aperio description says what is true now", "[tiff][facts]") {
  const TemporaryFolder folder;
  Picture slide = with_description(
      "Aperio Image Library v1\r\n80x60 [0,0 80x60] (240x240)|AppMag = 20|MPP = 0.5|Left = 3");
  slide.info.magnification = 10;  // halved
  slide.info.mpp_x = slide.info.mpp_y = 1;
  const ImageInfo half = reread(slide, folder.file("half.tif"));
  CHECK(half.mpp_x == 1);
  CHECK(half.magnification == 10);
  CHECK(half.meta().description == "Aperio Image Library v1\r\n40x30|AppMag = 10|MPP = 1");
  slide = with_description("Aperio v1\r\n40x30|AppMag = 20|MPP = 0.5|Left = 3");
  slide.info.magnification = 20;
  slide.info.mpp_x = slide.info.mpp_y = 0.5;
  CHECK(reread(slide, folder.file("copy.tif")).meta().description == slide.info.meta().description);
}

TEST_CASE("OME-XML is written of the very image, ImageJ's text not at all", "[tiff][facts]") {
  const TemporaryFolder folder;
  const ImageInfo read =
      reread(with_description("<OME><Image><Pixels SizeX=\"9\" PhysicalSizeX=\"0.5\" "
                              "PhysicalSizeY=\"0.25\"/></Image></OME>"),
             folder.file("a.tif"));
  CHECK(read.mpp_x == 0.5);
  CHECK(read.meta().description.empty());
  Picture again = random_picture(make_info(40, 30, SampleType::u8, 3, Colour::rgb), 1);
  again.info.metadata = read.metadata;
  again.info.mpp_x = 1;
  again.info.mpp_y = 0.5;
  const ImageInfo written = reread(again, folder.file("b.tif"));
  CHECK(written.mpp_x == 1);
  CHECK(written.mpp_y == 0.5);
  Picture imagej = with_description("ImageJ=1.53t\nunit=micron\n");
  CHECK(reread(imagej, folder.file("c.tif")).meta().description.empty());
}

TEST_CASE("alpha lies where it says, and texts stay", "[tiff][facts]") {
  const TemporaryFolder folder;
  Picture picture = with_description("free text");
  auto metadata = std::make_shared<Metadata>(picture.info.meta());
  metadata->items = {{"Artist", "a"}, {"Copyright", "b"}, {"DateTime", "2020:01:01 00:00:00"}};
  metadata->xmp = {std::byte{'<'}, std::byte{'>'}};
  ImageInfo info = make_info(40, 30, SampleType::u8, 5);
  info.colour = Colour::rgb;
  constexpr BandRole roles[] = {BandRole::red, BandRole::green, BandRole::blue, BandRole::alpha,
                                BandRole::data};
  for (std::size_t c = 0; c < 5; ++c)
    info.bands[c].role = roles[c];
  info.alpha = Alpha::straight;
  info.metadata = metadata;
  const ImageInfo got = reread(random_picture(info, 1), folder.file("a.tif"));
  CHECK(got.alpha == Alpha::straight);
  CHECK(got.alpha_band() == 3);
  CHECK(got.meta().items.at("Artist") == "a");
  CHECK(got.meta().items.at("Copyright") == "b");
  CHECK(got.meta().items.at("DateTime") == "2020:01:01 00:00:00");
  CHECK(got.meta().xmp == metadata->xmp);
}

TEST_CASE("nodata counts where a file declares it, band by band", "[tiff][facts]") {
  const TemporaryFolder folder;
  Picture picture(make_info(3, 1, SampleType::i16, 2));
  for (BandInfo& band : picture.info.bands)
    band.nodata = -9999;
  for (int c = 0; c < 2; ++c)
    for (int x = 0; x < 3; ++x)
      picture.set(c, x, 0, x == c ? -9999 : 5);
  const std::string path = folder.file("dem.tif");
  CHECK(reread(picture, path).validity == Validity::per_band);
  CHECK(open_image(path, {.validity = TiffValidity::none})->info().validity == Validity::none);
  const Picture got = read_all(*open_image(path));
  CHECK(got.validity == std::vector<std::uint8_t>{0, 255, 255, 255, 0, 255});
}

TEST_CASE("ground control points and a camera come back", "[tiff][facts]") {
  const TemporaryFolder folder;
  for (const bool centres : {false, true}) {
    Picture picture = random_picture(make_info(20, 20, SampleType::u16, 1), 1);
    auto metadata = std::make_shared<Metadata>();
    // RasterPixelIsArea, RasterPixelIsPoint
    metadata->geo_keys.directory = {1,    1, 0, 1,
                                    1025, 0, 1, static_cast<std::uint16_t>(centres ? 2 : 1)};
    picture.info.metadata = metadata;
    picture.info.ground_points = std::make_shared<const std::vector<GroundPoint>>(
        std::vector<GroundPoint>{{"1", "", -2, 18, 10, 50, 0}, {"2", "", 18.5, 3, 11.1, 49.1, 7}});
    RationalCamera camera;
    camera.line_offset = 3.5;
    camera.height_scale = 500;
    for (std::size_t i = 0; i < 20; ++i) {
      camera.line_numerator[i] = static_cast<double>(i) / 7;
      camera.sample_denominator[i] = -static_cast<double>(i);
    }
    picture.info.camera = std::make_shared<const RationalCamera>(camera);
    const ImageInfo got = reread(picture, folder.file("a.tif"));
    REQUIRE(got.ground_points);
    CHECK(*got.ground_points == *picture.info.ground_points);
    REQUIRE(got.camera);
    CHECK(*got.camera == camera);
    CHECK_FALSE(got.geo);
  }
}
