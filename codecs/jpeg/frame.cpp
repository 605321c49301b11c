#include "codecs/jpeg/frame.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/geometry.hpp"

namespace sluice::jpeg {

int Frame::max_horizontal() const {
  int most = 1;
  for (const Component& c : components)
    most = std::max(most, c.horizontal);
  return most;
}

int Frame::max_vertical() const {
  int most = 1;
  for (const Component& c : components)
    most = std::max(most, c.vertical);
  return most;
}

std::int64_t Frame::blocks_across(const Component& c) const {
  const std::int64_t blocks =
      ceil_div(std::int64_t{width} * c.horizontal, std::int64_t{kBlock} * max_horizontal());
  return round_up(blocks, c.horizontal);
}

std::int64_t Frame::blocks_down(const Component& c) const {
  const std::int64_t blocks =
      ceil_div(std::int64_t{height} * c.vertical, std::int64_t{kBlock} * max_vertical());
  return round_up(blocks, c.vertical);
}

std::int64_t Frame::blocks() const {
  std::int64_t sum = 0;
  for (const Component& c : components)
    sum += blocks_across(c) * blocks_down(c);
  return sum;
}

// A component has 8 + 2 rows of blocks' samples in the main buffer and a row of MCUs in the
// upsampler; its rows are padded to 64 bytes.
std::int64_t Frame::row_bytes() const {
  constexpr std::int64_t kTables = 128 * 1024;  // objects, quantisation, Huffman and colour tables
  constexpr std::int64_t kPerRow = 64 + 4 * sizeof(void*);
  std::int64_t sum = kTables;
  const std::int64_t full_width = round_up(width, std::int64_t{kBlock} * max_horizontal());
  for (const Component& c : components) {
    sum += (blocks_across(c) * kBlock + kPerRow) * c.vertical * (kBlock + 2);
    sum += (full_width + kPerRow) * max_vertical();
  }
  return sum;
}

std::int64_t Frame::coefficient_bytes() const {
  if (!several_scans) return 0;
  constexpr std::int64_t kBlockBytes = kBlock * kBlock * sizeof(std::int16_t);
  // libjpeg takes chunks of whole rows; padding and the pointers to rows are on top.
  constexpr std::int64_t kPerRow = 64 + 2 * sizeof(void*);
  std::int64_t sum = 0;
  for (const Component& c : components)
    sum += (blocks_across(c) * kBlockBytes + kPerRow) * blocks_down(c);
  return sum;
}

std::string Frame::too_short(std::int64_t bytes) const {
  // Arithmetic coding has no least size of a block.
  if (!several_scans || arithmetic) return {};
  const std::int64_t least = blocks() / 8;
  if (bytes >= least) return {};
  return fmt::format("{} x {} pixels take at least {} bytes, and it has {}", width, height, least,
                     bytes);
}

}  // namespace sluice::jpeg
