// What the pointwise operations share: validity, checks of types and inputs.
#pragma once

#include <span>
#include <string>

#include "engine/image_info.hpp"
#include "engine/tile.hpp"

namespace sluice {

/// Fills out's validity plane, where it has one, with the and of the inputs' planes.
void join_validity(std::span<const TileView> inputs, const TileView& out);

/// True for u64 and i64, which neither f32 nor f64 holds.
constexpr bool is_64_bit_integer(SampleType t) {
  return t == SampleType::u64 || t == SampleType::i64;
}
/// Throws Error (usage) for u64 and i64.
void refuse_64_bit_integers(SampleType input, SampleType result);

/// Arithmetic is f64 where one of the types needs it, else f32.
constexpr bool needs_f64(SampleType t) {
  return t == SampleType::u32 || t == SampleType::i32 || t == SampleType::f64;
}

/// Throws Error (usage) unless all inputs have one size, and those with a geo-reference lie in the
/// same place to half a pixel. `names` (may be shorter) call the inputs in the message.
void check_same_place(std::span<const ImageInfo> inputs, std::span<const std::string> names);

/// Takes the colour meaning away: plain bands without ICC profile or palette; alpha stays.
void drop_colour(ImageInfo& info);

/// For results whose samples are no palette indices any more.
void leave_palette(ImageInfo& info);

/// Numbers as an integer result is rounded: nearest, ties to even, clamped; NaN gives 0. For a
/// floating type the conversion to it.
double rounded_to(double v, SampleType type);

}  // namespace sluice
