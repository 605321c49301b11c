// JPEG streams as they lie in TIFF: tables apart, no markers of a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codecs/tiff/write_plan.hpp"

namespace sluice::tiff {

/// Most bytes of one block, and the memory of one encoder.
std::int64_t jpeg_block_bound(const WritePlan& plan);
std::int64_t jpeg_encoder_bytes(const WritePlan& plan);

/// One thread's libjpeg compressor, set up for a plan. Not thread-safe.
class JpegBlockEncoder {
 public:
  explicit JpegBlockEncoder(const WritePlan& plan);
  ~JpegBlockEncoder();
  JpegBlockEncoder(const JpegBlockEncoder&) = delete;
  JpegBlockEncoder& operator=(const JpegBlockEncoder&) = delete;

  /// The quantisation and Huffman tables that all blocks share: the tag JPEGTables.
  std::vector<std::byte> tables();

  /// One block: start, rows of interleaved samples until there are `height`, finish, which returns
  /// the bytes used. A block that was not finished is given up by the next start.
  void start(std::int64_t width, std::int64_t height, std::span<std::byte> to);
  void rows(const std::byte* samples, std::int64_t row_bytes, std::int64_t count);
  std::int64_t finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::tiff
