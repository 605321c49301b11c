// Where tests find what they read and run. Only places.cpp knows the paths, so that everything else
// compiles to the same objects wherever the project lies.
#pragma once

#include <string>

namespace sluice {

std::string source_folder();  ///< the project
std::string corpus_folder();  ///< real files beside the project; may not be there
std::string tool_path();      ///< the program `sluice` of this build

}  // namespace sluice
