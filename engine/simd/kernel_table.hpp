// How an operation declares a table of kernels and picks it by instruction set.
//
// A kernel source `foo.kernels.cpp` is compiled once per instruction set and defines, inside
// namespace sluice::SLUICE_KERNEL_ISA, one table of function pointers:
//
//     extern const FooKernels foo_kernels;      // constant-initialised
//     const FooKernels foo_kernels = {&add_u8, &add_f32};
//
// The operation declares them with SLUICE_KERNEL_TABLE(FooKernels, foo_kernels) at namespace
// sluice and gets the table for an instruction set from foo_kernels_for(isa).
#pragma once

#include "engine/simd/isa.hpp"

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
