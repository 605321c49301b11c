#include "codecs/jpeg/library.hpp"

#include <fmt/format.h>

#include <jerror.h>

#include "codecs/jpeg/header.hpp"

namespace sluice::jpeg {
namespace {

[[noreturn]] void leave(j_common_ptr cinfo) {
  auto* errors = reinterpret_cast<ErrorManager*>(cinfo->err);
  errors->manager.format_message(cinfo, errors->message);
  std::longjmp(errors->escape, 1);
}

/// Warnings that leave every pixel as it was meant: odd but whole. All others cost pixels: bad
/// codes, missing data, lost restart markers, scans of a progressive image out of sequence.
bool harmless(int code) {
  switch (code) {
    case JWRN_ADOBE_XFORM:      // an unknown colour transform: taken for YCbCr or YCCK
    case JWRN_BOGUS_ICC:        // the profile is none: it is read, and judged, by our own parser
    case JWRN_EXTRANEOUS_DATA:  // bytes between segments belong to nothing
    case JWRN_JFIF_MAJOR:       // a later version of JFIF says the same in its first fields
    case JWRN_NOT_SEQUENTIAL:   // a scan's range of coefficients, which sequential JPEG ignores
    case JWRN_TOO_MUCH_DATA:    // the writer's warning, of rows beyond the image
    case JWRN_JPEG_EOF:         // judged by what is missing: Decompressor
      return true;
    default:
      return false;
  }
}

void on_message(j_common_ptr cinfo, int level) {
  if (level >= 0) return;  // a trace message
  const auto* errors = reinterpret_cast<const ErrorManager*>(cinfo->err);
  if (errors->damage_is_error && !harmless(errors->manager.msg_code)) leave(cinfo);
}

void print_nothing(j_common_ptr) {}

}  // namespace

jpeg_error_mgr* ErrorManager::install() {
  jpeg_std_error(&manager);
  manager.error_exit = &leave;
  manager.emit_message = &on_message;
  manager.output_message = &print_nothing;
  return &manager;
}

std::string ErrorManager::reason() const {
  const int first = manager.msg_parm.i[0];
  switch (manager.msg_code) {
    case JERR_SOF_UNSUPPORTED:
      if (const char* name = refused_process(first))
        return fmt::format("{} is not supported", name);
      break;
    case JERR_BAD_PRECISION:
      return fmt::format("JPEG with {} bits per sample is not supported, only 8", first);
    case JERR_EMPTY_IMAGE:
      return "the JPEG frame is empty: it has no components, or a width or height of 0 (a height "
             "given behind the image, by a DNL marker, is not supported)";
    case JERR_IMAGE_TOO_BIG:
      return fmt::format("the JPEG frame is larger than {0} x {0} pixels", kMaxDimension);
    case JERR_NO_SOI:
      return "the data is no JPEG: it does not begin with ffd8";
    case JERR_OUT_OF_MEMORY:
      return "the system has no memory for libjpeg";
    default:
      break;
  }
  return fmt::format("damaged JPEG data (libjpeg: {})", message);
}

}  // namespace sluice::jpeg
