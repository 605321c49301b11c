// Decodes the rows of a JPEG image through libjpeg.
#pragma once

#include <cstdint>
#include <memory>

#include "codecs/jpeg/header.hpp"
#include "engine/source.hpp"

namespace sluice::jpeg {

/// Bound on all memory a decoder holds: its buffers and libjpeg's, with every coefficient where the
/// image has several scans.
std::int64_t decoder_bytes(const Header& header);

/// A decoder at the first row. With `damaged`, libjpeg's warnings of damage are passed over.
std::unique_ptr<RowDecoder> make_decoder(std::shared_ptr<const ByteSource> bytes,
                                         std::shared_ptr<const Header> header, bool damaged,
                                         Isa isa);

}  // namespace sluice::jpeg
