// What operations refuse, in one wording.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "engine/image_info.hpp"

namespace sluice {

/// An Error of kind usage.
Error refused(std::string reason);

/// Throws Error (usage) where one of the types is u64 or i64.
void refuse_64_bit_integers(
    std::initializer_list<SampleType> types,
    std::string_view remedy = "use cast to f64 (or i32, u32, where the values fit) first");

/// Throws Error (usage) where the samples are palette indices.
void refuse_palette_indices(const ImageInfo& info, std::string_view remedy);

/// Throws Error (usage) unless samples of `type` can have the value of `option`.
void check_sample(const char* option, double value, SampleType type);

/// Throws Error (usage) unless all inputs have one size, and those with a geo-reference lie in the
/// same place to half a pixel. `names` (may be shorter) call the inputs in the message.
void check_same_place(std::span<const ImageInfo> inputs, std::span<const std::string> names);

}  // namespace sluice
