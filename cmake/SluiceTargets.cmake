# How the project's libraries are made: one static or shared `sluice` library out of one object
# library per folder, and each kernel source compiled once per instruction set.

set(SLUICE_WARNINGS -Wall -Wextra)
if(SLUICE_WERROR)
  list(APPEND SLUICE_WARNINGS -Werror)
endif()

add_library(sluice_options INTERFACE)
target_compile_options(sluice_options INTERFACE ${SLUICE_WARNINGS} -ffp-contract=off)
target_include_directories(sluice_options INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(sluice_options INTERFACE fmt::fmt TBB::tbb Threads::Threads)
if(SLUICE_SANITIZE)
  # oneTBB 2021.8 casts a task down after destroying it, which the vptr check takes for an error.
  target_compile_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE} -fno-sanitize=vptr
    -fno-omit-frame-pointer)
  target_link_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE})
endif()

# Instruction sets the kernels are compiled for: name and flags. engine/simd/isa.cpp detects
# exactly the flags listed here.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(SLUICE_KERNEL_ISAS sse4 avx2 avx512)
  set(SLUICE_FLAGS_sse4 -msse4.2)
  set(SLUICE_FLAGS_avx2 -mavx2 -mfma)
  set(SLUICE_FLAGS_avx512 -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl -mfma)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(SLUICE_KERNEL_ISAS neon)
  set(SLUICE_FLAGS_neon "")
else()
  message(FATAL_ERROR "no kernels for ${CMAKE_SYSTEM_PROCESSOR}: x86-64 and aarch64 are supported")
endif()

# sluice_add_library(NAME sources...): an object library that becomes part of `sluice`.
set_property(GLOBAL PROPERTY SLUICE_OBJECTS "")
function(sluice_add_library name)
  if(NOT ARGN)
    add_library(${name} INTERFACE)
    return()
  endif()
  add_library(${name} OBJECT ${ARGN})
  target_link_libraries(${name} PUBLIC sluice_options)
  set_property(GLOBAL APPEND PROPERTY SLUICE_OBJECTS ${name})
endfunction()

# sluice_add_kernels(NAME sources...): each source once per instruction set, as the object libraries
# NAME_sse4, NAME_avx2, ... Never below -O2: xsimd 8.1's AVX-512 does not compile at -O0, and
# inlining is what keeps wide instructions out of shared symbols. No sanitizer of undefined
# behaviour is lost: the kernels are tested against plain code under it.
function(sluice_add_kernels name)
  foreach(isa IN LISTS SLUICE_KERNEL_ISAS)
    set(target ${name}_${isa})
    add_library(${target} OBJECT ${ARGN})
    target_link_libraries(${target} PRIVATE sluice_options xsimd)
    target_compile_definitions(${target} PRIVATE SLUICE_KERNEL_ISA=${isa} SLUICE_KERNEL_ISA_${isa}=1)
    target_compile_options(${target} PRIVATE ${SLUICE_FLAGS_${isa}} -O2 -fno-lto
      -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables
      # GCC 12 takes the undefined operand inside its own AVX-512 intrinsics for a mistake of ours.
      -Wno-uninitialized -Wno-maybe-uninitialized)
    set_property(GLOBAL APPEND PROPERTY SLUICE_OBJECTS ${target})
    set_property(GLOBAL APPEND PROPERTY SLUICE_KERNEL_TARGETS ${target})
  endforeach()
endfunction()
