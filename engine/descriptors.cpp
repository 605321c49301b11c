#include "engine/descriptors.hpp"

#include <filesystem>
#include <iterator>
#include <system_error>

namespace sluice {

std::int64_t open_descriptors() {
  std::error_code none;
  const std::filesystem::directory_iterator all("/proc/self/fd", none);
  if (none) return STDERR_FILENO + 1;
  return std::distance(all, std::filesystem::directory_iterator()) - 1;
}

}  // namespace sluice
