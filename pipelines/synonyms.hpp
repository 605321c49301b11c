// Words of other programs for what has another name here.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// "'gaussian_blur' blurs" for `blur`: what to use instead of a step that is not there. "" where
/// nothing is known, or the step meant is not in `known`.
std::string other_word_for(std::string_view step, std::span<const std::string> known);

}  // namespace sluice
