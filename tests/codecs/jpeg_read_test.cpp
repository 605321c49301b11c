// JPEG reading against libjpeg's own whole-image decoding.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "codecs/exif.hpp"
#include "codecs/jpeg/jpeg.hpp"
#include "engine/error.hpp"
#include "support/catch.hpp"
#include "support/jpeg_support.hpp"
#include "support/read_source.hpp"

namespace sluice::test {
namespace {

using Bytes = std::vector<std::byte>;

/// The message of the Error that opening and reading gives, "" without one.
std::string failure(const Bytes& file, const JpegReadOptions& options = {}) {
  try {
    read_all(*open_jpeg(in_memory(file), options));
    return "";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::data);
    CHECK(error.file() == "memory");
    CHECK(error.place() != "");
    return error.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  UNSCOPED_INFO(text);
  return false;
}

std::size_t find_marker(const Bytes& file, int marker, std::size_t from = 0) {
  for (std::size_t i = from; i + 1 < file.size(); ++i)
    if (file[i] == std::byte{0xFF} && file[i + 1] == static_cast<std::byte>(marker)) return i;
  FAIL("no such marker");
  return 0;
}

/// EXIF data with an orientation, big-endian or little-endian.
Bytes exif_with(int orientation, bool big) {
  Bytes exif;
  const auto u16 = [&](int v) {
    exif.push_back(static_cast<std::byte>(big ? v >> 8 : v & 0xFF));
    exif.push_back(static_cast<std::byte>(big ? v & 0xFF : v >> 8));
  };
  const auto u32 = [&](int v) {
    if (big)
      u16(v >> 16), u16(v & 0xFFFF);
    else
      u16(v & 0xFFFF), u16(v >> 16);
  };
  exif = {std::byte{static_cast<unsigned char>(big ? 'M' : 'I')},
          std::byte{static_cast<unsigned char>(big ? 'M' : 'I')}};
  u16(42), u32(8), u16(1);
  u16(274), u16(3), u32(1), u16(orientation), u16(0);
  u32(0);
  return exif;
}

void put_exif(jpeg_compress_struct& c, const Bytes& exif) {
  Bytes content(6);
  std::memcpy(content.data(), "Exif\0\0", 6);
  content.insert(content.end(), exif.begin(), exif.end());
  jpeg_write_marker(&c, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(content.data()),
                    static_cast<unsigned>(content.size()));
}

}  // namespace

TEST_CASE("jpeg rows are libjpeg's", "[jpeg]") {
  const std::pair<int, int> sizes[] = {{1, 1}, {3, 8}, {257, 1}, {16, 17}, {533, 401}};
  for (const auto& [width, height] : sizes) {
    for (const int channels : {1, 3}) {
      const Picture picture = smooth_picture(width, height, channels);
      const std::pair<int, int> sampling[] = {{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}};
      for (const auto& [h, v] : sampling) {
        for (int kind = 0; kind < 5; ++kind) {
          JpegEncoding encoding{.horizontal = h, .vertical = v};
          encoding.progressive = kind == 1;
          encoding.arithmetic = kind == 2;
          encoding.separate_scans = kind == 3;
          encoding.restart_interval = kind == 4 ? 3 : 0;
          const Bytes file = libjpeg_encode(picture, encoding);
          const auto source = open_jpeg(in_memory(file));
          INFO(width << " x " << height << " x " << channels << ", " << h << v << ", " << kind);
          CHECK(source->in_order());
          CHECK(source->info().bytes() == picture.info.bytes());
          CHECK(difference(read_all(*source), libjpeg_decode(file)) == "");
        }
      }
    }
  }
}

TEST_CASE("jpeg rows do not depend on the band", "[jpeg]") {
  const Picture picture = smooth_picture(533, 401, 3);
  const auto source = open_jpeg(in_memory(libjpeg_encode(picture)));
  const Picture whole = read_all(*source);
  for (const std::int64_t rows : {1, 7, 16, 400, 401})
    for (const Isa isa : available_isas())
      CHECK(difference(read_all(*source, isa, 0x5A, rows), whole) == "");
}

TEST_CASE("jpeg decoders keep to decoder_bytes", "[jpeg]") {
  if (!kMallocTells) return;
  for (const int width : {17, 3001}) {
    for (const int channels : {1, 3, 4}) {
      const Picture picture = smooth_picture(width, 700, channels);
      for (int kind = 0; kind < 4; ++kind) {
        JpegEncoding encoding;
        encoding.progressive = kind == 1 || kind == 3;
        encoding.arithmetic = kind >= 2;
        const Bytes file = libjpeg_encode(picture, encoding);
        const auto source = open_jpeg(in_memory(file));
        std::vector<std::byte> rows(static_cast<std::size_t>(
            tile_layout(width, 64, SampleType::u8, channels, false).bytes + 64));
        const std::int64_t before = allocated_bytes();
        const auto decoder = source->rows({best_isa(), nullptr});
        std::byte* at =
            rows.data() + (64 - reinterpret_cast<std::uintptr_t>(rows.data()) % 64) % 64;
        decoder->decode(tile_at(at, {0, 0, width, 64}, SampleType::u8, channels, false));
        const std::int64_t held = allocated_bytes() - before;
        INFO(width << " x " << channels << ", kind " << kind);
        CHECK(held <= source->decoder_bytes());
        CHECK(held * 3 + (256 << 10) >= source->decoder_bytes());
      }
    }
  }
}

TEST_CASE("jpeg metadata", "[jpeg]") {
  const Picture picture = smooth_picture(40, 30, 3);
  const auto open = [&](const JpegEncoding& encoding) {
    return open_jpeg(in_memory(libjpeg_encode(picture, encoding)));
  };
  SECTION("orientation and EXIF data") {
    for (const bool big : {false, true}) {
      const Bytes exif = exif_with(6, big);
      const auto source = open({.markers = [&](auto& c) { put_exif(c, exif); }});
      CHECK(source->info().orientation == 6);
      CHECK(source->info().meta().exif == exif);
      ImageInfo turned = source->info();
      turned.orientation = 3;
      CHECK(exif_facts(exif_of(turned)).orientation == 3);
    }
    for (const int wrong : {0, 9, 500})
      CHECK(open({.markers = [&](auto& c) { put_exif(c, exif_with(wrong, true)); }})
                ->info()
                .orientation == 1);
    Bytes cut = exif_with(6, true);
    for (; !cut.empty(); cut.pop_back())
      CHECK_NOTHROW(exif_facts(cut));
  }
  SECTION("density") {
    const auto density = [&](int unit, int x, int y) {
      return open({.set_up =
                       [=](auto& c) {
                         c.density_unit = static_cast<UINT8>(unit);
                         c.X_density = static_cast<UINT16>(x);
                         c.Y_density = static_cast<UINT16>(y);
                       }})
          ->info()
          .resolution;
    };
    CHECK(density(1, 254, 508) == Resolution{10, 20});
    CHECK(density(2, 100, 200) == Resolution{10, 20});
    CHECK(density(0, 1, 1) == Resolution{});
  }
  SECTION("comment") {
    const auto source = open({.markers = [](auto& c) {
      jpeg_write_marker(&c, JPEG_COM, reinterpret_cast<const JOCTET*>("two words"), 9);
    }});
    CHECK(source->info().meta().description == "two words");
  }
}

TEST_CASE("jpeg profiles in several parts", "[jpeg]") {
  const Picture picture = smooth_picture(40, 30, 3);
  Bytes icc(200000);
  for (std::size_t i = 0; i < icc.size(); ++i)
    icc[i] = static_cast<std::byte>(i * 7);
  Bytes file =
      libjpeg_encode(picture, {.markers = [&](auto& c) {
                       jpeg_write_icc_profile(&c, reinterpret_cast<const JOCTET*>(icc.data()),
                                              static_cast<unsigned>(icc.size()));
                     }});
  std::vector<std::string> warnings;
  const JpegReadOptions options{
      .warning = [&](const std::string& text) { warnings.push_back(text); }};
  CHECK(open_jpeg(in_memory(file), options)->info().meta().icc == icc);
  CHECK(warnings.empty());
  const std::size_t second = find_marker(file, 0xE2, find_marker(file, 0xE2) + 1);
  SECTION("a part twice") {
    file[second + 16] = std::byte{1};
  }
  SECTION("another count") {
    file[second + 17] = std::byte{9};
  }
  SECTION("a part is missing") {
    file[second + 4] = std::byte{'X'};
  }
  CHECK(open_jpeg(in_memory(file), options)->info().meta().icc.empty());
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0], "the ICC profile is left out"));
}

TEST_CASE("jpeg CMYK is amounts of ink", "[jpeg]") {
  const Picture ink = smooth_picture(64, 40, 4);
  // libjpeg writes Adobe's marker; what it stores is taken as inverted.
  const Bytes file = libjpeg_encode(ink, {.quality = 100});
  const auto source = open_jpeg(in_memory(file));
  CHECK(source->info().colour == Colour::cmyk);
  Picture stored = libjpeg_decode(file);
  Picture inverted = stored;
  for (std::byte& b : inverted.samples)
    b = ~b;
  CHECK(difference(read_all(*source), inverted) == "");
  const Bytes plain = libjpeg_encode(
      ink, {.quality = 100, .set_up = [](auto& c) { c.write_Adobe_marker = FALSE; }});
  CHECK(difference(read_all(*open_jpeg(in_memory(plain))), stored) == "");
}

TEST_CASE("jpeg kinds that are not supported are named", "[jpeg]") {
  const Bytes good = libjpeg_encode(smooth_picture(40, 30, 3));
  const std::size_t sof = find_marker(good, 0xC0);
  const auto with = [&](std::size_t offset, int value) {
    Bytes file = good;
    file[sof + offset] = static_cast<std::byte>(value);
    return failure(file);
  };
  CHECK(contains(with(1, 0xC3), "lossless JPEG (SOF3) is not supported"));
  CHECK(contains(with(1, 0xC5), "hierarchical JPEG"));
  CHECK(contains(with(1, 0xCB), "lossless JPEG with arithmetic coding"));
  CHECK(contains(with(4, 12), "12 bits per sample"));
  CHECK(contains(with(9, 5), "5 components"));
  CHECK(contains(with(11, 0x50), "impossible sampling 5 x 0"));
  Bytes file = good;
  file[sof + 5] = file[sof + 6] = std::byte{0};
  CHECK(contains(failure(file), "DNL"));
  file = good;
  file[sof + 7] = file[sof + 8] = std::byte{0xFF};
  CHECK(contains(failure(file), "65535 x 30 pixels"));
}

TEST_CASE("jpeg files cut short", "[jpeg]") {
  for (int kind = 0; kind < 4; ++kind) {
    const bool progressive = kind % 2 == 1, arithmetic = kind >= 2;
    const Bytes good = libjpeg_encode(smooth_picture(100, 80, 3),
                                      {.progressive = progressive, .arithmetic = arithmetic});
    const std::size_t step = 7;
    for (std::size_t size = 0; size < good.size() - 4; size += step) {
      INFO(size);
      const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string message = failure(cut);
      // All coefficients may be there when only the end is not: then it is no error.
      CHECK((message != "" || (!progressive && size + 16 > good.size())));
    }
    // The end marker alone: pixels are whole, but of scans one cannot know.
    const Bytes open_end(good.begin(), good.end() - 2);
    CHECK((failure(open_end) != "") == (progressive || arithmetic));
    const Bytes half(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(good.size() / 2));
    CHECK(failure(half, {.damaged = true}) == "");
  }
}

TEST_CASE("jpeg files with flipped bytes never crash", "[jpeg]") {
  for (int kind = 0; kind < 3; ++kind) {
    const Bytes good = libjpeg_encode(smooth_picture(60, 50, 3),
                                      {.progressive = kind == 1, .arithmetic = kind == 2});
    std::uint32_t state = 7;
    for (int i = 0; i < 600; ++i) {
      Bytes file = good;
      state = state * 1664525u + 1013904223u;
      file[(state >> 8) % file.size()] = static_cast<std::byte>(state >> 24);
      // A size of its own may ask for more than the test has.
      try {
        const auto source = open_jpeg(in_memory(file));
        if (source->decoder_bytes() + source->info().bytes() < (64 << 20)) read_all(*source);
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::data);
        CHECK(error.file() == "memory");
      }
    }
  }
}

TEST_CASE("jpeg files with too many scans end in time", "[jpeg]") {
  const Bytes good = libjpeg_encode(smooth_picture(64, 64, 1), {.progressive = true});
  // The last refining scan over and over.
  const std::size_t last = [&] {
    std::size_t at = 0, found = 0;
    for (; at + 1 < good.size(); ++at)
      if (good[at] == std::byte{0xFF} && good[at + 1] == std::byte{0xDA}) found = at;
    return found;
  }();
  Bytes file(good.begin(), good.end() - 2);
  for (int i = 0; i < 5000; ++i)
    file.insert(file.end(), good.begin() + static_cast<std::ptrdiff_t>(last), good.end() - 2);
  file.insert(file.end(), good.end() - 2, good.end());
  CHECK(contains(failure(file, {.damaged = true}), "more than 200 scans"));
}

TEST_CASE("jpeg files that promise more than they can hold", "[jpeg]") {
  Bytes file = libjpeg_encode(smooth_picture(64, 64, 3), {.progressive = true});
  const std::size_t sof = find_marker(file, 0xC2);
  file[sof + 5] = file[sof + 7] = std::byte{0xF0};
  CHECK(contains(failure(file), "the file is cut short: 61504 x 61504 pixels"));
}

TEST_CASE("jpeg errors of the bytes' source come through", "[jpeg]") {
  const Bytes good = libjpeg_encode(smooth_picture(800, 600, 3));
  const auto source = open_jpeg(
      bytes_by_callback("far away", static_cast<std::int64_t>(good.size()),
                        [&](std::int64_t offset, std::span<std::byte> to) {
                          if (offset + static_cast<std::int64_t>(to.size()) > 65536)
                            throw Error(ErrorKind::system, "the line is dead").at_file("far away");
                          std::copy_n(good.begin() + offset, to.size(), to.begin());
                        }));
  try {
    read_all(*source);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::system);
    CHECK(error.reason() == "the line is dead");
  }
}

}  // namespace sluice::test
