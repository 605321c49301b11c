// The step `read`.
#include <filesystem>
#include <system_error>

#include "codecs/format.hpp"

#include "engine/declare_step.hpp"

namespace sluice {

namespace {

// Two reads of one file with the same options are one image.
std::string key_of(const ReadOptions& o) {
  const auto number = [](const auto& option) {
    return option ? std::to_string(static_cast<int>(*option)) : std::string("-");
  };
  std::error_code unknown;
  const std::filesystem::path path = std::filesystem::canonical(o.file, unknown);
  if (unknown) return {};
  return "read " + number(o.page) + ' ' + number(o.level) + ' ' + number(o.validity) + ' ' +
         number(o.damaged) + ' ' + path.string();
}

}  // namespace

Image read(const std::shared_ptr<Graph>& graph, const ReadOptions& options) {
  try {
    return add_source(graph, open_image(options.file, options), key_of(options));
  } catch (Error& error) {
    error.at_step(graph->place().step.empty() ? "read" : graph->place().text());
    throw;
  }
}

StepSpec read_step() {
  using O = ReadOptions;
  return make_source_step<O>(
      "read", "codecs",
      "Reads an image file, by its content: TIFF (classic and Big, GeoTIFF, slides), JPEG, PNG. "
      "Samples are as stored: a palette's indices, orientation not applied; but JPEG's YCbCr "
      "becomes RGB and its CMYK amounts of ink (0 = none), samples of 1 to 31 bits become u8, u16 "
      "or u32 with the same values, and 16-bit floats f32.",
      {option("file", &O::file, "path of the file").require().take_bare().hold_file(),
       option("page", &O::page, "TIFF: which image of the file, from 0").min(0),
       option("level", &O::level, "TIFF: which stored level of the page; 0 is the full size")
           .min(0),
       option("validity", &O::validity,
              "TIFF: what tells samples without a value; nodata: NaN and the nodata value of their "
              "band; auto: the same where the file declares a nodata value, else nothing; none: "
              "all have one (default auto)"),
       option(
           "damaged", &O::damaged,
           "JPEG, TIFF: take what is there of damaged data instead of failing; what is missing "
           "becomes grey mostly, in TIFF the blocks in question the background (default false)")},
      [](const std::shared_ptr<Graph>& graph, const O& o) { return read(graph, o); });
}

}  // namespace sluice
