// Decodes the rows of a PNG image through libpng.
#pragma once

#include <cstdint>
#include <memory>

#include "codecs/png/header.hpp"
#include "engine/source.hpp"

namespace sluice::png {

/// Bound on all memory a decoder holds: its buffers and libpng's, with the whole image where it is
/// interlaced.
std::int64_t decoder_bytes(const Header& header);

/// A decoder at the first row.
std::unique_ptr<RowDecoder> make_decoder(std::shared_ptr<const ByteSource> bytes,
                                         std::shared_ptr<const Header> header, Isa isa);

}  // namespace sluice::png
