// The patterns of synth whose rows are copies of a few: gradient and checker.
#pragma once

#include <memory>

#include "engine/operation.hpp"

namespace sluice {

std::shared_ptr<const Operation> make_gradient(const ImageInfo& info);
std::shared_ptr<const Operation> make_checker(const ImageInfo& info, std::int64_t cell);

}  // namespace sluice
