// A source whose tiny blocks are decoded many at a time.
#pragma once

#include <memory>

#include "engine/source.hpp"

namespace sluice {

/// The same image in blocks of about 256 x 256 pixels, each made of whole blocks of `source`, which
/// allows random access. Bytes that lie side by side in the file, or are shared, are read once.
std::shared_ptr<const Source> gather_blocks(std::shared_ptr<const Source> source);

/// So many blocks, and so small, that handling each of them would cost more than its pixels.
bool has_tiny_blocks(const Source& source);

}  // namespace sluice
