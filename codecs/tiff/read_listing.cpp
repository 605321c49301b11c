// Listing a file's directories, for people.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "codecs/tiff/directory.hpp"
#include "codecs/tiff/read_tiff.hpp"

namespace sluice {
namespace {

using namespace tiff;

constexpr std::size_t kMostText = 100;
constexpr std::uint64_t kMostValues = 8;
constexpr std::size_t kMostChildren = 64;

std::string_view tag_name(int tag) {
  switch (tag) {
    case tag::kNewSubfileType:
      return "NewSubfileType";
    case tag::kSubfileType:
      return "SubfileType";
    case tag::kImageWidth:
      return "ImageWidth";
    case tag::kImageLength:
      return "ImageLength";
    case tag::kBitsPerSample:
      return "BitsPerSample";
    case tag::kCompression:
      return "Compression";
    case tag::kPhotometric:
      return "PhotometricInterpretation";
    case tag::kFillOrder:
      return "FillOrder";
    case tag::kDocumentName:
      return "DocumentName";
    case tag::kImageDescription:
      return "ImageDescription";
    case tag::kMake:
      return "Make";
    case tag::kModel:
      return "Model";
    case tag::kStripOffsets:
      return "StripOffsets";
    case tag::kOrientation:
      return "Orientation";
    case tag::kSamplesPerPixel:
      return "SamplesPerPixel";
    case tag::kRowsPerStrip:
      return "RowsPerStrip";
    case tag::kStripByteCounts:
      return "StripByteCounts";
    case tag::kXResolution:
      return "XResolution";
    case tag::kYResolution:
      return "YResolution";
    case tag::kPlanarConfig:
      return "PlanarConfiguration";
    case tag::kPageName:
      return "PageName";
    case tag::kResolutionUnit:
      return "ResolutionUnit";
    case tag::kSoftware:
      return "Software";
    case tag::kDateTime:
      return "DateTime";
    case tag::kArtist:
      return "Artist";
    case tag::kHostComputer:
      return "HostComputer";
    case tag::kPredictor:
      return "Predictor";
    case tag::kColorMap:
      return "ColorMap";
    case tag::kTileWidth:
      return "TileWidth";
    case tag::kTileLength:
      return "TileLength";
    case tag::kTileOffsets:
      return "TileOffsets";
    case tag::kTileByteCounts:
      return "TileByteCounts";
    case tag::kSubIfds:
      return "SubIFDs";
    case tag::kInkSet:
      return "InkSet";
    case tag::kExtraSamples:
      return "ExtraSamples";
    case tag::kSampleFormat:
      return "SampleFormat";
    case tag::kJpegTables:
      return "JPEGTables";
    case tag::kYcbcrCoefficients:
      return "YCbCrCoefficients";
    case tag::kYcbcrSubsampling:
      return "YCbCrSubSampling";
    case tag::kYcbcrPositioning:
      return "YCbCrPositioning";
    case tag::kReferenceBlackWhite:
      return "ReferenceBlackWhite";
    case tag::kXmp:
      return "XMP";
    case tag::kCopyright:
      return "Copyright";
    case tag::kModelPixelScale:
      return "ModelPixelScale";
    case tag::kModelTiepoint:
      return "ModelTiepoint";
    case tag::kModelTransformation:
      return "ModelTransformation";
    case tag::kExifIfd:
      return "ExifIFD";
    case tag::kIccProfile:
      return "ICCProfile";
    case tag::kGeoKeyDirectory:
      return "GeoKeyDirectory";
    case tag::kGeoDoubleParams:
      return "GeoDoubleParams";
    case tag::kGeoAsciiParams:
      return "GeoAsciiParams";
    case tag::kGdalMetadata:
      return "GDAL_METADATA";
    case tag::kGdalNodata:
      return "GDAL_NODATA";
    default:
      return "";
  }
}

std::string_view format_name(std::uint64_t format) {
  constexpr std::string_view names[] = {"unknown", "unsigned",       "signed",       "float",
                                        "untyped", "complex signed", "complex float"};
  return names[format < std::size(names) ? format : 0];
}

/// The field's values as text: a few of them, whatever their type.
std::string value_text(const TiffFile& file, Field field) {
  const bool more = field.count > kMostValues;
  if (field.type == FieldType::ascii) {
    field.count = std::min<std::uint64_t>(field.count, kMostText + 1);
    std::string text = file.text(field);
    if (text.size() > kMostText) text = text.substr(0, kMostText) + "...";
    return text;
  }
  if (field.type == FieldType::undefined && more) return fmt::format("{} bytes", field.count);
  field.count = std::min(field.count, kMostValues);
  std::string text;
  for (const double value : file.numbers(field))
    text += fmt::format("{}{}", text.empty() ? "" : " ", value);
  return more ? text + " ..." : text;
}

std::vector<TiffTag> list_tags(const TiffFile& file, const Directory& directory) {
  std::vector<TiffTag> tags;
  for (const Field& field : directory.fields) {
    TiffTag tag{
        field.tag, std::string(tag_name(field.tag)), static_cast<int>(field.type), field.count, {}};
    try {
      tag.text = value_text(file, field);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      tag.text = "(" + error.reason() + ")";
    }
    tags.push_back(std::move(tag));
  }
  return tags;
}

TiffPage list_page(const TiffFile& file, const Directory& directory, int page) {
  TiffPage out;
  out.page = page;
  out.offset = directory.offset;
  out.tags = list_tags(file, directory);
  try {
    const auto get = [&](std::uint16_t tag, std::uint64_t otherwise) {
      return file.integer(directory, tag, otherwise);
    };
    out.width = static_cast<std::int64_t>(get(tag::kImageWidth, 0));
    out.height = static_cast<std::int64_t>(get(tag::kImageLength, 0));
    out.samples = static_cast<int>(get(tag::kSamplesPerPixel, 1));
    out.bits = static_cast<int>(get(tag::kBitsPerSample, 1));
    out.format = format_name(get(tag::kSampleFormat, sample_format::kUnsigned));
    const int compression = static_cast<int>(get(tag::kCompression, compression::kNone));
    out.compression = compression_name(compression);
    if (out.compression == "unknown") out.compression = fmt::format("unknown ({})", compression);
    out.photometric = photometric_name(static_cast<int>(get(tag::kPhotometric, 1)));
    out.separate = out.samples > 1 && get(tag::kPlanarConfig, kPlanarChunky) == kPlanarSeparate;
    out.subfile_type = static_cast<std::uint32_t>(get(tag::kNewSubfileType, 0));
    out.tiled = directory.find(tag::kTileWidth) != nullptr;
    const std::uint64_t rows = get(tag::kRowsPerStrip, get(tag::kImageLength, 0));
    out.block_width = out.tiled ? static_cast<std::int64_t>(get(tag::kTileWidth, 0)) : out.width;
    out.block_height = out.tiled ? static_cast<std::int64_t>(get(tag::kTileLength, 0))
                                 : std::min(static_cast<std::int64_t>(rows), out.height);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    out.problem = error.reason();
  }
  return out;
}

void list_children(const TiffFile& file, const Directory& directory, TiffPage& page) {
  const Field* const field = directory.find(tag::kSubIfds);
  if (!field) return;
  std::vector<std::uint64_t> offsets(
      static_cast<std::size_t>(std::min<std::uint64_t>(field->count, kMostChildren)));
  try {
    file.read_integers(*field, 0, offsets);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    page.problem = error.reason();
    return;
  }
  for (const std::uint64_t offset : offsets) {
    try {
      page.children.push_back(list_page(file, file.directory(offset), -1));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      page.children.emplace_back();
      page.children.back().offset = offset;
      page.children.back().problem = error.reason();
    }
  }
}

}  // namespace

TiffListing list_tiff(std::shared_ptr<const ByteSource> bytes, int limit) {
  const TiffFile file(std::move(bytes));
  TiffListing listing;
  listing.big = file.big();
  listing.big_endian = file.big_endian();
  const ChainBreak broken = file.walk([&](const Directory& directory, int page) {
    if (page >= limit) return false;
    listing.pages.push_back(list_page(file, directory, page));
    list_children(file, directory, listing.pages.back());
    return true;
  });
  listing.problem = broken.reason;
  return listing;
}

}  // namespace sluice
