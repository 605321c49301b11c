// What the bytes of a file's blocks depend on, as text.
#include <fmt/format.h>
#include <libdeflate.h>
#include <zstd.h>

#include <cstdio>

#include <jpeglib.h>

#include "codecs/tiff/write_plan.hpp"

namespace sluice::tiff {
namespace {

// Another version of a library may give other bytes for the same pixels.
const char* library(TiffCompression compression) {
  switch (compression) {
    case TiffCompression::deflate:
      return "libdeflate " LIBDEFLATE_VERSION_STRING;
    case TiffCompression::zstd:
      return "zstd " ZSTD_VERSION_STRING;
    case TiffCompression::jpeg:
#define SLUICE_TEXT_OF(x) #x
#define SLUICE_TEXT(x) SLUICE_TEXT_OF(x)
      return "libjpeg-turbo " SLUICE_TEXT(LIBJPEG_TURBO_VERSION);
    case TiffCompression::none:
    case TiffCompression::lzw:
      break;
  }
  return "no library";
}

std::string_view name_of(TiffCompression compression) {
  for (const auto& [name, value] : EnumNames<TiffCompression>::names)
    if (value == compression) return name;
  return {};
}

}  // namespace

std::string layout_text(const WritePlan& plan) {
  return fmt::format(
      "{} x {} x {} {}\n{} of {} x {}\n{}, level {}, quality {}, predictor {}, {}, chroma 1:{}\n"
      "invalid pixels {}, nodata {}\n{}\n{}",
      plan.info.width, plan.info.height, plan.info.channels(), sluice::name_of(plan.info.type),
      plan.tiled ? "tiles" : "strips", plan.grid.block_width, plan.grid.block_height,
      name_of(plan.compression), plan.level, plan.quality, static_cast<int>(plan.predictor),
      plan.ycbcr ? "YCbCr" : "as is", plan.chroma, static_cast<int>(plan.invalid),
      plan.nodata ? plan.nodata->text() : "none", plan.big ? "BigTIFF" : "classic",
      library(plan.compression));
}

}  // namespace sluice::tiff
