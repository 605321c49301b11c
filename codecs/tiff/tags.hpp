// The numbers of TIFF 6.0, BigTIFF, its supplements, GeoTIFF and GDAL that are read or written
// here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::tiff {

enum class FieldType : std::uint16_t {
  byte = 1,
  ascii = 2,
  u16 = 3,
  u32 = 4,
  rational = 5,
  i8 = 6,
  undefined = 7,
  i16 = 8,
  i32 = 9,
  signed_rational = 10,
  f32 = 11,
  f64 = 12,
  ifd = 13,
  u64 = 16,
  i64 = 17,
  ifd64 = 18,
};

/// Bytes of one value; 0 for a type that is not known.
constexpr int size_of(FieldType type) {
  switch (type) {
    case FieldType::byte:
    case FieldType::ascii:
    case FieldType::i8:
    case FieldType::undefined:
      return 1;
    case FieldType::u16:
    case FieldType::i16:
      return 2;
    case FieldType::u32:
    case FieldType::i32:
    case FieldType::f32:
    case FieldType::ifd:
      return 4;
    case FieldType::rational:
    case FieldType::signed_rational:
    case FieldType::f64:
    case FieldType::u64:
    case FieldType::i64:
    case FieldType::ifd64:
      return 8;
  }
  return 0;
}

namespace tag {
inline constexpr std::uint16_t kNewSubfileType = 254;
inline constexpr std::uint16_t kSubfileType = 255;
inline constexpr std::uint16_t kImageWidth = 256;
inline constexpr std::uint16_t kImageLength = 257;
inline constexpr std::uint16_t kBitsPerSample = 258;
inline constexpr std::uint16_t kCompression = 259;
inline constexpr std::uint16_t kPhotometric = 262;
inline constexpr std::uint16_t kFillOrder = 266;
inline constexpr std::uint16_t kDocumentName = 269;
inline constexpr std::uint16_t kImageDescription = 270;
inline constexpr std::uint16_t kMake = 271;
inline constexpr std::uint16_t kModel = 272;
inline constexpr std::uint16_t kStripOffsets = 273;
inline constexpr std::uint16_t kOrientation = 274;
inline constexpr std::uint16_t kSamplesPerPixel = 277;
inline constexpr std::uint16_t kRowsPerStrip = 278;
inline constexpr std::uint16_t kStripByteCounts = 279;
inline constexpr std::uint16_t kXResolution = 282;
inline constexpr std::uint16_t kYResolution = 283;
inline constexpr std::uint16_t kPlanarConfig = 284;
inline constexpr std::uint16_t kPageName = 285;
inline constexpr std::uint16_t kResolutionUnit = 296;
inline constexpr std::uint16_t kSoftware = 305;
inline constexpr std::uint16_t kDateTime = 306;
inline constexpr std::uint16_t kArtist = 315;
inline constexpr std::uint16_t kHostComputer = 316;
inline constexpr std::uint16_t kPredictor = 317;
inline constexpr std::uint16_t kColorMap = 320;
inline constexpr std::uint16_t kTileWidth = 322;
inline constexpr std::uint16_t kTileLength = 323;
inline constexpr std::uint16_t kTileOffsets = 324;
inline constexpr std::uint16_t kTileByteCounts = 325;
inline constexpr std::uint16_t kSubIfds = 330;
inline constexpr std::uint16_t kInkSet = 332;
inline constexpr std::uint16_t kExtraSamples = 338;
inline constexpr std::uint16_t kSampleFormat = 339;
inline constexpr std::uint16_t kJpegTables = 347;
inline constexpr std::uint16_t kYcbcrCoefficients = 529;
inline constexpr std::uint16_t kYcbcrSubsampling = 530;
inline constexpr std::uint16_t kYcbcrPositioning = 531;
inline constexpr std::uint16_t kReferenceBlackWhite = 532;
inline constexpr std::uint16_t kXmp = 700;
inline constexpr std::uint16_t kCopyright = 33432;
inline constexpr std::uint16_t kModelPixelScale = 33550;
inline constexpr std::uint16_t kModelTiepoint = 33922;
inline constexpr std::uint16_t kModelTransformation = 34264;
inline constexpr std::uint16_t kRationalCamera = 50844;  ///< RPCCoefficientTag
inline constexpr std::uint16_t kExifIfd = 34665;
inline constexpr std::uint16_t kIccProfile = 34675;
inline constexpr std::uint16_t kGeoKeyDirectory = 34735;
inline constexpr std::uint16_t kGeoDoubleParams = 34736;
inline constexpr std::uint16_t kGeoAsciiParams = 34737;
inline constexpr std::uint16_t kGdalMetadata = 42112;
inline constexpr std::uint16_t kGdalNodata = 42113;
inline constexpr std::uint16_t kNdpiMark = 65420;
}  // namespace tag

/// Tags of free text, and the items that they are in Metadata.
struct TextTag {
  std::uint16_t tag;
  const char* item;
};
inline constexpr TextTag kTextTags[] = {{tag::kDocumentName, "DocumentName"},
                                        {tag::kMake, "Make"},
                                        {tag::kModel, "Model"},
                                        {tag::kPageName, "PageName"},
                                        {tag::kSoftware, "Software"},
                                        {tag::kDateTime, "DateTime"},
                                        {tag::kArtist, "Artist"},
                                        {tag::kHostComputer, "HostComputer"},
                                        {tag::kCopyright, "Copyright"}};

namespace compression {
inline constexpr int kNone = 1;
inline constexpr int kCcittRle = 2;
inline constexpr int kCcittGroup3 = 3;
inline constexpr int kCcittGroup4 = 4;
inline constexpr int kLzw = 5;
inline constexpr int kOldJpeg = 6;
inline constexpr int kJpeg = 7;
inline constexpr int kDeflate = 8;
inline constexpr int kPackBits = 32773;
inline constexpr int kOldDeflate = 32946;
inline constexpr int kZstd = 50000;
}  // namespace compression

/// A compression's name for messages and `info`: "deflate", "JPEG 2000"; "unknown" when it is.
std::string_view compression_name(int compression);

namespace photometric {
inline constexpr int kMinIsWhite = 0;
inline constexpr int kMinIsBlack = 1;
inline constexpr int kRgb = 2;
inline constexpr int kPalette = 3;
inline constexpr int kMask = 4;
inline constexpr int kSeparated = 5;  ///< CMYK unless InkSet says otherwise
inline constexpr int kYcbcr = 6;
inline constexpr int kCieLab = 8;
inline constexpr int kIccLab = 9;
inline constexpr int kItuLab = 10;
inline constexpr int kColourFilterArray = 32803;
inline constexpr int kLogL = 32844;
inline constexpr int kLogLuv = 32845;
}  // namespace photometric

/// "RGB", "YCbCr", ...; "unknown" when it is.
std::string_view photometric_name(int photometric);

namespace sample_format {
inline constexpr int kUnsigned = 1;
inline constexpr int kSigned = 2;
inline constexpr int kFloat = 3;
inline constexpr int kUntyped = 4;
inline constexpr int kComplexSigned = 5;
inline constexpr int kComplexFloat = 6;
}  // namespace sample_format

namespace extra_sample {
inline constexpr int kUnspecified = 0;
inline constexpr int kPremultiplied = 1;
inline constexpr int kStraight = 2;
}  // namespace extra_sample

inline constexpr int kPlanarChunky = 1;
inline constexpr int kPlanarSeparate = 2;

inline constexpr int kPredictorNone = 1;
inline constexpr int kPredictorHorizontal = 2;
inline constexpr int kPredictorFloat = 3;

/// NewSubfileType's bits.
inline constexpr std::uint32_t kSubfileReduced = 1;
inline constexpr std::uint32_t kSubfileMask = 4;

inline constexpr int kResolutionNone = 1;
inline constexpr int kResolutionInch = 2;
inline constexpr int kResolutionCentimetre = 3;

namespace geo_key {
inline constexpr int kRasterType = 1025;
inline constexpr int kPixelIsArea = 1;
inline constexpr int kPixelIsPoint = 2;
}  // namespace geo_key

}  // namespace sluice::tiff
