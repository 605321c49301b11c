// Picks the nearest pixel. Private to resize.
#pragma once

#include <memory>

#include "engine/operation.hpp"

namespace sluice {

/// The image in another size: output pixel x is input pixel floor((x + 1/2) in / out), in integers.
/// All sample types; validity goes along.
std::shared_ptr<const Operation> make_nearest(const ImageInfo& image, std::int64_t width,
                                              std::int64_t height);

}  // namespace sluice
