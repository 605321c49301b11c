// Words of other programs for what has another name here: suggested, never taken for it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/options.hpp"

namespace sluice {

/// "'gaussian_blur' blurs" for `blur`: what to use instead of a step that is not there. "" where
/// nothing is known, or the step meant is not in `known`.
std::string other_word_for(std::string_view step, std::span<const std::string> known);

/// "did you mean 'scale'?" for `factor` of resize: what to use instead of an option that the step
/// does not have. "" where nothing is known.
std::string other_option_for(const StepSpec& step, std::string_view option);

/// All that the two functions above may say, for a test that each step and option in it is there.
struct SynonymText {
  std::string_view step;  ///< whose option it is about; "": it is about a step
  std::string text;
};
std::vector<SynonymText> all_synonym_texts();

}  // namespace sluice
