// Small image files of every header kind, whole and right: what is mutated.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::test {

/// One kind of header.
struct HeaderKind {
  std::string name;                           ///< "classic", "big", "geo", "slide", "jpeg", "png"
  std::vector<std::vector<std::byte>> files;  ///< several of the kind
};

/// All kinds.
std::vector<HeaderKind> header_kinds();

}  // namespace sluice::test
