// libjpeg held at arm's length: it never exits and never prints. Its errors end in a longjmp to a
// setjmp in a small function without C++ objects; exceptions never pass through its frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h needs FILE

#include <jpeglib.h>

#include <csetjmp>
#include <exception>
#include <memory>
#include <span>
#include <string>

#include "codecs/byte_stream.hpp"

namespace sluice::jpeg {

/// libjpeg's error manager (first, so that libjpeg's pointer to it is a pointer to this).
struct ErrorManager {
  jpeg_error_mgr manager;
  std::jmp_buf escape;
  bool damage_is_error = true;  ///< treat warnings of corrupt data as errors
  char message[JMSG_LENGTH_MAX] = {};
};
/// Fills in the manager and returns what goes into `cinfo.err`.
jpeg_error_mgr* install(ErrorManager& errors);

/// libjpeg's source of bytes: a ByteStream's buffer, handed on as it is.
struct StreamInput {
  jpeg_source_mgr manager;
  ByteStream* stream = nullptr;
  bool ended = false;          ///< the stream's end was met, and an end marker made up
  std::exception_ptr failure;  ///< what the stream threw

  /// Offset of the byte that libjpeg reads next.
  std::int64_t position() const {
    return stream->position() - (ended ? 0 : static_cast<std::int64_t>(manager.bytes_in_buffer));
  }
};
void install(StreamInput& input, jpeg_decompress_struct& cinfo);

/// libjpeg's sink of bytes: memory of fixed size; too little is libjpeg's error.
struct MemoryOutput {
  jpeg_destination_mgr manager;
  std::span<std::byte> to;
  std::size_t size() const { return to.size() - manager.free_in_buffer; }
};
void install(MemoryOutput& output, jpeg_compress_struct& cinfo);

}  // namespace sluice::jpeg
