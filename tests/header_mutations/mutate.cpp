#include "header_mutations/mutate.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace sluice::test {
namespace {

std::size_t index(Random& random, std::size_t count) {
  return static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(count) - 1));
}

/// A place in the file.
std::size_t place(const std::vector<std::byte>& bytes, Random& random) {
  constexpr std::size_t kHeader = 600;
  if (bytes.size() <= kHeader || random.chance(30)) return index(random, bytes.size());
  const std::size_t at = index(random, kHeader);
  return random.chance(50) ? at : bytes.size() - 1 - at;
}

std::uint64_t edge_number(const std::vector<std::byte>& bytes, Random& random) {
  const std::uint64_t near = bytes.size() + static_cast<std::uint64_t>(random.between(-9, 9));
  const std::uint64_t power = std::uint64_t{1} << random.between(0, 63);
  return random.pick<std::uint64_t>({0, 1, 2, 255, 256, 65535, 65536, near, near / 2, power,
                                     power - 1, 0 - power, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000,
                                     0x7FFFFFFFFFFFFFFF, random.bits()});
}

void put_number(std::vector<std::byte>& bytes, Random& random) {
  const std::size_t size = random.pick<std::size_t>({1, 2, 4, 8});
  const std::size_t at =
      std::min(place(bytes, random), bytes.size() - std::min(size, bytes.size()));
  std::uint64_t number = edge_number(bytes, random);
  if (random.chance(40)) number = __builtin_bswap64(number) >> (64 - 8 * size);
  std::memcpy(&bytes[at], &number, std::min(size, bytes.size() - at));
}

void copy_piece(std::vector<std::byte>& bytes, Random& random) {
  const std::size_t size = std::min<std::size_t>(bytes.size(), 1 + index(random, 40));
  const std::size_t from = std::min(place(bytes, random), bytes.size() - size);
  const std::size_t to = std::min(place(bytes, random), bytes.size() - size);
  const std::vector<std::byte> piece(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(from + size));
  if (random.chance(50))
    std::copy(piece.begin(), piece.end(), bytes.begin() + static_cast<std::ptrdiff_t>(to));
  else
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(to), piece.begin(), piece.end());
}

void take_out(std::vector<std::byte>& bytes, Random& random) {
  const std::size_t at = place(bytes, random);
  const std::size_t size = std::min(bytes.size() - at, 1 + index(random, 40));
  if (size < bytes.size())
    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
}

std::uint32_t u32(const std::vector<std::byte>& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, &bytes[at], 4);
  return __builtin_bswap32(value);
}

void correct_checksums(std::vector<std::byte>& bytes) {
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t length = u32(bytes, at);
    if (length > bytes.size() - at - 12) return;
    const auto sum = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(&bytes[at + 4]), static_cast<uInt>(length + 4)));
    const std::uint32_t stored = __builtin_bswap32(sum);
    std::memcpy(&bytes[at + 8 + length], &stored, 4);
    at += 12 + length;
  }
}

}  // namespace

Mutated mutate(const std::vector<std::byte>& original, Random& random) {
  std::vector<std::byte> bytes = original;
  const bool png = bytes.size() > 8 && bytes[1] == std::byte{'P'} && bytes[2] == std::byte{'N'};
  for (std::int64_t change = random.between(1, 4); change > 0; --change) {
    const std::int64_t what = random.between(0, 99);
    if (what < 25)
      bytes[place(bytes, random)] = static_cast<std::byte>(random.bits());
    else if (what < 75)
      put_number(bytes, random);
    else if (what < 85)
      copy_piece(bytes, random);
    else if (what < 92)
      take_out(bytes, random);
    else if (what < 96)
      bytes.resize(1 + index(random, bytes.size()));
    else
      bytes[place(bytes, random)] ^= static_cast<std::byte>(1 << random.between(0, 7));
  }
  if (png && random.chance(85)) correct_checksums(bytes);
  Mutated mutated{std::move(bytes), 0};
  if (random.chance(20)) mutated.size = std::uint64_t{1} << random.between(10, 33);
  return mutated;
}

}  // namespace sluice::test
