// Loads that widen and stores that narrow, by intrinsics: xsimd's own are scalar loops on SSE.
// Included by engine/simd/kernel.hpp.
//
//   load_as<To>(const From* p)   lanes<To>() samples as To. To: i16 (from u8 i8), i32 (from u8 i8
//   u16
//                                i16), f32 (from u8 i8 u16 i16 i32, the last rounded), f64 (from
//                                all).
//   store_as(To* p, batch<From>) lanes<From>() samples as To, clamped to its range; from floating
//                                types rounded to nearest, ties to even, NaN as 0. From: i16 (to u8
//                                i8), i32 (to u8 i8 u16 i16), f32 (to all but f64, u64, i64), f64
//                                (to all).
// Where To is From both are plain.
#pragma once

#if defined(__x86_64__)
#include "engine/simd/convert_x86.hpp"
#else
#include "engine/simd/convert_plain.hpp"
#endif
