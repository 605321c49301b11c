#include "engine/result_count.hpp"

namespace sluice {

std::int64_t result_count(const Node& node) {
  std::int64_t elements = 0;
  for (const auto& [name, array] : node.reduction->shape().arrays)
    elements += static_cast<std::int64_t>(array.size());
  return elements * node.info.channels();
}

}  // namespace sluice
