#include "codecs/jpeg/encoder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include "codecs/jpeg/header.hpp"

namespace sluice::jpeg {
namespace {

constexpr std::size_t kMarkerBytes = 65533;  ///< most that one marker holds
constexpr std::size_t kTablesBytes = 4096;   ///< all markers but the metadata

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

void write_marker(jpeg_compress_struct& codec, int marker, const std::byte* data,
                  std::size_t size) {
  jpeg_write_marker(&codec, marker, reinterpret_cast<const JOCTET*>(data),
                    static_cast<unsigned>(size));
}

/// Called by Compressor::write: holds plain values only.
void write_header(jpeg_compress_struct& codec, const EncodePlan& plan,
                  const HeaderMetadata& metadata, const std::vector<std::byte>& exif,
                  const std::vector<std::byte>& xmp) {
  codec.restart_interval = static_cast<unsigned>(plan.restart_interval());
  if (density(metadata.resolution, codec.X_density, codec.Y_density)) codec.density_unit = 1;
  jpeg_start_compress(&codec, TRUE);
  for (const std::vector<std::byte>* segment : {&exif, &xmp})
    if (!segment->empty()) write_marker(codec, JPEG_APP0 + 1, segment->data(), segment->size());
  if (!metadata.icc.empty())
    jpeg_write_icc_profile(&codec, reinterpret_cast<const JOCTET*>(metadata.icc.data()),
                           static_cast<unsigned>(metadata.icc.size()));
  if (!metadata.comment.empty() && metadata.comment.size() <= kMarkerBytes)
    write_marker(codec, JPEG_COM, reinterpret_cast<const std::byte*>(metadata.comment.data()),
                 metadata.comment.size());
  // The first call writes the markers of frame and scan; none of the image is given.
  jpeg_write_scanlines(&codec, nullptr, 0);
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

/// A segment's content: its mark, then the data; nothing where there is none or it is too long.
std::vector<std::byte> marked(std::string_view mark, const std::vector<std::byte>& data) {
  std::vector<std::byte> segment;
  if (data.empty() || !fits_segment(mark, data.size())) return segment;
  segment.resize(mark.size());
  std::memcpy(segment.data(), mark.data(), mark.size());
  segment.insert(segment.end(), data.begin(), data.end());
  return segment;
}

}  // namespace

std::vector<std::byte> encode_header(const EncodePlan& plan, const HeaderMetadata& metadata) {
  const std::vector<std::byte> exif = marked(kExifMark, metadata.exif),
                               xmp = marked(kXmpMark, metadata.xmp);
  // Each 64 KiB of a profile has a marker of 18 bytes.
  std::vector<std::byte> bytes(kTablesBytes + exif.size() + xmp.size() + metadata.icc.size() +
                               metadata.icc.size() / 2048 + metadata.comment.size());
  Compressor compressor(plan.how, true);
  bytes.resize(static_cast<std::size_t>(compressor.write(bytes, [&](jpeg_compress_struct& codec) {
    write_header(codec, plan, metadata, exif, xmp);
  })));
  return bytes;
}

BandEncoder::BandEncoder(const EncodePlan& plan)
    : width_(plan.how.width), compressor_(plan.how, false) {}

void BandEncoder::start(std::int64_t height, std::span<std::byte> to) {
  to_ = to;
  compressor_.start(width_, height, to);
}

void BandEncoder::rows(const std::byte* samples, std::int64_t row_bytes, std::int64_t count) {
  compressor_.rows(samples, row_bytes, count);
}

std::int64_t BandEncoder::finish() {
  constexpr std::size_t kEndMarker = 2;
  const std::span<std::byte> all = to_.first(static_cast<std::size_t>(compressor_.finish()));
  const std::size_t begin = markers_before_data(all);
  const std::size_t size = all.size() - begin - kEndMarker;
  std::memmove(all.data(), all.data() + begin, size);
  return static_cast<std::int64_t>(size);
}

}  // namespace sluice::jpeg
