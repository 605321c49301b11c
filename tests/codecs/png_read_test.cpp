// PNG reading against libpng's own whole-image decoding.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "codecs/png/png.hpp"
#include "engine/error.hpp"
#include "png_support.hpp"
#include "support/catch.hpp"
#include "support/jpeg_support.hpp"
#include "support/read_source.hpp"

namespace sluice::test {
namespace {

using Bytes = std::vector<std::byte>;

std::string failure(const Bytes& file) {
  try {
    read_all(*open_png(in_memory(file)));
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

Picture noise(std::int64_t width, std::int64_t height, SampleType type, int channels) {
  return random_picture(
      make_info(width, height, type, channels, channels < 3 ? Colour::grey : Colour::rgb), 3);
}

Bytes text_bytes(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

Bytes deflated(const Bytes& from) {
  uLongf size = compressBound(static_cast<uLong>(from.size()));
  Bytes to(size);
  compress(reinterpret_cast<Bytef*>(to.data()), &size, reinterpret_cast<const Bytef*>(from.data()),
           static_cast<uLong>(from.size()));
  to.resize(size);
  return to;
}

/// A good file with chunks put in behind its image header.
Bytes with_chunks(const Picture& picture,
                  const std::vector<std::pair<const char*, Bytes>>& chunks) {
  constexpr std::ptrdiff_t kHeader = 8 + 25;
  const Bytes good = libpng_encode(picture);
  Bytes file(good.begin(), good.begin() + kHeader);
  for (const auto& [type, content] : chunks)
    put_chunk(file, type, content);
  file.insert(file.end(), good.begin() + kHeader, good.end());
  return file;
}

}  // namespace

TEST_CASE("png rows are libpng's", "[png]") {
  const std::pair<int, int> sizes[] = {{1, 1}, {3, 8}, {257, 1}, {17, 16}, {533, 401}};
  for (const auto& [width, height] : sizes)
    for (const SampleType type : {SampleType::u8, SampleType::u16})
      for (int channels = 1; channels <= 4; ++channels)
        for (const bool interlaced : {false, true}) {
          const Picture picture = noise(width, height, type, channels);
          const auto source =
              open_png(in_memory(libpng_encode(picture, {.interlaced = interlaced})));
          INFO(width << " x " << height << " x " << channels << " " << name_of(type));
          CHECK(source->in_order());
          CHECK(source->info().colour == picture.info.colour);
          CHECK(source->info().alpha == picture.info.alpha);
          CHECK(difference(read_all(*source), picture) == "");
          CHECK(difference(read_all(*source, Isa::sse4, 0x5A, 5), picture) == "");
        }
}

TEST_CASE("png samples of few bits keep their values", "[png]") {
  for (const int depth : {1, 2, 4}) {
    for (const bool palette : {false, true}) {
      for (const bool interlaced : {false, true}) {
        Picture picture = noise(37, 23, SampleType::u8, 1);
        for (std::byte& b : picture.samples)
          b &= static_cast<std::byte>((1 << depth) - 1);
        PngEncoding encoding{.interlaced = interlaced, .depth = depth};
        if (palette) encoding.palette.resize(std::size_t{1} << depth, {1, 2, 255});
        const auto source = open_png(in_memory(libpng_encode(picture, encoding)));
        CHECK(difference(read_all(*source), picture) == "");
        CHECK(source->info().colour == (palette ? Colour::palette : Colour::grey));
        if (palette) {
          const auto& colours = source->info().meta().palette;
          CHECK(colours.size() == 3 * (std::size_t{1} << depth));
          CHECK(colours[1] == 2 * 257);
          CHECK(colours[2] == 65535);
        }
      }
    }
  }
}

TEST_CASE("png decoders keep to decoder_bytes", "[png]") {
  if (!kMallocTells) return;
  for (const int width : {1, 17, 4001}) {
    for (const int channels : {1, 4}) {
      for (const SampleType type : {SampleType::u8, SampleType::u16}) {
        for (const bool interlaced : {false, true}) {
          const Bytes file =
              libpng_encode(noise(width, 200, type, channels), {.interlaced = interlaced});
          const auto source = open_png(in_memory(file));
          std::vector<std::byte> rows(
              static_cast<std::size_t>(tile_layout(width, 8, type, channels, false).bytes + 64));
          const std::int64_t before = allocated_bytes();
          const auto decoder = source->rows({best_isa(), nullptr});
          decoder->decode(tile_at(rows.data(), {0, 0, width, 8}, type, channels, false));
          const std::int64_t held = allocated_bytes() - before;
          INFO(width << " x " << channels << ", " << interlaced);
          CHECK(held <= source->decoder_bytes());
          CHECK(held * 3 + (128 << 10) >= source->decoder_bytes());
        }
      }
    }
  }
}

TEST_CASE("png transparency", "[png]") {
  SECTION("a grey value is nodata") {
    for (const SampleType type : {SampleType::u8, SampleType::u16}) {
      png_color_16 value{};
      value.gray = 77;
      const auto source = open_png(in_memory(libpng_encode(
          noise(9, 9, type, 1),
          {.chunks = [&](auto png, auto info) { png_set_tRNS(png, info, nullptr, 0, &value); }})));
      CHECK(source->info().bands[0].nodata == 77);
    }
  }
  SECTION("a colour is an item") {
    png_color_16 value{};
    value.red = 1, value.green = 2, value.blue = 3;
    const auto source = open_png(in_memory(libpng_encode(
        noise(9, 9, SampleType::u8, 3),
        {.chunks = [&](auto png, auto info) { png_set_tRNS(png, info, nullptr, 0, &value); }})));
    CHECK(source->info().meta().items.at("png.transparent") == "1,2,3");
    CHECK(!source->info().bands[0].nodata);
  }
  SECTION("entries of a palette") {
    const auto open = [&](std::vector<png_byte> alpha) {
      Picture picture(make_info(9, 9, SampleType::u8, 1));
      return open_png(in_memory(libpng_encode(
          picture, {.palette = std::vector<png_color>(4), .chunks = [&](auto png, auto info) {
                      png_set_tRNS(png, info, alpha.data(), static_cast<int>(alpha.size()),
                                   nullptr);
                    }})));
    };
    CHECK(open({255, 0})->info().bands[0].nodata == 1);
    CHECK(open({255, 0})->info().meta().items.empty());
    CHECK(!open({0, 0})->info().bands[0].nodata);
    CHECK(open({0, 128})->info().meta().palette_opacity[1] == 128 * 257);
  }
}

TEST_CASE("png metadata", "[png]") {
  const Picture picture = noise(9, 9, SampleType::u8, 3);
  Bytes profile = text_bytes(std::string(3000, 'p'));
  Bytes icc = text_bytes(std::string_view("name\0\0", 6));
  const Bytes packed = deflated(profile);
  icc.insert(icc.end(), packed.begin(), packed.end());
  Bytes compressed = text_bytes(std::string_view("Comment\0\0", 9));
  const Bytes packed_text = deflated(text_bytes("caf\xE9"));
  compressed.insert(compressed.end(), packed_text.begin(), packed_text.end());
  const auto source = open_png(in_memory(with_chunks(
      picture, {{"iCCP", icc},
                {"gAMA", {std::byte{0}, std::byte{0}, std::byte{0xB1}, std::byte{0x8F}}},
                {"pHYs",
                 {std::byte{0}, std::byte{0}, std::byte{0x27}, std::byte{0x10}, std::byte{0},
                  std::byte{0}, std::byte{0x4E}, std::byte{0x20}, std::byte{1}}},
                {"tEXt", text_bytes(std::string_view("Title\0a title", 13))},
                {"tEXt", text_bytes(std::string_view("Description\0what it is", 22))},
                {"tEXt", text_bytes(std::string_view("odd key\0x", 9))},
                {"zTXt", compressed},
                {"iTXt", text_bytes(std::string_view("Author\0\0\0en\0\0\xC3\x89mile", 19))}})));
  const Metadata& meta = source->info().meta();
  CHECK(meta.icc == profile);
  CHECK(meta.description == "what it is");
  CHECK(meta.items.at("Title") == "a title");
  CHECK(meta.items.at("png.text.odd key") == "x");
  CHECK(meta.items.at("Comment") == "caf\xC3\xA9");
  CHECK(meta.items.at("Author") == "\xC3\x89mile");
  CHECK(meta.items.at("png.gamma") == "0.45455");
  CHECK(source->info().resolution == Resolution{10, 20});
}

TEST_CASE("png metadata that is broken is left out with a warning", "[png]") {
  const Picture picture = noise(9, 9, SampleType::u8, 3);
  const auto warnings = [&](const char* type, const Bytes& content, bool damage = false) {
    Bytes file = with_chunks(picture, {{type, content}});
    if (damage) file[8 + 25 + 8] ^= std::byte{1};
    std::vector<std::string> all;
    const auto source = open_png(
        in_memory(file), {.warning = [&](const std::string& text) { all.push_back(text); }});
    CHECK(source->info().meta().items.empty());
    CHECK(difference(read_all(*source), picture) == "");
    return all.size() == 1 ? all[0] : "";
  };
  CHECK(contains(warnings("tEXt", text_bytes("Title no end")), "chunk tEXt at byte 33"));
  CHECK(contains(warnings("tEXt", text_bytes(std::string_view("Title\0x", 7)), true), "checksum"));
  CHECK(contains(warnings("iCCP", text_bytes(std::string_view("x\0\0y", 4))), "profile is broken"));
  // Two megabytes of zeros in two kilobytes: more than is kept.
  Bytes bomb = text_bytes(std::string_view("Comment\0\0", 9));
  const Bytes packed = deflated(Bytes(2 << 20));
  bomb.insert(bomb.end(), packed.begin(), packed.end());
  CHECK(contains(warnings("zTXt", bomb), "too large"));
}

TEST_CASE("png files that are broken", "[png]") {
  const Picture picture = noise(64, 48, SampleType::u8, 3);
  const Bytes good = libpng_encode(picture);
  CHECK(contains(failure({}), "no PNG file"));
  CHECK(contains(failure(text_bytes("hello, world")), "no PNG file"));
  CHECK(
      contains(failure(with_chunks(picture, {{"CgBI", Bytes(4)}})), "chunk CgBI is not supported"));
  CHECK(contains(failure(with_chunks(picture, {{"ABcD", {}}})), "chunk ABcD is not supported"));
  CHECK(contains(failure(with_chunks(picture, {{"IHDR", Bytes(13)}})), "second image header"));
  CHECK(contains(failure(with_chunks(picture, {{"IEND", {}}})), "no image data"));
  const auto header = [&](std::size_t at, int value) {
    Bytes file(good.begin(), good.begin() + 8);
    Bytes content(good.begin() + 16, good.begin() + 29);
    content[at] = static_cast<std::byte>(value);
    put_chunk(file, "IHDR", content);
    file.insert(file.end(), good.begin() + 33, good.end());
    return failure(file);
  };
  CHECK(contains(header(0, 0x80), "2147483712 x 48 pixels"));
  CHECK(contains(header(8, 3), "colour type 2 with 3 bits"));
  CHECK(contains(header(9, 3), "without a palette"));
  CHECK(contains(header(10, 1), "compression method 1"));
  CHECK(contains(header(12, 2), "interlace method 2"));
  for (std::size_t size = 0; size + 20 < good.size(); size += 53) {
    const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(failure(cut) != "");
  }
  Bytes damaged = good;
  damaged[damaged.size() / 2] ^= std::byte{0x10};
  CHECK(contains(failure(damaged), "row "));
}

TEST_CASE("png files that promise more than they can hold", "[png]") {
  // Interlaced, 60000 x 60000: the whole image would be kept.
  Bytes file = libpng_encode(noise(8, 8, SampleType::u8, 3), {.interlaced = true});
  Bytes content(file.begin() + 16, file.begin() + 29);
  content[2] = content[6] = std::byte{0xEA};
  content[3] = content[7] = std::byte{0x60};
  Bytes large(file.begin(), file.begin() + 8);
  put_chunk(large, "IHDR", content);
  large.insert(large.end(), file.begin() + 33, file.end());
  CHECK(contains(failure(large), "the file is cut short: 60000 x 60000 pixels"));
}

TEST_CASE("png files with flipped bytes never crash", "[png]") {
  for (const bool interlaced : {false, true}) {
    const Bytes good = libpng_encode(noise(40, 30, SampleType::u8, 4), {.interlaced = interlaced});
    std::uint32_t state = 7;
    for (int i = 0; i < 500; ++i) {
      Bytes file = good;
      state = state * 1664525u + 1013904223u;
      file[(state >> 8) % file.size()] ^= static_cast<std::byte>(1 + (state >> 25));
      try {
        const auto source = open_png(in_memory(file));
        if (source->decoder_bytes() + source->info().bytes() < (64 << 20)) read_all(*source);
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::data);
        CHECK(error.file() == "memory");
      }
    }
  }
}

}  // namespace sluice::test
