#include "ops/resample/nearest.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

// Plain code: a load per pixel is what a gather instruction does too.
template <class T>
void pick(const void* from, const std::int32_t* index, void* to, std::int64_t width) {
  const T* in = static_cast<const T*>(from);
  T* out = static_cast<T*>(to);
  for (std::int64_t x = 0; x < width; ++x)
    out[x] = in[index[x]];
}

}  // namespace

extern const NearestKernels nearest_kernels;
const NearestKernels nearest_kernels = {
    {&pick<std::uint8_t>, &pick<std::uint16_t>, &pick<std::uint32_t>, &pick<std::uint64_t>}};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
