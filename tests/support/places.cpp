#include "support/places.hpp"

namespace sluice {

std::string source_folder() {
  return SLUICE_TEST_SOURCE_DIR;
}

std::string corpus_folder() {
  return SLUICE_TEST_CORPUS;
}

std::string tool_path() {
  return SLUICE_TEST_TOOL;
}

}  // namespace sluice
