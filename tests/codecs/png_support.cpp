#include "png_support.hpp"

#include <zlib.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace sluice::test {
namespace {

[[noreturn]] void fail(png_structp, png_const_charp message) {
  throw std::runtime_error(message);
}
void fail_on_warning(png_structp, png_const_charp message) {
  throw std::runtime_error(std::string("warning: ") + message);
}

void append(png_structp png, png_bytep data, std::size_t size) {
  auto* to = static_cast<std::vector<std::byte>*>(png_get_io_ptr(png));
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  to->insert(to->end(), begin, begin + size);
}
void no_flush(png_structp) {}

struct Cursor {
  const std::vector<std::byte>& file;
  std::size_t at = 0;
};
void take(png_structp png, png_bytep to, std::size_t size) {
  auto* from = static_cast<Cursor*>(png_get_io_ptr(png));
  if (size > from->file.size() - from->at) throw std::runtime_error("end of file");
  std::memcpy(to, from->file.data() + from->at, size);
  from->at += size;
}

int colour_type(const Picture& picture, const PngEncoding& encoding) {
  if (!encoding.palette.empty()) return PNG_COLOR_TYPE_PALETTE;
  constexpr int kTypes[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                            PNG_COLOR_TYPE_RGB_ALPHA};
  return kTypes[picture.channels() - 1];
}

/// Interleaved rows in the machine's byte order.
std::vector<png_byte> interleaved(const Picture& picture) {
  const std::size_t size = size_of(picture.info.type);
  std::vector<png_byte> pixels;
  for (std::int64_t y = 0; y < picture.height(); ++y)
    for (std::int64_t x = 0; x < picture.width(); ++x)
      for (int c = 0; c < picture.channels(); ++c) {
        const std::byte* sample = picture.samples.data() + picture.index(c, x, y) * size;
        for (std::size_t i = 0; i < size; ++i)
          pixels.push_back(std::to_integer<png_byte>(sample[i]));
      }
  return pixels;
}

}  // namespace

std::vector<std::byte> libpng_encode(const Picture& picture, const PngEncoding& encoding) {
  std::vector<std::byte> file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, fail, fail_on_warning);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, append, no_flush);
  const int bits = static_cast<int>(8 * size_of(picture.info.type));
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width()),
               static_cast<png_uint_32>(picture.height()), encoding.depth ? encoding.depth : bits,
               colour_type(picture, encoding),
               encoding.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!encoding.palette.empty())
    png_set_PLTE(png, info, encoding.palette.data(), static_cast<int>(encoding.palette.size()));
  if (encoding.chunks) encoding.chunks(png, info);
  png_write_info(png, info);
  png_set_packing(png);
  png_set_swap(png);
  std::vector<png_byte> pixels = interleaved(picture);
  std::vector<png_bytep> rows;
  const std::size_t row = pixels.size() / static_cast<std::size_t>(picture.height());
  for (std::int64_t y = 0; y < picture.height(); ++y)
    rows.push_back(pixels.data() + static_cast<std::size_t>(y) * row);
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

Picture libpng_decode(const std::vector<std::byte>& file,
                      const std::function<void(png_structp, png_infop)>& inspect) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, fail, fail_on_warning);
  png_infop info = png_create_info_struct(png);
  Cursor cursor{file};
  png_set_read_fn(png, &cursor, take);
  png_read_info(png, info);
  if (inspect) inspect(png, info);
  const int depth = png_get_bit_depth(png, info);
  Picture picture(make_info(png_get_image_width(png, info), png_get_image_height(png, info),
                            depth == 16 ? SampleType::u16 : SampleType::u8,
                            png_get_channels(png, info)));
  png_set_packing(png);
  png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const std::size_t row = png_get_rowbytes(png, info);
  std::vector<png_byte> pixels(row * static_cast<std::size_t>(picture.height()));
  std::vector<png_bytep> rows;
  for (std::int64_t y = 0; y < picture.height(); ++y)
    rows.push_back(pixels.data() + static_cast<std::size_t>(y) * row);
  png_read_image(png, rows.data());
  png_read_end(png, info);
  png_destroy_read_struct(&png, &info, nullptr);
  if (cursor.at != file.size()) throw std::runtime_error("bytes behind the end");
  const std::size_t size = size_of(picture.info.type);
  const png_byte* from = pixels.data();
  for (std::int64_t y = 0; y < picture.height(); ++y)
    for (std::int64_t x = 0; x < picture.width(); ++x)
      for (int c = 0; c < picture.channels(); ++c, from += size)
        std::memcpy(picture.samples.data() + picture.index(c, x, y) * size, from, size);
  return picture;
}

void put_chunk(std::vector<std::byte>& file, const char* type,
               const std::vector<std::byte>& content) {
  const auto number = [](std::vector<std::byte>& to, std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
      to.push_back(static_cast<std::byte>(value >> shift & 0xFF));
  };
  number(file, content.size());
  const std::size_t begin = file.size();
  for (int i = 0; i < 4; ++i)
    file.push_back(static_cast<std::byte>(type[i]));
  file.insert(file.end(), content.begin(), content.end());
  number(file, crc32(0, reinterpret_cast<const Bytef*>(file.data() + begin),
                     static_cast<uInt>(file.size() - begin)));
}

}  // namespace sluice::test
