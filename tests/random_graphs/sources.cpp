#include "random_graphs/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codecs/format.hpp"
#include "random_graphs/rules.hpp"

namespace sluice::test {

namespace {

// A description with 1 to 4 bands, with and without colour and alpha.
ImageInfo random_info(Random& random, std::int64_t width, std::int64_t height) {
  const SampleType type =
      random.chance(6) ? random.pick({SampleType::u64, SampleType::i64}) : random_type(random);
  const int channels = random.pick({1, 1, 2, 3, 3, 3, 4});
  const Colour colour = random.chance(30) ? Colour::multiband
                        : channels < 3    ? Colour::grey
                                          : Colour::rgb;
  return make_info(width, height, type, channels, colour);
}

void write_file(const Picture& picture, const std::string& path, WriteOptions options) {
  const auto graph = Graph::make();
  const Image image = add_source(graph, picture_source(picture));
  options.overwrite = true;  // of a step that was given up
  add_sink("write", image, create_image(picture.info, path, options));
  RunOptions run_options;
  run_options.threads = 1;
  run(*graph, run_options);
}

WriteOptions random_tiff(Random& random, const ImageInfo& info) {
  WriteOptions options;
  options.compression = random.pick({TiffCompression::none, TiffCompression::deflate,
                                     TiffCompression::zstd, TiffCompression::lzw});
  options.layout = random.pick({TiffLayout::tiled, TiffLayout::strips});
  if (options.layout == TiffLayout::tiled)
    options.tile = {16 * random.between(1, 8), 16 * random.between(1, 8)};
  else
    options.rows_per_strip = random.between(1, random.chance(20) ? info.height : 40);
  if (random.chance(30)) options.bigtiff = TiffBig::yes;
  return options;
}

// Some pixels get `nodata` in every band.
void leave_out_pixels(Random& random, Picture& picture, double nodata) {
  for (std::int64_t y = 0; y < picture.height(); ++y)
    for (std::int64_t x = 0; x < picture.width(); ++x) {
      if (!random.chance(20)) continue;
      for (int c = 0; c < picture.info.colour_channels(); ++c)
        picture.set(c, x, y, nodata);
    }
}

// A sample has no value when it is the nodata value; alpha has always one.
void set_validity(Picture& picture, double nodata) {
  picture.info.validity = picture.info.channels() == 1 ? Validity::common : Validity::per_band;
  const auto planes = static_cast<std::size_t>(picture.info.validity_planes());
  picture.validity.assign(planes * static_cast<std::size_t>(picture.width() * picture.height()),
                          255);
  for (int c = 0; c < picture.info.channels(); ++c)
    for (std::int64_t y = 0; y < picture.height(); ++y)
      for (std::int64_t x = 0; x < picture.width(); ++x)
        if (c != picture.info.alpha_band() && picture.get(c, x, y) == nodata)
          picture.validity[picture.index(c, x, y)] = 0;
}

GraphStep tiff_source(Random& random, Picture picture, const std::string& folder,
                      const std::string& name) {
  GraphStep step;
  step.name = "read";
  const std::string path = folder + "/" + name + ".tif";
  WriteOptions options = random_tiff(random, picture.info);
  step.options = {given("file", path)};
  const bool nodata = random.chance(25) && !is_wide(picture.info.type);
  if (nodata) {
    leave_out_pixels(random, picture, 7);
    options.nodata = 7;
    if (picture.width() % 2 == 0) step.options.push_back(given("validity", std::string("nodata")));
  }
  write_file(picture, path, options);
  if (nodata) set_validity(picture, 7);
  step.picture = std::move(picture);
  return step;
}

GraphStep png_source(Picture picture, const std::string& folder, const std::string& name) {
  GraphStep step;
  step.name = "read";
  const std::string path = folder + "/" + name + ".png";
  step.options = {given("file", path)};
  write_file(picture, path, {});
  step.picture = std::move(picture);
  return step;
}

}  // namespace

GraphStep random_source(Random& random, std::int64_t width, std::int64_t height,
                        const std::string& folder, const std::string& name) {
  ImageInfo info = random_info(random, width, height);
  const std::uint64_t noise = random.bits() % 1000;
  const std::int64_t kind = random.between(0, 9);
  if (kind >= 7) return tiff_source(random, random_picture(info, noise), folder, name);
  if (kind == 6) {
    const int channels = random.pick({1, 2, 3, 4});
    info = make_info(width, height, random.pick({SampleType::u8, SampleType::u16}), channels,
                     channels < 3 ? Colour::grey : Colour::rgb);
    return png_source(random_picture(info, noise), folder, name);
  }
  GraphStep step;
  step.name = "picture";
  std::string blocks;
  const bool in_order = kind < 2;
  vary_meaning(random, info);
  info.validity = !in_order && random.chance(20) ? Validity::common : Validity::none;
  step.picture = random_picture(info, noise);
  if (in_order) {
    const std::int64_t rows = random.between(1, random.chance(20) ? height : 20);
    step.source = std::make_shared<InOrderPicture>(step.picture, rows);
    blocks = fmt::format("in order, {} rows at a time", rows);
  } else {
    const std::int64_t block_width =
        random.between(1 + width / 12, std::max<std::int64_t>(40, width / 2));
    const std::int64_t block_height =
        random.between(1 + height / 12, std::max<std::int64_t>(40, height / 2));
    step.source = picture_source(step.picture, block_width, block_height);
    blocks = fmt::format("blocks of {} x {}", block_width, block_height);
  }
  step.note = fmt::format("in memory: noise {} of {} x {} x {} {}{}{}, {}", noise, width, height,
                          info.channels(), name_of(info.type),
                          info.alpha == Alpha::none            ? ""
                          : info.alpha == Alpha::premultiplied ? " with premultiplied alpha"
                                                               : " with alpha",
                          info.has_validity() ? " with validity" : "", blocks);
  return step;
}

}  // namespace sluice::test
