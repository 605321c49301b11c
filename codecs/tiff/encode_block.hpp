// A tile in memory to the bytes of a block in the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codecs/jpeg/compressor.hpp"
#include "codecs/lease_pool.hpp"
#include "codecs/tiff/write_plan.hpp"
#include "engine/source.hpp"
#include "engine/tile.hpp"

namespace sluice::tiff {

/// Compressors' own state, one per thread that is encoding.
class Compressor {
 public:
  virtual ~Compressor() = default;
  /// Returns the bytes used in `to`, which is as long as encoded_bound says.
  virtual std::int64_t compress(std::span<const std::byte> from, std::span<std::byte> to) = 0;
};

/// Encodes the blocks of one file. Thread-safe.
class BlockEncoder {
 public:
  explicit BlockEncoder(const WritePlan& plan);

  static std::int64_t encoded_bound(const WritePlan& plan);
  std::int64_t scratch_bytes() const;
  /// What each thread's compressor holds.
  std::int64_t encoder_bytes() const;
  std::span<const std::byte> jpeg_tables() const { return jpeg_tables_; }

  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext& context) const;

 private:
  std::int64_t encode_jpeg(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                           const CodecContext& context) const;
  std::int64_t compress(std::span<const std::byte> raw, std::span<std::byte> to,
                        std::byte* scratch) const;

  const WritePlan& plan_;
  std::vector<std::byte> jpeg_tables_;
  mutable LeasePool<Compressor> compressors_;
  mutable LeasePool<jpeg::Compressor> jpegs_;
};

}  // namespace sluice::tiff
