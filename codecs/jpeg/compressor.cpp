#include "codecs/jpeg/compressor.hpp"

#include <fmt/format.h>

#include <jerror.h>

#include "engine/error.hpp"
#include "engine/geometry.hpp"

namespace sluice::jpeg {

bool halves_chroma(JpegSubsampling subsampling, int quality) {
  constexpr int kHalfUpTo = 90;
  return subsampling == JpegSubsampling::s420 ||
         (subsampling == JpegSubsampling::automatic && quality <= kHalfUpTo);
}

std::int64_t Compression::mcus_across() const {
  return ceil_div(width, mcu_side());
}

std::int64_t Compression::bound(std::int64_t rows) const {
  // With the samples' range a block has the energy for 64 coefficients of 8 bits, and no other mix
  // of sizes takes more code: at most 18 bits each with the standard tables, 144 bytes. A byte of
  // 0xff is followed by a stuffed 0; such codes have no more than every other one. Some more for
  // the rounding of the transform.
  constexpr std::int64_t kBlockBytes = 144 + 144 / 2 + 16, kMarkers = 4096;
  const std::int64_t blocks = sampling * sampling + components - 1;
  return mcus_across() * ceil_div(rows, mcu_side()) * blocks * kBlockBytes + kMarkers;
}

std::int64_t Compression::compressor_bytes() const {
  // libjpeg's tables; per component the rows of one MCU row before and after the reduction of
  // chroma, rows padded to 64 bytes.
  constexpr std::int64_t kTables = 96 * 1024, kPerRow = 64 + 2 * sizeof(void*);
  const std::int64_t row = mcus_across() * mcu_side() + kPerRow;
  return kTables + components * row * (mcu_side() + 3 * sampling);
}

Compressor::Compressor(const Compression& how, bool jfif) {
  codec_.err = errors_.install();
  run([&] {
    jpeg_create_compress(&codec_);
    created_ = true;
    codec_.client_data = this;
    destination_.init_destination = [](j_compress_ptr codec) {
      const std::span<std::byte> to = static_cast<Compressor*>(codec->client_data)->to_;
      codec->dest->next_output_byte = reinterpret_cast<JOCTET*>(to.data());
      codec->dest->free_in_buffer = to.size();
    };
    // Too little room is libjpeg's error: the bound is too small.
    destination_.empty_output_buffer = [](j_compress_ptr codec) -> boolean {
      ERREXIT(codec, JERR_FILE_WRITE);
      return FALSE;
    };
    destination_.term_destination = [](j_compress_ptr) {};
    codec_.dest = &destination_;
    codec_.image_width = static_cast<JDIMENSION>(how.width);
    codec_.image_height = static_cast<JDIMENSION>(how.height);
    codec_.input_components = how.components;
    codec_.in_color_space = how.ycbcr ? JCS_RGB : how.components == 1 ? JCS_GRAYSCALE : JCS_UNKNOWN;
    jpeg_set_defaults(&codec_);
    jpeg_set_quality(&codec_, how.quality, TRUE);
    codec_.dct_method = JDCT_ISLOW;
    codec_.comp_info[0].h_samp_factor = codec_.comp_info[0].v_samp_factor = how.sampling;
    codec_.write_JFIF_header = jfif ? TRUE : FALSE;
    codec_.write_Adobe_marker = FALSE;
  });
}

Compressor::~Compressor() {
  if (created_) jpeg_destroy_compress(&codec_);
}

std::vector<std::byte> Compressor::tables() {
  std::vector<std::byte> bytes(4096);
  bytes.resize(static_cast<std::size_t>(write(bytes, [](jpeg_compress_struct& codec) {
    jpeg_suppress_tables(&codec, FALSE);
    jpeg_write_tables(&codec);
  })));
  return bytes;
}

void Compressor::start(std::int64_t width, std::int64_t height, std::span<std::byte> to) {
  to_ = to;
  run([&] {
    jpeg_abort_compress(&codec_);
    codec_.image_width = static_cast<JDIMENSION>(width);
    codec_.image_height = static_cast<JDIMENSION>(height);
    jpeg_suppress_tables(&codec_, TRUE);
    jpeg_start_compress(&codec_, FALSE);
  });
}

void Compressor::rows(const std::byte* samples, std::int64_t row_bytes, std::int64_t count) {
  run([&] {
    for (std::int64_t y = 0; y < count; ++y) {
      // libjpeg does not write through the pointer.
      JSAMPROW row = reinterpret_cast<JSAMPROW>(const_cast<std::byte*>(samples + y * row_bytes));
      jpeg_write_scanlines(&codec_, &row, 1);
    }
  });
}

std::int64_t Compressor::finish() {
  run([&] { jpeg_finish_compress(&codec_); });
  return used();
}

void Compressor::fail() const {
  throw Error(ErrorKind::internal, fmt::format("libjpeg cannot compress: {}", errors_.message));
}

std::int64_t Compressor::used() const {
  return static_cast<std::int64_t>(to_.size() - destination_.free_in_buffer);
}

}  // namespace sluice::jpeg
