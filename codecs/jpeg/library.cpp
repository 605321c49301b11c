#include "codecs/jpeg/library.hpp"

#include <jerror.h>

namespace sluice::jpeg {
namespace {

[[noreturn]] void leave(j_common_ptr cinfo) {
  auto* errors = reinterpret_cast<ErrorManager*>(cinfo->err);
  errors->manager.format_message(cinfo, errors->message);
  std::longjmp(errors->escape, 1);
}

/// Warnings that leave every pixel as it was meant: odd but whole.
bool harmless(int code) {
  switch (code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_TOO_MUCH_DATA:
    case JWRN_JPEG_EOF:  // judged by what is missing: StreamInput::ended
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

// --- source ---

constexpr JOCTET kEndOfImage[] = {0xFF, JPEG_EOI};

/// The next bytes, empty at the end; false when the stream threw.
bool next_bytes(StreamInput& input, std::span<const std::byte>& bytes) noexcept {
  try {
    bytes = input.stream->next();
    return true;
  } catch (...) {
    input.failure = std::current_exception();
    return false;
  }
}

boolean fill_input(j_decompress_ptr cinfo) {
  auto& input = *reinterpret_cast<StreamInput*>(cinfo->src);
  std::span<const std::byte> bytes;
  if (!next_bytes(input, bytes)) ERREXIT(cinfo, JERR_FILE_READ);
  if (bytes.empty()) {
    // The entropy decoder reads ahead of what it needs, so the end alone is no error.
    input.ended = true;
    input.manager.next_input_byte = kEndOfImage;
    input.manager.bytes_in_buffer = sizeof kEndOfImage;
    WARNMS(cinfo, JWRN_JPEG_EOF);
    return TRUE;
  }
  input.manager.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
  input.manager.bytes_in_buffer = bytes.size();
  return TRUE;
}

void skip_input(j_decompress_ptr cinfo, long count) {
  auto& input = *reinterpret_cast<StreamInput*>(cinfo->src);
  if (count <= 0 || input.ended) return;
  const auto buffered = static_cast<long>(input.manager.bytes_in_buffer);
  if (count <= buffered) {
    input.manager.next_input_byte += count;
    input.manager.bytes_in_buffer -= static_cast<std::size_t>(count);
    return;
  }
  input.stream->skip(count - buffered);
  input.manager.bytes_in_buffer = 0;
}

void nothing_to_start(j_decompress_ptr) {}
void nothing_to_end(j_decompress_ptr) {}

// --- destination ---

void start_output(j_compress_ptr cinfo) {
  auto& output = *reinterpret_cast<MemoryOutput*>(cinfo->dest);
  output.manager.next_output_byte = reinterpret_cast<JOCTET*>(output.to.data());
  output.manager.free_in_buffer = output.to.size();
}
boolean output_full(j_compress_ptr cinfo) {
  ERREXIT(cinfo, JERR_FILE_WRITE);
  return FALSE;
}
void end_output(j_compress_ptr) {}

}  // namespace

jpeg_error_mgr* install(ErrorManager& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = &leave;
  errors.manager.emit_message = &on_message;
  errors.manager.output_message = &print_nothing;
  return &errors.manager;
}

void install(StreamInput& input, jpeg_decompress_struct& cinfo) {
  input.manager.init_source = &nothing_to_start;
  input.manager.fill_input_buffer = &fill_input;
  input.manager.skip_input_data = &skip_input;
  input.manager.resync_to_restart = &jpeg_resync_to_restart;
  input.manager.term_source = &nothing_to_end;
  input.manager.next_input_byte = nullptr;
  input.manager.bytes_in_buffer = 0;
  cinfo.src = &input.manager;
}

void install(MemoryOutput& output, jpeg_compress_struct& cinfo) {
  output.manager.init_destination = &start_output;
  output.manager.empty_output_buffer = &output_full;
  output.manager.term_destination = &end_output;
  cinfo.dest = &output.manager;
}

}  // namespace sluice::jpeg
