#include "codecs/png/filter.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::png {
namespace {

using Byte = std::uint8_t;

int distance(int a, int b) {
  return a > b ? a - b : b - a;
}

/// The neighbour nearest to left + above - corner, in this order where they are equally near.
int paeth(int left, int above, int corner) {
  const int to_left = distance(above, corner);
  const int to_above = distance(left, corner);
  const int to_corner = distance(left + above, 2 * corner);
  const int nearer = to_above <= to_corner ? above : corner;
  return to_left <= to_above && to_left <= to_corner ? left : nearer;
}

Byte difference(int value, int prediction) {
  return static_cast<Byte>(value - prediction);
}

}  // namespace

void apply_filter(RowFilter filter, const Byte* row, const Byte* above, std::size_t size,
                  std::size_t pixel, Byte* to) {
  const std::size_t first = std::min(size, pixel);  // bytes of the pixel that has no left one
  switch (filter) {
    case RowFilter::none:
      std::memcpy(to, row, size);
      break;
    case RowFilter::sub:
      std::memcpy(to, row, first);
      for (std::size_t i = first; i < size; ++i)
        to[i] = difference(row[i], row[i - pixel]);
      break;
    case RowFilter::up:
      for (std::size_t i = 0; i < size; ++i)
        to[i] = difference(row[i], above[i]);
      break;
    case RowFilter::average:
      for (std::size_t i = 0; i < first; ++i)
        to[i] = difference(row[i], above[i] >> 1);
      for (std::size_t i = first; i < size; ++i)
        to[i] = difference(row[i], (row[i - pixel] + above[i]) >> 1);
      break;
    case RowFilter::paeth:
      for (std::size_t i = 0; i < first; ++i)
        to[i] = difference(row[i], above[i]);
      for (std::size_t i = first; i < size; ++i)
        to[i] = difference(row[i], paeth(row[i - pixel], above[i], above[i - pixel]));
      break;
  }
}

std::uint64_t filter_cost(const Byte* filtered, std::size_t size) {
  std::uint64_t sum = 0;
  constexpr std::size_t kRun = std::size_t{1} << 16;  // whose sum fits into 32 bits
  for (std::size_t begin = 0; begin < size; begin += kRun) {
    const std::size_t end = std::min(size, begin + kRun);
    std::uint32_t part = 0;
    for (std::size_t i = begin; i < end; ++i)
      part += static_cast<std::uint32_t>(filtered[i] < 128 ? filtered[i] : 256 - filtered[i]);
    sum += part;
  }
  return sum;
}

}  // namespace sluice::png
