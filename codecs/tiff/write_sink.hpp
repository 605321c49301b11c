// TIFF files, written block by block.
#pragma once

#include <memory>
#include <string>

#include "../../engine/image_info.hpp"
#include "../../engine/sink.hpp"
#include "write_options.hpp"

namespace sluice {

/// A sink that writes `info` as the TIFF file `path`: classic or BigTIFF, little-endian, bands
/// together, block data first and the directory behind it. Creates nothing before begin().
///
/// Pixels at the right and bottom edge fill up their tile by repetition. Uncompressed files may be
/// stored in any order; compressed ones keep 4 bytes of index a block.
///
/// Invalid pixels become the nodata value where there is one; without one, NaN in floating-point
/// images; else the alpha band's 0, an alpha band being added to u8 and u16 images that have none.
/// JPEG changes what is near nodata as it changes every pixel.
///
/// Throws Error (usage) for what TIFF cannot hold or the options contradict.
std::shared_ptr<Sink> make_tiff_sink(const ImageInfo& info, const std::string& path,
                                     const TiffWriteOptions& options = {});
/// The same, written to bytes that the host takes; `options.file` does not matter. The header comes
/// last, at offset 0; an interrupted run does not go on with them.
std::shared_ptr<Sink> make_tiff_sink(const ImageInfo& info, std::shared_ptr<ByteSink> to,
                                     const TiffWriteOptions& options = {});

}  // namespace sluice
