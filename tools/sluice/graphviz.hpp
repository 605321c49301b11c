// Drawing with Graphviz, where it is installed.
#pragma once

#include <stop_token>
#include <string>

namespace sluice::tool {

/// The drawing of `dot_text` as SVG, made by the `dot` found on PATH, which is run without a shell
/// and ended after `seconds` or when a stop is asked for. Throws Error (system) that says what to
/// install where there is none.
std::string svg_of(const std::string& dot_text, const std::stop_token& stop, int seconds = 60);

}  // namespace sluice::tool
