// The operation that stands for a chain of pointwise operations behind 8-bit samples.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/operation.hpp"

namespace sluice {

/// Cost per sample of a table whose results have so many bytes, in the unit of Traits::cost.
double table_cost(std::size_t result_bytes);

/// Most channels for which tables of such results stay in a first-level cache beside the pixels.
int most_table_channels(std::size_t result_bytes);

/// The chain, first operation first, as one operation: made by running it, with the kernels of
/// `isa`, on every value that a sample of `input` can have. All of the chain is pointwise, and
/// input.type has 8 bits.
std::shared_ptr<const Operation> make_table(const ImageInfo& input,
                                            std::span<const std::shared_ptr<const Operation>> chain,
                                            Isa isa);

}  // namespace sluice
