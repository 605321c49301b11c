// Writing pictures through a sink without the engine, and reading them back through libtiff.
#pragma once

#include <tiffio.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codecs/tiff/write_sink.hpp"
#include "support/picture.hpp"
#include "support/temporary_folder.hpp"

namespace sluice::test {

/// Drives the sink block by block, as the engine would; in a shuffled order where the sink allows
/// it. What lies around the pixels in memory is `poison`.
void write_blocks(Sink& sink, const Picture& picture, Isa isa = best_isa(), int poison = 0xA5);
void write_tiff(const Picture& picture, const std::string& path,
                const TiffWriteOptions& options = {}, Isa isa = best_isa(), int poison = 0xA5);

struct CloseTiff {
  void operator()(TIFF* t) const { TIFFClose(t); }
};
using TiffHandle = std::unique_ptr<TIFF, CloseTiff>;

/// Opens the file with libtiff; any message of libtiff makes the test fail.
TiffHandle open_tiff(const std::string& path);
/// All pixels, decoded by libtiff (JPEG YCbCr as RGB), in a picture of the file's type and bands.
Picture read_tiff(const std::string& path);
/// The same, blocks not cut at the image's edge: what fills them is seen.
Picture read_tiff_blocks(const std::string& path);

std::uint32_t tiff_number(TIFF* tiff, std::uint32_t tag);
std::vector<double> tiff_doubles(TIFF* tiff, std::uint32_t tag);
std::string tiff_text(TIFF* tiff, std::uint32_t tag);
std::vector<char> file_bytes(const std::string& path);

}  // namespace sluice::test
