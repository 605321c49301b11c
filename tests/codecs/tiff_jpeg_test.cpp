// JPEG inside TIFF: streams that are progressive, larger than their tile, hostile; and how much
// memory they take.
#include <fmt/format.h>

#include <utility>

#include "codecs/tiff/decode_jpeg.hpp"
#include "codecs/tiff/read_tiff.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"
#include "support/jpeg_support.hpp"
#include "support/made_tiff.hpp"
#include "support/read_source.hpp"

namespace sluice::test {
namespace {

using Bytes = std::vector<std::byte>;

std::shared_ptr<const Source> open_bytes(Bytes bytes) {
  return open_tiff(bytes_in_memory(std::move(bytes), "made.tif"));
}

ImageInfo rgb(std::int64_t width, std::int64_t height) {
  return make_info(width, height, SampleType::u8, 3, Colour::rgb);
}

/// An image of one tile that has this stream.
Bytes one_tile(const Bytes& stream, std::int64_t side = 64, int channels = 3) {
  const Colour colour = channels == 3 ? Colour::rgb : channels == 4 ? Colour::cmyk : Colour::grey;
  return make_jpeg_tiff(make_info(side, side, SampleType::u8, channels, colour), side, {stream},
                        channels == 3   ? PHOTOMETRIC_YCBCR
                        : channels == 4 ? PHOTOMETRIC_SEPARATED
                                        : PHOTOMETRIC_MINISBLACK);
}

/// The message that reading the only tile gives, "" without one; it names the tile.
std::string failure(const Bytes& stream, int channels = 3) {
  const Bytes file = one_tile(stream, 64, channels);
  try {
    read_all(*open_bytes(file));
    return "";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::data);
    CHECK(error.file() == "made.tif");
    CHECK(error.place().find("tile 0 at (0, 0), byte ") == 0);
    return error.reason();
  }
}

bool contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  UNSCOPED_INFO(text);
  return false;
}

std::size_t find_marker(const Bytes& stream, int marker) {
  for (std::size_t i = 0; i + 1 < stream.size(); ++i)
    if (stream[i] == std::byte{0xFF} && stream[i + 1] == static_cast<std::byte>(marker)) return i;
  FAIL("no such marker");
  return 0;
}

/// The upper left part.
Picture cropped(const Picture& picture, std::int64_t width, std::int64_t height) {
  ImageInfo info = picture.info;
  info.width = width;
  info.height = height;
  Picture part(info);
  for (int c = 0; c < picture.channels(); ++c)
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x)
        part.set(c, x, y, picture.get(c, x, y));
  return part;
}

/// "" where the samples are equal.
std::string sample_difference(Picture a, const Picture& b) {
  a.info = b.info;
  return difference(a, b);
}

}  // namespace

TEST_CASE("tiff: JPEG blocks larger than their tile are cropped to it", "[tiff][jpeg]") {
  for (const bool progressive : {false, true})
    for (const auto& [width, height] : {std::pair(64, 72), std::pair(80, 64), std::pair(211, 97)}) {
      const Bytes stream =
          libjpeg_encode(smooth_picture(width, height, 3), {.progressive = progressive});
      INFO(width << " x " << height << (progressive ? ", progressive" : ""));
      CHECK(sample_difference(read_all(*open_bytes(one_tile(stream))),
                              cropped(libjpeg_decode(stream), 64, 64)) == "");
    }
  CHECK(contains(failure(libjpeg_encode(smooth_picture(63, 64, 3))),
                 "the JPEG data has 63 x 64 pixels where 64 x 64 are expected"));
  CHECK(contains(failure(libjpeg_encode(smooth_picture(64, 40, 3))), "64 x 40 pixels"));
}

TEST_CASE("tiff: JPEG decoders keep to decoder_bytes", "[tiff][jpeg]") {
  if (!kMallocTells) return;
  for (const auto& [width, tile] : {std::pair(512, 512), std::pair(1500, 512)})
    for (int kind = 0; kind < 4; ++kind) {
      JpegEncoding encoding{.horizontal = kind % 2 + 1, .vertical = 2};
      encoding.progressive = kind >= 2;
      const Bytes stream = libjpeg_encode(smooth_picture(width, tile, 3), encoding);
      const auto source = open_bytes(one_tile(stream, tile));
      const std::int64_t planned = source->decoder_bytes();
      Bytes row(static_cast<std::size_t>(3 * tile));
      bool given = false;
      const std::int64_t before = allocated_bytes();
      tiff::JpegStream decoder(
          {}, [&] { return std::exchange(given, true) ? std::span<const std::byte>() : stream; },
          {.width = tile,
           .rows = tile,
           .components = 3,
           .photometric = PHOTOMETRIC_YCBCR,
           .stream_bytes = static_cast<std::int64_t>(stream.size()),
           .memory = planned});
      decoder.read(row.data(), 1);
      const std::int64_t held = allocated_bytes() - before;
      INFO(width << ", kind " << kind);
      CHECK(held <= planned);
      CHECK(held * 3 + (640 << 10) >= planned);
    }
}

TEST_CASE("tiff: a progressive tile that was not planned is refused with the figures",
          "[tiff][jpeg]") {
  constexpr std::int64_t kTile = 512, kTiles = 300;
  const Picture picture = smooth_picture(kTile, kTile, 3);
  const JpegEncoding full{.horizontal = 1, .vertical = 1};
  JpegEncoding progressive = full;
  progressive.progressive = true;
  std::vector<Bytes> streams(kTiles);
  streams[0] = libjpeg_encode(picture, full);
  streams[6] = libjpeg_encode(picture, progressive);  // none of those looked at
  const ImageInfo info = rgb(kTile, kTile * kTiles);
  const auto read = [&] {
    const auto source = open_bytes(make_jpeg_tiff(info, kTile, streams, PHOTOMETRIC_YCBCR));
    for_each_tile(*source, best_isa(), 0xA5, 0, [](const TileView&) {});
    return source->decoder_bytes();
  };
  const Error error = error_of(read);
  CHECK(error.kind() == ErrorKind::data);
  CHECK(error.place().find("tile 6 at (0, 3072)") == 0);
  CHECK(contains(error.reason(), "512 x 512 pixels in several scans"));
  CHECK(contains(error.reason(), "were planned after a look at up to 256 blocks"));
  CHECK(contains(error.reason(), "tiffcp -c none"));
  // One like it among those looked at: then there is memory for both.
  streams[7] = streams[6];
  CHECK(read() >= 2 * 3 * kTile * kTile);
  // Small ones always fit.
  streams.assign(kTiles, {});
  streams[0] = libjpeg_encode(smooth_picture(256, 256, 3), full);
  streams[6] = libjpeg_encode(smooth_picture(256, 256, 3), progressive);
  const auto small =
      open_bytes(make_jpeg_tiff(rgb(256, 256 * kTiles), 256, streams, PHOTOMETRIC_YCBCR));
  for_each_tile(*small, best_isa(), 0xA5, 0, [](const TileView&) {});
}

TEST_CASE("tiff: kinds of JPEG that are not supported are named with their tile", "[tiff][jpeg]") {
  const Bytes good = libjpeg_encode(smooth_picture(64, 64, 3));
  const std::size_t sof = find_marker(good, 0xC0);
  const auto with = [&](std::size_t offset, int value) {
    Bytes stream = good;
    stream[sof + offset] = static_cast<std::byte>(value);
    return failure(stream);
  };
  CHECK(failure(good) == "");
  CHECK(contains(with(1, 0xC3), "lossless JPEG (SOF3) is not supported"));
  CHECK(contains(with(1, 0xC5), "hierarchical JPEG"));
  CHECK(contains(with(1, 0xCB), "lossless JPEG with arithmetic coding"));
  CHECK(contains(with(4, 12), "12 bits per sample is not supported"));
  CHECK(contains(with(6, 0), "DNL"));
  CHECK(contains(with(11, 0x50), "damaged JPEG data"));
  CHECK(contains(failure(libjpeg_encode(smooth_picture(64, 64, 1))),
                 "has 1 components where 3 are expected"));
  CHECK(contains(failure(Bytes(100, std::byte{0x55})), "it does not begin with ffd8"));
  Bytes no_image = good;
  no_image[2] = std::byte{0xFF};
  no_image[3] = std::byte{0xD9};
  CHECK(failure(no_image) != "");
  // CMYK as it is stored, YCCK turned to it: what TIFF says of the ink is not touched.
  const Picture ink = smooth_picture(64, 64, 4);
  for (const bool ycck : {false, true}) {
    const Bytes stream = libjpeg_encode(ink, {.quality = 100, .set_up = [&](auto& c) {
                                                if (ycck) jpeg_set_colorspace(&c, JCS_YCCK);
                                              }});
    CHECK(failure(stream, 4) == "");
  }
}

TEST_CASE("tiff: JPEG tiles cut short", "[tiff][jpeg]") {
  for (int kind = 0; kind < 4; ++kind) {
    const bool progressive = kind % 2 == 1, arithmetic = kind >= 2;
    const Bytes good = libjpeg_encode(smooth_picture(64, 64, 3),
                                      {.progressive = progressive, .arithmetic = arithmetic});
    for (std::size_t size = 2; size + 20 < good.size(); size += 97) {
      INFO(kind << ": " << size);
      CHECK(failure(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))) != "");
    }
    // Without the end marker the pixels are whole, but of scans one cannot know.
    const Bytes open_end(good.begin(), good.end() - 2);
    CHECK((failure(open_end) != "") == (progressive || arithmetic));
  }
}

TEST_CASE("tiff: JPEG tiles with too many scans end in time", "[tiff][jpeg]") {
  // Sequential: a scan of one component may come over and over.
  const Bytes good = libjpeg_encode(Picture(rgb(64, 64)), {.separate_scans = true});
  std::size_t last = 0;
  for (std::size_t i = 0; i + 1 < good.size(); ++i)
    if (good[i] == std::byte{0xFF} && good[i + 1] == std::byte{0xDA}) last = i;
  Bytes stream(good.begin(), good.end() - 2);
  for (int i = 0; i < 300; ++i)
    stream.insert(stream.end(), good.begin() + static_cast<std::ptrdiff_t>(last), good.end() - 2);
  stream.insert(stream.end(), good.end() - 2, good.end());
  CHECK(contains(failure(stream), "more than 200 scans"));
}

TEST_CASE("tiff: a progressive tile of few bytes is refused before memory is taken",
          "[tiff][jpeg]") {
  Bytes stream = libjpeg_encode(smooth_picture(64, 64, 3), {.progressive = true});
  const std::size_t sof = find_marker(stream, 0xC2);
  stream[sof + 5] = stream[sof + 7] = std::byte{0xF0};
  CHECK(contains(failure(stream), "61504 x 61504 pixels take at least"));
}

TEST_CASE("tiff: damaged JPEG tiles never do more than throw", "[tiff][jpeg][fuzz]") {
  for (int kind = 0; kind < 6; ++kind) {
    JpegEncoding encoding;
    encoding.progressive = kind == 1 || kind == 3;
    encoding.arithmetic = kind == 2 || kind == 3;
    encoding.restart_interval = kind == 4 ? 2 : 0;
    encoding.separate_scans = kind == 5;
    const Bytes good = libjpeg_encode(smooth_picture(64, 64, 3), encoding);
    std::uint32_t state = 11;
    const auto next = [&state] { return (state = state * 1664525u + 1013904223u) >> 8; };
    for (int i = 0; i < 300; ++i) {
      Bytes stream = good;
      for (std::uint32_t hits = 1 + next() % 3; hits > 0; --hits)
        stream[next() % stream.size()] = static_cast<std::byte>(next());
      if (i % 7 == 0) stream.resize(1 + next() % stream.size());
      failure(stream);
    }
  }
}

}  // namespace sluice::test
