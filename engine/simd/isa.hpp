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

// A kernel source `foo.kernels.cpp` is compiled once per instruction set and defines, inside
// namespace sluice::SLUICE_KERNEL_ISA, one table of function pointers:
//
//     extern const FooKernels foo_kernels;      // constant-initialised
//     const FooKernels foo_kernels = {&add_u8, &add_f32};
//
// The operation declares them with SLUICE_KERNEL_TABLE(FooKernels, foo_kernels) at namespace
// sluice and gets the table for an instruction set from foo_kernels_for(isa).
#if defined(__x86_64__)
#define SLUICE_KERNEL_TABLE(Type, name)              \
  namespace sse4 {                                   \
  extern const Type name;                            \
  }                                                  \
  namespace avx2 {                                   \
  extern const Type name;                            \
  }                                                  \
  namespace avx512 {                                 \
  extern const Type name;                            \
  }                                                  \
  inline const Type& name##_for(::sluice::Isa isa) { \
    switch (isa) {                                   \
      case ::sluice::Isa::avx512:                    \
        return avx512::name;                         \
      case ::sluice::Isa::avx2:                      \
        return avx2::name;                           \
      default:                                       \
        return sse4::name;                           \
    }                                                \
  }
#else
#define SLUICE_KERNEL_TABLE(Type, name)          \
  namespace neon {                               \
  extern const Type name;                        \
  }                                              \
  inline const Type& name##_for(::sluice::Isa) { \
    return neon::name;                           \
  }
#endif
