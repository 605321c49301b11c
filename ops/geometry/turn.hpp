// Flips and quarter turns: an image's pixels in another order.
#pragma once

#include <memory>

#include "engine/operation.hpp"

namespace sluice {

/// `input` as it is shown where EXIF says orientation 2 to 8: 2 has its columns reversed, 4 its
/// rows, 3 both; 6 is turned clockwise, 8 the other way; 5 has rows and columns exchanged, 7
/// exchanged and both reversed. The geo-reference goes along; the result has orientation 1, whoever
/// turns an image having taken it into their own hands.
std::shared_ptr<const Operation> make_turned(const ImageInfo& input, int orientation);

}  // namespace sluice
