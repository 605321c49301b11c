// JPEG writing against libjpeg's own encoder, and read back by libjpeg.
#include <fmt/format.h>

#include <cstring>

#include "codecs/jpeg/encoder.hpp"
#include "codecs/jpeg/jpeg.hpp"
#include "engine/error.hpp"
#include "support/catch.hpp"
#include "support/jpeg_support.hpp"
#include "support/read_source.hpp"
#include "tiff_write_support.hpp"

namespace sluice::test {
namespace {

using Bytes = std::vector<std::byte>;

Bytes write_jpeg(const Picture& picture, const JpegWriteOptions& options = {}, Isa isa = best_isa(),
                 int poison = 0xA5) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jpg");
  const auto sink = make_jpeg_sink(picture.info, path, options);
  write_blocks(*sink, picture, isa, poison);
  const Bytes bytes = bytes_of_file(path);
  CHECK(sink->bytes_written() == static_cast<std::int64_t>(bytes.size()));
  CHECK(folder.names() == std::vector<std::string>{"a.jpg"});
  return bytes;
}

std::string refusal(const ImageInfo& info, const JpegWriteOptions& options = {}) {
  try {
    make_jpeg_sink(info, "no such folder/a.jpg", options);
    return "";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.file() == "no such folder/a.jpg");
    return error.reason();
  }
}

bool contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  UNSCOPED_INFO(text);
  return false;
}

}  // namespace

TEST_CASE("jpeg bands are what libjpeg encodes in one go", "[jpeg]") {
  const std::pair<int, int> sizes[] = {{1, 1},     {3, 8},     {257, 1},
                                       {533, 401}, {40, 9000}, {9000, 40}};
  for (const auto& [width, height] : sizes) {
    for (const int channels : {1, 3}) {
      for (const auto subsampling : {JpegSubsampling::s420, JpegSubsampling::s444}) {
        const Picture picture = smooth_picture(width, height, channels);
        const JpegWriteOptions options{.quality = 77, .subsampling = subsampling};
        const Bytes file = write_jpeg(picture, options);
        const auto sink = make_jpeg_sink(picture.info, "a.jpg", options);
        const int side = channels == 3 && subsampling == JpegSubsampling::s420 ? 2 : 1;
        const auto mcus = ceil_div(width, 8 * side) * (sink->grid().block_height / (8 * side));
        const JpegEncoding whole{
            .quality = 77,
            .horizontal = side,
            .vertical = side,
            .restart_interval = sink->grid().count() > 1 ? static_cast<unsigned>(mcus) : 0};
        INFO(width << " x " << height << " x " << channels);
        CHECK(file == libjpeg_encode(picture, whole));
        CHECK(difference(read_all(*open_jpeg(in_memory(file))), libjpeg_decode(file)) == "");
      }
    }
  }
}

TEST_CASE("jpeg bytes are the same on every instruction set", "[jpeg]") {
  const Picture picture = smooth_picture(533, 401, 3);
  const Bytes file = write_jpeg(picture);
  for (const Isa isa : available_isas())
    CHECK(write_jpeg(picture, {}, isa, 0x3C) == file);
}

TEST_CASE("jpeg quality decides chroma", "[jpeg]") {
  const Picture picture = smooth_picture(64, 64, 3);
  const auto written = [&](int quality, JpegSubsampling subsampling) {
    return write_jpeg(picture, {.quality = quality, .subsampling = subsampling});
  };
  CHECK(written(90, JpegSubsampling::automatic) == written(90, JpegSubsampling::s420));
  CHECK(written(91, JpegSubsampling::automatic) == written(91, JpegSubsampling::s444));
}

TEST_CASE("jpeg keeps to its bounds on noise", "[jpeg]") {
  for (const int channels : {1, 3}) {
    for (const auto subsampling : {JpegSubsampling::s420, JpegSubsampling::s444}) {
      Picture picture = random_picture(
          make_info(301, 500, SampleType::u8, channels, channels == 1 ? Colour::grey : Colour::rgb),
          5);
      for (const bool extreme : {false, true}) {
        if (extreme)
          for (std::byte& b : picture.samples)
            b = b < std::byte{128} ? std::byte{0} : std::byte{255};
        const Bytes file = write_jpeg(picture, {.quality = 100, .subsampling = subsampling});
        CHECK(libjpeg_decode(file).height() == 500);
      }
    }
  }
}

TEST_CASE("jpeg encoders keep to encoder_bytes", "[jpeg]") {
  if (!kMallocTells) return;
  for (const int width : {16, 5000}) {
    for (const int components : {1, 3}) {
      for (const int sampling : {1, 2}) {
        if (components == 1 && sampling == 2) continue;
        const jpeg::EncodePlan plan{{width, 64, components, components == 3, 85, sampling}, 2};
        Bytes to(static_cast<std::size_t>(plan.band_bound()));
        const Bytes row(static_cast<std::size_t>(width * components));
        const std::int64_t before = allocated_bytes();
        jpeg::BandEncoder encoder(plan);
        encoder.start(plan.band_rows(), to);
        for (std::int64_t y = 0; y < plan.band_rows(); ++y)
          encoder.rows(row.data(), 0, 1);
        const std::int64_t held = allocated_bytes() - before;
        INFO(width << " x " << components << ", " << sampling);
        CHECK(held <= plan.how.compressor_bytes());
        CHECK(held * 3 + (128 << 10) >= plan.how.compressor_bytes());
        encoder.finish();
      }
    }
  }
}

TEST_CASE("jpeg metadata comes back", "[jpeg]") {
  Picture picture = smooth_picture(40, 30, 3);
  auto metadata = std::make_shared<Metadata>();
  metadata->icc.resize(150000, std::byte{7});
  std::memcpy(metadata->icc.data() + 16, "RGB ", 4);
  metadata->description = "a comment";
  // One directory with an orientation of 1.
  const unsigned char exif[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3,
                                0,   1,   0,  0, 0, 1, 0, 0, 0, 0, 0,    0,    0};
  metadata->exif.assign(reinterpret_cast<const std::byte*>(exif),
                        reinterpret_cast<const std::byte*>(exif) + sizeof exif);
  picture.info.metadata = metadata;
  picture.info.orientation = 8;
  picture.info.resolution = {10, 20};
  const auto source = open_jpeg(in_memory(write_jpeg(picture)));
  CHECK(source->info().meta().icc == metadata->icc);
  CHECK(source->info().meta().description == "a comment");
  CHECK(source->info().orientation == 8);
  CHECK(source->info().resolution == Resolution{10, 20});

  // A profile of RGB does not go with grey.
  Picture grey = smooth_picture(40, 30, 1);
  grey.info.metadata = metadata;
  CHECK(open_jpeg(in_memory(write_jpeg(grey)))->info().meta().icc.empty());
}

TEST_CASE("jpeg writes a value for pixels without one", "[jpeg]") {
  for (const int channels : {1, 3}) {
    Picture picture = smooth_picture(64, 48, channels);
    picture.info.validity = Validity::common;
    picture.validity.assign(64 * 48, 255);
    for (std::size_t i = 0; i < 64 * 48; ++i)
      if (i % 64 >= 16 && i % 64 < 32) picture.validity[i] = 0;
    CHECK(contains(refusal(picture.info), "'nodata'"));
    CHECK(contains(refusal(picture.info, {.nodata = 256}), "256 is not a value"));
    Picture filled = picture;
    filled.info.validity = Validity::none;
    for (int c = 0; c < channels; ++c)
      for (int y = 0; y < 48; ++y)
        for (int x = 16; x < 32; ++x)
          filled.set(c, x, y, 9);
    CHECK(write_jpeg(picture, {.nodata = 9}) == write_jpeg(filled));
    picture.info.bands[0].nodata = 9;
    CHECK(write_jpeg(picture) == write_jpeg(filled));
  }
}

TEST_CASE("jpeg refuses what it cannot hold", "[jpeg]") {
  const auto info = [](int width, int height, SampleType type, int channels,
                       Colour colour = Colour::rgb) {
    return make_info(width, height, type, channels, colour);
  };
  CHECK(contains(refusal(info(65501, 1, SampleType::u8, 1)), "65500 x 65500"));
  CHECK(contains(refusal(info(1, 65501, SampleType::u8, 1)), "65500 x 65500"));
  CHECK(contains(refusal(info(9, 9, SampleType::u16, 3)), "cast to=u8 scale=range"));
  CHECK(contains(refusal(info(9, 9, SampleType::u8, 4)), "flatten"));
  CHECK(contains(refusal(info(9, 9, SampleType::u8, 2, Colour::multiband)), "select"));
  CHECK(contains(refusal(info(9, 9, SampleType::u8, 3), {.quality = 0}), "quality 0"));
  ImageInfo palette = info(9, 9, SampleType::u8, 1);
  palette.colour = Colour::palette;
  CHECK(contains(refusal(palette), "palette"));
  ImageInfo lab = info(9, 9, SampleType::u8, 3);
  lab.colour = Colour::lab;
  CHECK(contains(refusal(lab), "convert to=srgb"));
}

}  // namespace sluice::test
