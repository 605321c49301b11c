// PNG files (ISO 15948): reading and writing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "../../engine/options.hpp"
#include "../../engine/sink.hpp"
#include "../../engine/source.hpp"

namespace sluice {

/// True for a file that begins so.
bool is_png(std::span<const std::byte> first_bytes);

struct PngReadOptions {
  /// Told, while opening, of metadata that is broken and left out.
  std::function<void(const std::string&)> warning = {};
};

/// Opens a PNG file; reads its chunks up to the image data (what comes behind is not looked at).
///
/// Samples are those stored: 1, 2 and 4 bits become u8 without scaling, 16 bits u16; palette images
/// give their indices. Bands: grey, grey + alpha, RGB, RGBA or palette; alpha is straight.
/// A grey value that is transparent (tRNS) becomes nodata; so does the palette's only transparent
/// entry when all others are opaque, and else the entries' opacities are kept beside the
/// palette (Metadata::palette_opacity). A transparent RGB colour becomes the item "png.transparent": three
/// band-wise nodata values would mean another thing. Gamma and rendering intent are kept as items
/// ("png.gamma", "png.srgb") and not applied. ICC profile, EXIF data, XMP and resolution are understood.
/// Text is kept as items under its keyword when PNG names it ("Title", "Author", "Software", ...),
/// as the description when that is the keyword, else under "png.text.KEYWORD"; at most 1 MiB of
/// all.
///
/// In order: rows come from the first on. An interlaced image is held whole by its decoder, and
/// decoder_bytes() says so.
/// Throws Error (data), naming file and byte, for what is broken or of another kind.
std::shared_ptr<const Source> open_png(std::shared_ptr<const ByteSource> bytes,
                                       const PngReadOptions& options = {});

/// How rows are prepared for compression. `automatic` is none for palette images and adaptive for
/// others; `adaptive` takes for each row the filter with the least sum of absolute differences.
enum class PngFilter : std::uint8_t { automatic, none, sub, up, average, paeth, adaptive };

template <>
struct EnumNames<PngFilter> {
  static constexpr std::pair<std::string_view, PngFilter> names[] = {
      {"auto", PngFilter::automatic},   {"none", PngFilter::none},
      {"sub", PngFilter::sub},          {"up", PngFilter::up},
      {"average", PngFilter::average},  {"paeth", PngFilter::paeth},
      {"adaptive", PngFilter::adaptive}};
};

struct PngWriteOptions {
  int level = 6;  ///< deflate's effort, 0 (none) to 9
  PngFilter filter = PngFilter::automatic;
  FileSinkOptions file = {};
};

/// Writes a PNG file of u8 or u16: grey, grey + alpha, RGB, RGBA, or u8 indices with a palette.
/// Bands of rows are filtered and compressed independently on the workers, so the bytes do not
/// depend on threads or budget. Pixels without a value get the nodata value of a grey or palette
/// image that has one, else alpha 0, for which an alpha band is added where there is none.
///
/// ICC profile (when it is one for the image's colours), resolution, EXIF data (its orientation set
/// to the image's), nodata of grey images and opacities of a palette (as tRNS), the description and
/// what reading has kept as text are written. PNG has no place for masks and geo-references.
/// Throws Error (usage) for what PNG cannot hold, saying what would help.
std::shared_ptr<Sink> make_png_sink(const ImageInfo& info, const std::string& path,
                                    const PngWriteOptions& options = {});
/// The same, written to bytes that the host takes; `options.file` does not matter.
std::shared_ptr<Sink> make_png_sink(const ImageInfo& info, std::shared_ptr<ByteSink> to,
                                    const PngWriteOptions& options = {});

}  // namespace sluice
