#include "support/jpeg_support.hpp"

#include <malloc.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sluice::test {
namespace {

[[noreturn]] void fail(j_common_ptr cinfo) {
  char message[JMSG_LENGTH_MAX];
  cinfo->err->format_message(cinfo, message);
  throw std::runtime_error(message);
}
void fail_on_warning(j_common_ptr cinfo, int level) {
  if (level < 0) fail(cinfo);
}

jpeg_error_mgr* strict(jpeg_error_mgr& errors) {
  jpeg_std_error(&errors);
  errors.error_exit = &fail;
  errors.emit_message = &fail_on_warning;
  return &errors;
}

}  // namespace

std::vector<std::byte> libjpeg_encode(const Picture& picture, const JpegEncoding& encoding) {
  jpeg_error_mgr errors;
  jpeg_compress_struct c;
  c.err = strict(errors);
  jpeg_create_compress(&c);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&c, &data, &size);
  const int channels = picture.channels();
  c.image_width = static_cast<JDIMENSION>(picture.width());
  c.image_height = static_cast<JDIMENSION>(picture.height());
  c.input_components = channels;
  c.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&c);
  jpeg_set_quality(&c, encoding.quality, TRUE);
  if (channels == 3) {
    c.comp_info[0].h_samp_factor = encoding.horizontal;
    c.comp_info[0].v_samp_factor = encoding.vertical;
  }
  if (encoding.progressive) jpeg_simple_progression(&c);
  std::vector<jpeg_scan_info> scans;
  if (encoding.separate_scans) {
    for (int i = 0; i < channels; ++i)
      scans.push_back({1, {i, 0, 0, 0}, 0, 63, 0, 0});
    c.scan_info = scans.data();
    c.num_scans = channels;
  }
  c.arith_code = encoding.arithmetic ? TRUE : FALSE;
  c.restart_interval = encoding.restart_interval;
  if (encoding.set_up) encoding.set_up(c);
  jpeg_start_compress(&c, TRUE);
  if (encoding.markers) encoding.markers(c);
  std::vector<JSAMPLE> row(static_cast<std::size_t>(picture.width() * channels));
  for (std::int64_t y = 0; y < picture.height(); ++y) {
    for (std::int64_t x = 0; x < picture.width(); ++x)
      for (int i = 0; i < channels; ++i)
        row[static_cast<std::size_t>(x * channels + i)] = picture.at<std::uint8_t>(i, x, y);
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&c, &rows, 1);
  }
  jpeg_finish_compress(&c);
  jpeg_destroy_compress(&c);
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> bytes(begin, begin + size);
  std::free(data);
  return bytes;
}

Picture libjpeg_decode(const std::vector<std::byte>& file) {
  jpeg_error_mgr errors;
  jpeg_decompress_struct d;
  d.err = strict(errors);
  jpeg_create_decompress(&d);
  jpeg_mem_src(&d, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&d, TRUE);
  jpeg_start_decompress(&d);
  const int channels = d.output_components;
  Picture picture(make_info(d.output_width, d.output_height, SampleType::u8, channels,
                            channels == 1 ? Colour::grey : Colour::rgb));
  std::vector<JSAMPLE> row(static_cast<std::size_t>(d.output_width) *
                           static_cast<std::size_t>(channels));
  for (std::int64_t y = 0; y < picture.height(); ++y) {
    JSAMPROW rows = row.data();
    jpeg_read_scanlines(&d, &rows, 1);
    for (std::int64_t x = 0; x < picture.width(); ++x)
      for (int i = 0; i < channels; ++i)
        picture.at<std::uint8_t>(i, x, y) = row[static_cast<std::size_t>(x * channels + i)];
  }
  jpeg_finish_decompress(&d);
  jpeg_destroy_decompress(&d);
  return picture;
}

std::shared_ptr<const ByteSource> in_memory(std::vector<std::byte> bytes) {
  return bytes_in_memory(std::move(bytes), "memory");
}

std::vector<std::byte> bytes_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  const auto* begin = reinterpret_cast<const std::byte*>(chars.data());
  return {begin, begin + chars.size()};
}

Picture smooth_picture(std::int64_t width, std::int64_t height, int channels, unsigned seed) {
  Picture picture(make_info(width, height, SampleType::u8, channels,
                            channels < 3 ? Colour::grey : Colour::rgb));
  std::uint32_t state = seed;
  for (int c = 0; c < channels; ++c)
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) {
        state = state * 1664525u + 1013904223u;
        const double wave = 110 * std::sin(0.05 * static_cast<double>(x * (c + 1))) *
                            std::cos(0.03 * static_cast<double>(y));
        picture.set(c, x, y, std::floor(128 + wave + static_cast<double>(state >> 28)));
      }
  return picture;
}

std::int64_t allocated_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
}

}  // namespace sluice::test
