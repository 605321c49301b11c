// JPEG files (ISO 10918): reading and writing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "../../engine/options.hpp"
#include "../../engine/sink.hpp"
#include "../../engine/source.hpp"

namespace sluice {

/// True for a file that begins so.
bool is_jpeg(std::span<const std::byte> first_bytes);

struct JpegReadOptions {
  /// Take what is there of damaged or truncated data: what is missing becomes what libjpeg makes of
  /// it, grey mostly. By default damage is an Error.
  bool damaged = false;
  /// Told, while opening, of metadata that is broken and left out.
  std::function<void(const std::string&)> warning = {};
};

/// Opens a JPEG file; reads its markers up to the first scan. Baseline, extended and progressive
/// JPEG with 8 bits per sample, Huffman or arithmetic coding, one to four components; of several
/// images (MPO) the first.
///
/// Samples are those stored, except that YCbCr is turned to RGB, and YCCK to CMYK. CMYK comes as
/// four bands whose values are amounts of ink, 0 = none: files with Adobe's marker store the
/// opposite and are inverted. Orientation is not applied: it stands in ImageInfo::orientation.
/// EXIF data and ICC profile are kept in Metadata; the comment is its description.
///
/// In order: rows come from the first on. When the image is progressive or its components lie in
/// several scans, the decoder holds all coefficients (2 bytes each), and decoder_bytes() says so.
/// Throws Error (data), naming file and byte, for what is broken or of another kind.
std::shared_ptr<const Source> open_jpeg(std::shared_ptr<const ByteSource> bytes,
                                        const JpegReadOptions& options = {});

/// Chroma of RGB images, in JPEG files and in TIFF compressed as JPEG: `automatic` is full above
/// quality 90 and else half on both axes.
enum class JpegSubsampling : std::uint8_t { automatic, s420, s444 };

template <>
struct EnumNames<JpegSubsampling> {
  static constexpr std::pair<std::string_view, JpegSubsampling> names[] = {
      {"auto", JpegSubsampling::automatic},
      {"420", JpegSubsampling::s420},
      {"444", JpegSubsampling::s444}};
};

struct JpegWriteOptions {
  int quality = 85;  ///< 1 to 100, on libjpeg's scale
  JpegSubsampling subsampling = JpegSubsampling::automatic;
  /// Written where pixels have no value, which JPEG cannot tell; by default the bands' nodata
  /// value. An image that may have such pixels needs one of them.
  std::optional<SampleValue> nodata = {};
  FileSinkOptions file = {};
};

/// Writes a baseline JPEG file: u8, grey (one band) or RGB (three), at most 65500 x 65500. Bands of
/// rows are compressed independently on the workers, each as one restart interval of the file, so
/// the bytes do not depend on threads or budget.
///
/// ICC profile (when it is one for the image's colours), resolution, EXIF data (its orientation set
/// to the image's) and the description as comment are written; EXIF data and description only up to
/// the 65 KB that one marker holds. JPEG has no place for alpha, masks and geo-references. Throws
/// Error (usage) for what JPEG cannot hold, saying what would help.
std::shared_ptr<Sink> make_jpeg_sink(const ImageInfo& info, const std::string& path,
                                     const JpegWriteOptions& options = {});
/// The same, written to bytes that the host takes; `options.file` does not matter.
std::shared_ptr<Sink> make_jpeg_sink(const ImageInfo& info, std::shared_ptr<ByteSink> to,
                                     const JpegWriteOptions& options = {});

}  // namespace sluice
