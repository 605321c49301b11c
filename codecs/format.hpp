// Image files of any supported format: opened by their content, written by their name's ending.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../engine/graph.hpp"
#include "../engine/image_info.hpp"
#include "../engine/options.hpp"
#include "../engine/sink.hpp"
#include "../engine/source.hpp"
#include "jpeg/jpeg.hpp"
#include "png/png.hpp"
#include "tiff/read_tiff.hpp"
#include "tiff/write_options.hpp"

namespace sluice {

/// What files can be written as. `automatic`: by the ending of the name.
enum class FileFormat : std::uint8_t { automatic, tiff, jpeg, png };

template <>
struct EnumNames<FileFormat> {
  static constexpr std::pair<std::string_view, FileFormat> names[] = {
      {"auto", FileFormat::automatic},
      {"tiff", FileFormat::tiff},
      {"jpeg", FileFormat::jpeg},
      {"png", FileFormat::png}};
};

template <>
struct EnumNames<TiffValidity> {
  static constexpr std::pair<std::string_view, TiffValidity> names[] = {
      {"auto", TiffValidity::automatic},
      {"none", TiffValidity::none},
      {"nodata", TiffValidity::nodata}};
};

/// Options of all formats; one that is given and that the file's format has not is an Error
/// (usage).
struct ReadOptions {
  std::string file = {};
  std::optional<int> page = {};               ///< TIFF: from 0
  std::optional<int> level = {};              ///< TIFF: stored level of the page, 0 = full size
  std::optional<TiffValidity> validity = {};  ///< TIFF: what pixels without a value are known by
  std::optional<bool> damaged = {};           ///< JPEG, TIFF: take what is there of damaged data
  /// Told, while opening, of metadata that is broken and left out.
  std::function<void(const std::string&)> warning = {};
};

/// Opens an image file by its first bytes, whatever its name; reads its header only. Throws Error
/// (data) for a file that is broken or of no supported format, Error (system) when it cannot be
/// read, Error (usage) for options that do not fit.
std::shared_ptr<const Source> open_image(const std::string& path, const ReadOptions& options = {});

/// Options of all formats; one that is given and that the chosen format has not is an Error
/// (usage). The formats' own pages say what is meant when one is not given.
struct WriteOptions {
  std::string to = {};
  FileFormat format = FileFormat::automatic;
  std::optional<TiffCompression> compression = {};
  std::optional<int> level = {};
  std::optional<int> quality = {};
  std::optional<JpegSubsampling> subsampling = {};
  std::optional<TiffPredictor> predictor = {};
  std::optional<TiffLayout> layout = {};
  std::optional<std::vector<std::int64_t>> tile = {};
  std::optional<std::int64_t> rows_per_strip = {};
  std::optional<TiffBig> bigtiff = {};
  std::optional<double> nodata = {};
  std::optional<PngFilter> filter = {};
  bool overwrite = false;
  bool sync = false;
  bool resume = false;  ///< a file that exists is refused by run() alone: see ResumeOptions
  /// For the step `write`, where `to` is "-": opens what it stands for.
  OpenStream stream = {};
};

/// A sink for `path`; creates nothing yet. Throws Error (usage) for an image or options that the
/// format cannot take, a name that tells no format, or a file that exists without `overwrite`;
/// Error (system) where nothing can be created.
std::shared_ptr<Sink> create_image(const ImageInfo& info, const std::string& path,
                                   const WriteOptions& options = {});

/// The same, written to bytes that the host takes (a MemorySink, or a ByteSink of its own): the
/// ending of their name tells the format where `options.format` does not. What is said of files
/// (`to`, `overwrite`, `sync`, `resume`) does not matter.
std::shared_ptr<Sink> create_image(const ImageInfo& info, std::shared_ptr<ByteSink> to,
                                   const WriteOptions& options = {});

/// The image in `options.file`, as a node of the graph.
Image read(const std::shared_ptr<Graph>& graph, const ReadOptions& options);
/// Writes the image to `options.to` when the graph is run. Throws, beside what create_image does,
/// Error (usage) when the graph reads that very file.
void write(const Image& image, const WriteOptions& options);
/// Writes the image, as a whole file, to bytes that the host takes, when the graph is run: they are
/// committed when all outputs of the run are whole, and abandoned when it ends early. Throws what
/// create_image does.
void write(const Image& image, std::shared_ptr<ByteSink> to, const WriteOptions& options = {});

StepSpec read_step();
StepSpec write_step();

}  // namespace sluice
