// Damage done to a file's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "random_graphs/random.hpp"

namespace sluice::test {

struct Mutated {
  std::vector<std::byte> bytes;
  std::uint64_t size = 0;  ///< of the file; more than there are bytes: a hole follows
};

/// One to four changes: bytes, numbers that are on some edge, pieces copied, put in, taken out; the
/// end cut off or a hole behind it. Most where headers are: at the file's beginning and end. Of a
/// PNG file most keep their checksums right, so that what they say is looked at.
Mutated mutate(const std::vector<std::byte>& original, Random& random);

}  // namespace sluice::test
