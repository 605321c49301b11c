// The checksum that guards records and tells names apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice {

constexpr std::uint64_t kChecksumStart = 0xcbf29ce484222325;

/// FNV-1a, 64 bits; `before` is the checksum of the bytes in front of these.
constexpr std::uint64_t checksum(std::span<const std::byte> bytes,
                                 std::uint64_t before = kChecksumStart) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  for (const std::byte b : bytes)
    before = (before ^ static_cast<std::uint64_t>(b)) * kPrime;
  return before;
}

}  // namespace sluice
