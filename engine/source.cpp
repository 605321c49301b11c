#include "engine/source.hpp"

namespace sluice {

std::int64_t Source::encoded_bytes_of(Interval blocks) const {
  std::vector<ByteRange> ranges;
  std::int64_t bytes = 0;
  for (std::int64_t block = blocks.begin; block < blocks.end; ++block) {
    ranges.clear();
    locate(block, ranges);
    for (const ByteRange& range : ranges)
      bytes += range.size;
  }
  return bytes;
}

}  // namespace sluice
