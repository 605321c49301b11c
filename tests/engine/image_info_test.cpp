#include "engine/image_info.hpp"

#include <catch2/catch.hpp>

#include "engine/tile.hpp"

using namespace sluice;

namespace {

ImageInfo placed_image() {
  ImageInfo info = make_info(20, 10, SampleType::u8, 3, Colour::rgb);
  info.ground_points = std::make_shared<const std::vector<GroundPoint>>(
      std::vector<GroundPoint>{{"1", "", 2, 4, 10, 50, 0}, {"2", "", 20, 10, 11, 49, 3}});
  RationalCamera camera;
  camera.sample_offset = 9.5;  // the middle of 20 columns
  camera.line_offset = 4.5;
  camera.sample_scale = 10;
  camera.line_scale = 5;
  info.camera = std::make_shared<const RationalCamera>(camera);
  info.place_items = std::make_shared<const std::map<std::string, std::string>>(
      std::map<std::string, std::string>{{"aperio.Left", "3"}});
  info.sample_items =
      std::make_shared<const std::vector<Items>>(3, Items{{"", "STATISTICS_MEAN", "7"}});
  return info;
}

}  // namespace

TEST_CASE("a crop and a reduction move ground points and camera") {
  ImageInfo info = placed_image();
  change_geometry(info, 8, 4, 2, 2, 0, 2, 0, 2);  // from (2, 2) on, halved
  CHECK((*info.ground_points)[0].column == 0);
  CHECK((*info.ground_points)[0].row == 1);
  CHECK((*info.ground_points)[1].column == 9);
  CHECK((*info.ground_points)[1].x == 11);
  // The middle was 10 pixels from the left edge, and is (10 - 2) / 2 now.
  CHECK(info.camera->sample_offset == 3.5);
  CHECK(info.camera->line_offset == 1);
  CHECK(info.camera->sample_scale == 5);
  CHECK(info.camera->line_scale == 2.5);
  CHECK_FALSE(info.place_items);
  CHECK_FALSE(info.sample_items);
}

TEST_CASE("a turned image keeps its ground points and loses its camera") {
  ImageInfo info = placed_image();
  change_geometry(info, 10, 20, 0, 0, 1, 10, -1, 0);  // x of the old is y of the new
  CHECK((*info.ground_points)[0].column == 6);
  CHECK((*info.ground_points)[0].row == 2);
  CHECK_FALSE(info.camera);
}

TEST_CASE("alpha covers the bands of the colour, wherever it lies") {
  ImageInfo info = make_info(1, 1, SampleType::u8, 5);
  info.colour = Colour::rgb;
  info.bands[0].role = BandRole::red;
  info.bands[1].role = BandRole::green;
  info.bands[2].role = BandRole::blue;
  info.bands[3].role = BandRole::alpha;
  CHECK(info.alpha_band() == -1);
  info.alpha = Alpha::straight;
  CHECK(info.alpha_band() == 3);
  CHECK(info.under_alpha(0));
  CHECK_FALSE(info.under_alpha(3));
  CHECK_FALSE(info.under_alpha(4));
  info.colour = Colour::multiband;
  CHECK(info.under_alpha(4));
}

TEST_CASE("a tile has a validity plane for all channels, or one for each") {
  std::vector<std::byte> memory(1 << 16);
  const auto aligned = reinterpret_cast<std::byte*>(
      (reinterpret_cast<std::uintptr_t>(memory.data()) + 63) / 64 * 64);
  for (const int planes : {0, 1, 3}) {
    const TileView tile = tile_at(aligned, {0, 0, 5, 4}, SampleType::u16, 3, planes);
    CHECK(tile.validity_planes() == planes);
    if (planes == 0) continue;
    const TileView part = tile.part({2, 1, 2, 2});
    CHECK(part.validity_row(2, 0) == tile.validity_row(2, 1) + 2);
    CHECK((tile.validity_row(0, 0) == tile.validity_row(2, 0)) == (planes == 1));
    CHECK(tile.validity_row(2, 3) + 5 <=
          reinterpret_cast<std::uint8_t*>(aligned +
                                          tile_layout(5, 4, SampleType::u16, 3, planes).bytes));
  }
}
