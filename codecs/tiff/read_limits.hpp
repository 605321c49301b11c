// Most that a file may make us hold, by kind. Values beside sizes and blocks that are longer are
// left out and told; sums of these are what a plan counts as metadata.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::tiff::limit {

inline constexpr std::uint64_t kText = 64 << 10;  ///< Software, DateTime, ...: each
inline constexpr std::uint64_t kDescription = 8 << 20;
inline constexpr std::uint64_t kGdalMetadata = 8 << 20;
inline constexpr std::uint64_t kProfile = 16 << 20;  ///< ICC
inline constexpr std::uint64_t kGeoValues = 64 << 10;
inline constexpr std::uint64_t kPalette = 3 << 16;  ///< three colours for each 16-bit index
inline constexpr std::uint64_t kExtraSamples = 64 << 10;
inline constexpr std::uint64_t kJpegTables = 64 << 10;  ///< real ones have 574 bytes

inline constexpr std::size_t kLevels = 64;        ///< of a page
inline constexpr std::size_t kAperioItems = 512;  ///< scanners write some 30
inline constexpr std::size_t kBandName = 1 << 10;

/// What the XML parser may hold, beside the text.
inline constexpr std::size_t kXmlBytes = 2 << 20;

/// Entries of the block arrays that are checked when a file is opened: of a longer index the first
/// and the last half of that many. All are checked before the first block is decoded.
inline constexpr std::int64_t kBlocksAtOpening = 1 << 19;

}  // namespace sluice::tiff::limit
