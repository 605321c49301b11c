// Instruction sets: which there are, which this machine has, and how a kernel is chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice {

/// The sets the kernels are compiled for, narrow to wide. On aarch64 there is neon alone.
enum class Isa : std::uint8_t { sse4, avx2, avx512, neon };

std::string_view name_of(Isa isa);
std::optional<Isa> isa_named(std::string_view name);

/// The sets this processor and its operating system can run, narrow to wide. Own detection:
/// xsimd 8.1 does not ask the operating system (XCR0) whether wide registers are saved.
/// Throws Error (system) when not even the narrowest is there.
std::vector<Isa> available_isas();
Isa best_isa();

}  // namespace sluice
