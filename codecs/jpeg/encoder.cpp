#include "codecs/jpeg/encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "codecs/jpeg/library.hpp"
#include "engine/error.hpp"

namespace sluice::jpeg {
namespace {

constexpr std::size_t kMarkerBytes = 65533;  ///< most that one marker holds
constexpr std::size_t kTablesBytes = 4096;   ///< all markers but the metadata
constexpr std::string_view kExifMark{"Exif\0\0", 6};

/// libjpeg's structures. The functions below that libjpeg may leave by longjmp hold plain values.
struct Compressor {
  jpeg_compress_struct cinfo{};
  ErrorManager errors{};
  MemoryOutput output{};
  bool created = false;

  Compressor() = default;
  ~Compressor() {
    if (created) jpeg_destroy_compress(&cinfo);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  [[noreturn]] void fail() const {
    throw Error(ErrorKind::internal, fmt::format("libjpeg cannot compress: {}", errors.message));
  }
};

bool set_up(Compressor& c, const EncodePlan& plan) {
  c.cinfo.err = install(c.errors);
  if (setjmp(c.errors.escape)) return false;
  jpeg_create_compress(&c.cinfo);
  c.created = true;
  install(c.output, c.cinfo);
  c.cinfo.image_width = static_cast<JDIMENSION>(plan.width);
  c.cinfo.image_height = static_cast<JDIMENSION>(plan.height);
  c.cinfo.input_components = plan.components;
  c.cinfo.in_color_space = plan.components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&c.cinfo);
  jpeg_set_quality(&c.cinfo, plan.quality, TRUE);
  c.cinfo.dct_method = JDCT_ISLOW;
  c.cinfo.comp_info[0].h_samp_factor = plan.sampling;
  c.cinfo.comp_info[0].v_samp_factor = plan.sampling;
  return true;
}

/// The resolution as JFIF stores it; false where it does not fit.
bool density(const Resolution& resolution, UINT16& x, UINT16& y) {
  const double per_inch_x = std::nearbyint(resolution.x * 25.4);
  const double per_inch_y = std::nearbyint(resolution.y * 25.4);
  if (!(per_inch_x >= 1 && per_inch_x <= 65535 && per_inch_y >= 1 && per_inch_y <= 65535))
    return false;
  x = static_cast<UINT16>(per_inch_x);
  y = static_cast<UINT16>(per_inch_y);
  return true;
}

void write_marker(Compressor& c, int marker, const std::byte* data, std::size_t size) {
  jpeg_write_marker(&c.cinfo, marker, reinterpret_cast<const JOCTET*>(data),
                    static_cast<unsigned>(size));
}

bool write_header(Compressor& c, const EncodePlan& plan, const HeaderMetadata& metadata,
                  const std::vector<std::byte>& exif) {
  if (setjmp(c.errors.escape)) return false;
  c.cinfo.restart_interval = static_cast<unsigned>(plan.restart_interval());
  if (density(metadata.resolution, c.cinfo.X_density, c.cinfo.Y_density)) c.cinfo.density_unit = 1;
  jpeg_start_compress(&c.cinfo, TRUE);
  if (!exif.empty()) write_marker(c, JPEG_APP0 + 1, exif.data(), exif.size());
  if (!metadata.icc.empty())
    jpeg_write_icc_profile(&c.cinfo, reinterpret_cast<const JOCTET*>(metadata.icc.data()),
                           static_cast<unsigned>(metadata.icc.size()));
  if (!metadata.comment.empty() && metadata.comment.size() <= kMarkerBytes)
    write_marker(c, JPEG_COM, reinterpret_cast<const std::byte*>(metadata.comment.data()),
                 metadata.comment.size());
  // The first call writes the markers of frame and scan; none of the image is given.
  jpeg_write_scanlines(&c.cinfo, nullptr, 0);
  return true;
}

bool start_band(Compressor& c, JDIMENSION height) {
  if (setjmp(c.errors.escape)) return false;
  jpeg_abort_compress(&c.cinfo);
  c.cinfo.image_height = height;
  jpeg_suppress_tables(&c.cinfo, TRUE);
  jpeg_start_compress(&c.cinfo, FALSE);
  return true;
}

bool write_rows(Compressor& c, const std::byte* samples, std::int64_t row_bytes,
                std::int64_t count) {
  if (setjmp(c.errors.escape)) return false;
  for (std::int64_t y = 0; y < count; ++y) {
    // libjpeg does not write through the pointer.
    JSAMPROW row = reinterpret_cast<JSAMPROW>(const_cast<std::byte*>(samples + y * row_bytes));
    jpeg_write_scanlines(&c.cinfo, &row, 1);
  }
  return true;
}

bool finish_band(Compressor& c) {
  if (setjmp(c.errors.escape)) return false;
  jpeg_finish_compress(&c.cinfo);
  return true;
}

/// Bytes of the markers that libjpeg writes before the data of a scan: SOI, and segments up to SOS.
std::size_t markers_before_data(std::span<const std::byte> bytes) {
  constexpr int kSos = 0xDA;
  std::size_t at = 2;
  for (;;) {
    const int marker = std::to_integer<int>(bytes[at + 1]);
    at += 2 + (std::to_integer<std::size_t>(bytes[at + 2]) << 8 |
               std::to_integer<std::size_t>(bytes[at + 3]));
    if (marker == kSos) return at;
  }
}

}  // namespace

std::int64_t EncodePlan::band_bound() const {
  // With the samples' range a block has the energy for 64 coefficients of 8 bits, and no other mix
  // of sizes takes more code: at most 18 bits each with the standard tables, 144 bytes. Every byte
  // may be 0xff and be followed by a stuffed 0; some more for the rounding of the transform.
  constexpr std::int64_t kBlockBytes = 2 * 144 + 16, kMarkers = 1024;
  const std::int64_t blocks = components == 1 ? 1 : sampling * sampling + 2;
  return mcus_across() * std::min<std::int64_t>(band_mcu_rows, ceil_div(height, mcu_side())) *
             blocks * kBlockBytes +
         kMarkers;
}

std::int64_t EncodePlan::encoder_bytes() const {
  // libjpeg's tables; per component the rows of one MCU row before and after the reduction of
  // chroma, rows padded to 64 bytes.
  constexpr std::int64_t kTables = 96 * 1024, kPerRow = 64 + 2 * sizeof(void*);
  const std::int64_t row = mcus_across() * mcu_side() + kPerRow;
  return kTables + components * row * (mcu_side() + 3 * sampling);
}

std::vector<std::byte> encode_header(const EncodePlan& plan, const HeaderMetadata& metadata) {
  std::vector<std::byte> exif;
  if (!metadata.exif.empty() && metadata.exif.size() + kExifMark.size() <= kMarkerBytes) {
    const auto* mark = reinterpret_cast<const std::byte*>(kExifMark.data());
    exif.assign(mark, mark + kExifMark.size());
    exif.insert(exif.end(), metadata.exif.begin(), metadata.exif.end());
  }
  // Each 64 KiB of a profile has a marker of 18 bytes.
  std::vector<std::byte> bytes(kTablesBytes + exif.size() + metadata.icc.size() +
                               metadata.icc.size() / 2048 + metadata.comment.size());
  Compressor c;
  c.output.to = bytes;
  if (!set_up(c, plan) || !write_header(c, plan, metadata, exif)) c.fail();
  bytes.resize(c.output.size());
  return bytes;
}

struct BandEncoder::State {
  Compressor compressor;
};

BandEncoder::BandEncoder(const EncodePlan& plan) : state_(std::make_unique<State>()) {
  Compressor& c = state_->compressor;
  if (!set_up(c, plan)) c.fail();
  c.cinfo.write_JFIF_header = FALSE;
}

BandEncoder::~BandEncoder() = default;

void BandEncoder::start(std::int64_t height, std::span<std::byte> to) {
  Compressor& c = state_->compressor;
  c.output.to = to;
  if (!start_band(c, static_cast<JDIMENSION>(height))) c.fail();
}

void BandEncoder::rows(const std::byte* samples, std::int64_t row_bytes, std::int64_t count) {
  Compressor& c = state_->compressor;
  if (!write_rows(c, samples, row_bytes, count)) c.fail();
}

std::int64_t BandEncoder::finish() {
  Compressor& c = state_->compressor;
  if (!finish_band(c)) c.fail();
  constexpr std::size_t kEndMarker = 2;
  const std::span<std::byte> all = c.output.to.first(c.output.size());
  const std::size_t begin = markers_before_data(all);
  const std::size_t size = all.size() - begin - kEndMarker;
  std::memmove(all.data(), all.data() + begin, size);
  return static_cast<std::int64_t>(size);
}

}  // namespace sluice::jpeg
