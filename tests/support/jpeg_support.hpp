// JPEG files made and read by libjpeg itself, apart from the code under test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <cstdio>  // jpeglib.h needs FILE

#include <jpeglib.h>

#include "engine/source.hpp"
#include "support/picture.hpp"

namespace sluice::test {

struct JpegEncoding {
  int quality = 90;
  int horizontal = 2, vertical = 2;  ///< luma against chroma
  bool progressive = false;
  bool arithmetic = false;
  bool separate_scans = false;                              ///< one scan per component
  unsigned restart_interval = 0;                            ///< in MCUs
  std::function<void(jpeg_compress_struct&)> markers = {};  ///< after the start
  std::function<void(jpeg_compress_struct&)> set_up = {};   ///< before the start
};

/// Compresses a u8 picture of 1 (grey), 3 (RGB) or 4 (CMYK as it stands) bands in one go.
std::vector<std::byte> libjpeg_encode(const Picture& picture, const JpegEncoding& encoding = {});

/// All pixels in a picture, decoded by libjpeg in one go.
Picture libjpeg_decode(const std::vector<std::byte>& file);

std::shared_ptr<const ByteSource> in_memory(std::vector<std::byte> bytes);
std::vector<std::byte> bytes_of_file(const std::string& path);

/// A photograph-like picture: smooth with some noise.
Picture smooth_picture(std::int64_t width, std::int64_t height, int channels, unsigned seed = 1);

/// Bytes that malloc has handed out, of all threads. Sanitizers have another malloc, which does not
/// tell.
std::int64_t allocated_bytes();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMallocTells = false;
#else
inline constexpr bool kMallocTells = true;
#endif

}  // namespace sluice::test
