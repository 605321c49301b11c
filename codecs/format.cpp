#include "codecs/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "codecs/tiff/write_sink.hpp"
#include "engine/error.hpp"
#include "engine/with_place.hpp"

namespace sluice {
namespace {

// --- the formats

std::shared_ptr<const Source> open_tiff_file(std::shared_ptr<const ByteSource> bytes,
                                             const ReadOptions& options) {
  TiffReadOptions tiff;
  tiff.page = options.page.value_or(tiff.page);
  tiff.level = options.level.value_or(tiff.level);
  tiff.validity = options.validity.value_or(tiff.validity);
  tiff.damaged = options.damaged.value_or(tiff.damaged);
  tiff.warning = options.warning;
  return open_tiff(std::move(bytes), tiff);
}

/// A file, or bytes that the host takes.
struct Target {
  std::string path;
  std::shared_ptr<ByteSink> bytes;
};

FileSinkOptions file_options(const WriteOptions& options) {
  return {.overwrite = options.overwrite, .sync = options.sync};
}

std::shared_ptr<Sink> create_tiff(const ImageInfo& info, const Target& to,
                                  const WriteOptions& options) {
  TiffWriteOptions tiff;
  tiff.layout = options.layout.value_or(tiff.layout);
  tiff.tile = options.tile.value_or(tiff.tile);
  tiff.rows_per_strip = options.rows_per_strip.value_or(tiff.rows_per_strip);
  tiff.compression = options.compression.value_or(tiff.compression);
  tiff.level = options.level;
  tiff.quality = options.quality;
  tiff.subsampling = options.subsampling.value_or(tiff.subsampling);
  tiff.predictor = options.predictor.value_or(tiff.predictor);
  tiff.bigtiff = options.bigtiff.value_or(tiff.bigtiff);
  tiff.nodata = options.nodata;
  tiff.file = file_options(options);
  return to.bytes ? make_tiff_sink(info, to.bytes, tiff) : make_tiff_sink(info, to.path, tiff);
}

std::shared_ptr<const Source> open_jpeg_file(std::shared_ptr<const ByteSource> bytes,
                                             const ReadOptions& options) {
  JpegReadOptions jpeg;
  jpeg.damaged = options.damaged.value_or(jpeg.damaged);
  jpeg.warning = options.warning;
  return open_jpeg(std::move(bytes), jpeg);
}

std::shared_ptr<Sink> create_jpeg(const ImageInfo& info, const Target& to,
                                  const WriteOptions& options) {
  JpegWriteOptions jpeg;
  jpeg.quality = options.quality.value_or(jpeg.quality);
  jpeg.subsampling = options.subsampling.value_or(jpeg.subsampling);
  jpeg.nodata = options.nodata;
  jpeg.file = file_options(options);
  return to.bytes ? make_jpeg_sink(info, to.bytes, jpeg) : make_jpeg_sink(info, to.path, jpeg);
}

std::shared_ptr<const Source> open_png_file(std::shared_ptr<const ByteSource> bytes,
                                            const ReadOptions& options) {
  return open_png(std::move(bytes), {.warning = options.warning});
}

std::shared_ptr<Sink> create_png(const ImageInfo& info, const Target& to,
                                 const WriteOptions& options) {
  PngWriteOptions png;
  png.level = options.level.value_or(png.level);
  png.filter = options.filter.value_or(png.filter);
  png.file = file_options(options);
  return to.bytes ? make_png_sink(info, to.bytes, png) : make_png_sink(info, to.path, png);
}

using Words = std::span<const std::string_view>;

constexpr std::string_view kTiffEndings[] = {".tif", ".tiff"};
constexpr std::string_view kTiffRead[] = {"page", "level", "validity", "damaged"};
constexpr std::string_view kTiffWrite[] = {"compression", "level",  "quality", "subsampling",
                                           "predictor",   "layout", "tile",    "rows_per_strip",
                                           "bigtiff",     "nodata"};

constexpr std::string_view kJpegEndings[] = {".jpg", ".jpeg"};
constexpr std::string_view kJpegRead[] = {"damaged"};
constexpr std::string_view kJpegWrite[] = {"quality", "subsampling", "nodata"};

constexpr std::string_view kPngEndings[] = {".png"};
constexpr std::string_view kPngWrite[] = {"level", "filter"};

struct Format {
  FileFormat format;
  std::string_view title;
  Words endings;        ///< of file names, in lower case
  Words read_options;   ///< names of the options it takes
  Words write_options;  ///< beside format, overwrite and sync, which all take
  bool (*begins)(std::span<const std::byte> first_bytes);
  std::shared_ptr<const Source> (*open)(std::shared_ptr<const ByteSource>, const ReadOptions&);
  std::shared_ptr<Sink> (*create)(const ImageInfo&, const Target&, const WriteOptions&);
};

constexpr Format kFormats[] = {
    {FileFormat::tiff, "TIFF", kTiffEndings, kTiffRead, kTiffWrite, is_tiff, open_tiff_file,
     create_tiff},
    {FileFormat::jpeg, "JPEG", kJpegEndings, kJpegRead, kJpegWrite, is_jpeg, open_jpeg_file,
     create_jpeg},
    {FileFormat::png, "PNG", kPngEndings, {}, kPngWrite, is_png, open_png_file, create_png},
};

/// Files that are known but not read, so that the message can name them.
struct Foreign {
  std::string_view title;
  std::size_t offset;
  std::string_view bytes;
};
constexpr Foreign kForeign[] = {
    {"WebP", 8, "WEBP"},         {"GIF", 0, "GIF8"},     {"BMP", 0, "BM"},
    {"JPEG 2000", 4, "jP  "},    {"JPEG XL", 4, "JXL "}, {"HDF5 or netCDF-4", 1, "HDF\r\n"},
    {"PDF", 0, "%PDF"},          {"DICOM", 128, "DICM"}, {"OpenEXR", 0, "\x76\x2f\x31\x01"},
    {"AVIF or HEIF", 4, "ftyp"},
};

// --- messages

std::string join(Words words, std::string_view between) {
  std::string all;
  for (const std::string_view word : words)
    all.append(all.empty() ? "" : between).append(word);
  return all;
}

std::string titles() {
  std::vector<std::string_view> all;
  for (const Format& format : kFormats)
    all.push_back(format.title);
  return join(all, ", ");
}

std::string hexadecimal(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte b : bytes)
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<int>(b));
  return text;
}

struct Given {
  std::string_view name;
  bool given;
};

void refuse_foreign_options(std::span<const Given> options, Words known, std::string_view format,
                            const char* deed) {
  for (const Given& option : options) {
    if (!option.given || std::find(known.begin(), known.end(), option.name) != known.end())
      continue;
    throw Error(ErrorKind::usage,
                fmt::format("{} files have no {} option '{}'{}", format, deed, option.name,
                            known.empty() ? "" : "; they have " + join(known, ", ")));
  }
}

[[noreturn]] void refuse_content(std::span<const std::byte> first) {
  if (first.empty()) throw Error(ErrorKind::data, "the file is empty");
  for (const Foreign& foreign : kForeign) {
    if (foreign.offset + foreign.bytes.size() > first.size()) continue;
    if (std::memcmp(first.data() + foreign.offset, foreign.bytes.data(), foreign.bytes.size()) == 0)
      throw Error(ErrorKind::data, fmt::format("this is a {} file, which is not supported; {} are",
                                               foreign.title, titles()));
  }
  constexpr std::size_t kShown = 8;
  throw Error(ErrorKind::data,
              fmt::format("not an image file of a supported format ({}): it begins with the bytes "
                          "{}",
                          titles(), hexadecimal(first.first(std::min(kShown, first.size())))));
}

// --- choosing

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

const Format& format_named(const std::string& path, FileFormat asked) {
  if (path.empty()) throw Error(ErrorKind::usage, "the name of the file to write is empty");
  const std::string name = lower_case(path);
  std::vector<std::string_view> endings;
  for (const Format& format : kFormats) {
    if (asked == format.format) return format;
    for (const std::string_view ending : format.endings) {
      if (asked == FileFormat::automatic && name.ends_with(ending)) return format;
      endings.push_back(ending);
    }
  }
  throw Error(
      ErrorKind::usage,
      fmt::format("cannot tell the format from the file name; end it with one of {}, or choose "
                  "with 'format'",
                  join(endings, " ")));
}

// The format of an image that is written, after a look at its options.
const Format& format_for(const std::string& path, const WriteOptions& options) {
  const Format& format = format_named(path, options.format);
  const Given given[] = {{"compression", options.compression.has_value()},
                         {"level", options.level.has_value()},
                         {"quality", options.quality.has_value()},
                         {"subsampling", options.subsampling.has_value()},
                         {"predictor", options.predictor.has_value()},
                         {"layout", options.layout.has_value()},
                         {"tile", options.tile.has_value()},
                         {"rows_per_strip", options.rows_per_strip.has_value()},
                         {"bigtiff", options.bigtiff.has_value()},
                         {"nodata", options.nodata.has_value()},
                         {"filter", options.filter.has_value()}};
  refuse_foreign_options(given, format.write_options, format.title, "write");
  return format;
}

}  // namespace

std::shared_ptr<const Source> open_image(const std::string& path, const ReadOptions& options) {
  try {
    const std::shared_ptr<const ByteSource> bytes = open_file(path);
    constexpr std::int64_t kFirst = 132;  // as far as DICOM's mark reaches
    std::array<std::byte, kFirst> buffer{};
    const std::span first = std::span<std::byte>(buffer).first(
        static_cast<std::size_t>(std::min(kFirst, bytes->size())));
    bytes->read(0, first);
    for (const Format& format : kFormats) {
      if (!format.begins(first)) continue;
      const Given given[] = {{"page", options.page.has_value()},
                             {"level", options.level.has_value()},
                             {"validity", options.validity.has_value()},
                             {"damaged", options.damaged.has_value()}};
      refuse_foreign_options(given, format.read_options, format.title, "read");
      return format.open(bytes, options);
    }
    refuse_content(first);
  } catch (...) {
    throw Error(current_error().at_file(path));
  }
}

std::shared_ptr<Sink> create_image(const ImageInfo& info, const std::string& path,
                                   const WriteOptions& options) {
  return with_place(
      [&] {
        const Format& format = format_for(path, options);
        // An interrupted run may have made the file: only the run that goes on can tell.
        check_creatable(path, {.overwrite = options.overwrite || options.resume});
        return format.create(info, {path, nullptr}, options);
      },
      [&](Error& error) { error.at_file(path); });
}

std::shared_ptr<Sink> create_image(const ImageInfo& info, std::shared_ptr<ByteSink> to,
                                   const WriteOptions& options) {
  if (!to) throw Error(ErrorKind::usage, "the bytes to write to are missing: a null pointer");
  const std::string name = to->name();
  return with_place(
      [&] {
        return format_for(name, options).create(info, {"", std::move(to)}, options);
      },
      [&](Error& error) { error.at_file(name); });
}

}  // namespace sluice
