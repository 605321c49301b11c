// The step `write`.
#include "codecs/format.hpp"
#include "engine/with_place.hpp"

#include "engine/declare_step.hpp"

namespace sluice {
namespace {

/// A file that is read must not be replaced, however its name is spelled.
void refuse_input(const Graph& graph, const std::string& path) {
  const auto target = identity_of(path);
  if (!target) return;
  for (const Node& node : graph.nodes()) {
    if (!node.source || !node.source->bytes()) continue;
    const auto file = node.source->bytes()->identity();
    if (file && file->device == target->device && file->inode == target->inode)
      throw Error(ErrorKind::usage, "this file is read by the same pipeline; write to another")
          .at_file(path);
  }
}

template <class Make>
void in_write_step(const Image& image, Make&& make) {
  if (!image) throw Error(ErrorKind::usage, "it needs an input").at_step("write");
  const StepPlace& place = image.graph().place();
  with_place([&] { add_sink("write", image, make()); },
             [&](Error& error) { error.at_step(place.step.empty() ? "write" : place.text()); });
}

std::shared_ptr<ByteSink> open_stream(const WriteOptions& options) {
  if (options.format == FileFormat::automatic)
    throw Error(ErrorKind::usage,
                "standard output has no ending that tells the format: give `format=png` or "
                "`format=jpeg`");
  if (options.format == FileFormat::tiff)
    throw Error(ErrorKind::usage,
                "a TIFF file is not written from its first byte to its last, as standard output "
                "is: give `format=png` or `format=jpeg`, or write to a file");
  return options.stream();
}

}  // namespace

void write(const Image& image, const WriteOptions& options) {
  in_write_step(image, [&] {
    refuse_input(image.graph(), options.to);
    return create_image(image.info(), options.to, options);
  });
}

void write(const Image& image, std::shared_ptr<ByteSink> to, const WriteOptions& options) {
  in_write_step(image, [&] { return create_image(image.info(), std::move(to), options); });
}

StepSpec write_step() {
  using O = WriteOptions;
  return make_step<O>(
      "write", "codecs",
      "Writes an image file, and lets the image pass on to the step behind it. The file appears "
      "under its name when it is whole. Pixels without a value become the nodata value where there "
      "is one, else NaN in floating-point images, else transparent.",
      inputs(1),
      {option(
           "to", &O::to,
           "path of the file; - is standard output, for formats that are written from their first "
           "byte to their last: png and jpeg")
           .require()
           .take_bare()
           .hold_file()
           .take_stream(&O::stream),
       option("format", &O::format,
              "auto goes by the ending of the name: .tif .tiff .jpg .jpeg .png"),
       option("compression", &O::compression, "TIFF: of the blocks (default none)"),
       option("level", &O::level,
              "TIFF: effort of deflate, 1 to 12 (default 3), or zstd, 1 to 22 (default 5); PNG: of "
              "deflate, 0 to 9 (default 6)")
           .min(0)
           .max(22),
       option("quality", &O::quality, "JPEG, and TIFF compressed as JPEG (default 85)")
           .min(1)
           .max(100),
       option("subsampling", &O::subsampling,
              "JPEG colour: 420 stores it at half the width and height, 444 in full; auto is 444 "
              "above quality 90, else 420"),
       option("predictor", &O::predictor,
              "TIFF: differences that deflate, zstd and lzw compress better; auto is horizontal "
              "for integers, float for floating samples"),
       option("layout", &O::layout, "TIFF: blocks are tiles or strips (default tiled)"),
       option("tile", &O::tile,
              "TIFF: side of the tiles or [width, height], multiples of 16 (default 256)"),
       option("rows_per_strip", &O::rows_per_strip, "TIFF: by default about 256 KiB a strip")
           .min(1),
       option("bigtiff", &O::bigtiff,
              "TIFF: auto when the file might pass 4 GiB, which is decided before writing"),
       option("nodata", &O::nodata,
              "TIFF: the value that means 'no value', instead of the bands' own; JPEG: what is "
              "written for pixels without a value"),
       option(
           "filter", &O::filter,
           "PNG: how rows are prepared for compression; auto is adaptive, but none for a palette"),
       option("overwrite", &O::overwrite, "replace a file that exists"),
       option("sync", &O::sync, "safe against power loss: wait until the disk has it"),
       option("resume", &O::resume,
              "a file that exists is refused when the run begins, unless an interrupted run made "
              "it; --resume sets this")},
      [](std::span<const Image> in, const O& o) {
        if (o.stream)
          write(in[0], open_stream(o), o);
        else
          write(in[0], o);
        StepOutput passed_on = in[0];
        passed_on.written = true;
        return passed_on;
      });
}

}  // namespace sluice
