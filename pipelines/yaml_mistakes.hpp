// What a user has to change where YAML's own words say little.
#pragma once

#include <string>
#include <string_view>

#include "pipelines/diagnostics.hpp"

namespace sluice {

/// The reason to give for `message`, which yaml-cpp has at `place` of `text`: what is probably
/// meant and how that is written, or the message itself.
std::string yaml_reason(std::string_view text, Place place, const std::string& message);

}  // namespace sluice
