#include "codecs/tiff/tags.hpp"

namespace sluice::tiff {

std::string_view compression_name(int compression) {
  switch (compression) {
    case compression::kNone:
      return "none";
    case compression::kCcittRle:
      return "CCITT modified Huffman";
    case compression::kCcittGroup3:
      return "CCITT group 3";
    case compression::kCcittGroup4:
      return "CCITT group 4";
    case compression::kLzw:
      return "LZW";
    case compression::kOldJpeg:
      return "old-style JPEG";
    case compression::kJpeg:
      return "JPEG";
    case compression::kDeflate:
    case compression::kOldDeflate:
      return "deflate";
    case 9:
    case 10:
      return "JBIG";
    case 32766:
      return "NeXT 2-bit";
    case 32771:
      return "CCITT modified Huffman, word aligned";
    case compression::kPackBits:
      return "PackBits";
    case 32809:
      return "ThunderScan";
    case 34661:
      return "JBIG";
    case 34676:
      return "SGI LogLuv";
    case 34677:
      return "SGI LogLuv 24 bit";
    case 33003:
    case 33004:
    case 33005:
    case 34712:
      return "JPEG 2000";
    case 34887:
      return "LERC";
    case 34925:
      return "LZMA";
    case 34933:
      return "PNG";
    case 34934:
    case 22610:
      return "JPEG XR";
    case compression::kZstd:
      return "zstd";
    case 50001:
      return "WebP";
    case 50002:
    case 52546:
      return "JPEG XL";
    default:
      return "unknown";
  }
}

std::string_view photometric_name(int photometric) {
  switch (photometric) {
    case photometric::kMinIsWhite:
      return "grey, 0 is white";
    case photometric::kMinIsBlack:
      return "grey";
    case photometric::kRgb:
      return "RGB";
    case photometric::kPalette:
      return "palette";
    case photometric::kMask:
      return "mask";
    case photometric::kSeparated:
      return "CMYK";
    case photometric::kYcbcr:
      return "YCbCr";
    case photometric::kCieLab:
      return "CIE L*a*b*";
    case photometric::kIccLab:
      return "ICC L*a*b*";
    case photometric::kItuLab:
      return "ITU L*a*b*";
    case photometric::kColourFilterArray:
      return "colour filter array";
    case photometric::kLogL:
      return "LogL";
    case photometric::kLogLuv:
      return "LogLuv";
    default:
      return "unknown";
  }
}

}  // namespace sluice::tiff
