#include "ops/geometry/turn.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace turn {

#if defined(__x86_64__)
/// For each byte of a 16-byte lane the one it comes from, with samples of `size` bytes reversed.
template <int size>
inline __m128i lane_order() {
  alignas(16) std::int8_t order[16];
  for (int i = 0; i < 16; ++i)
    order[i] = static_cast<std::int8_t>((16 / size - 1 - i / size) * size + i % size);
  return _mm_load_si128(reinterpret_cast<const __m128i*>(order));
}
#endif

template <class T>
inline batch<T> reversed(const batch<T>& v) {
#if defined(SLUICE_KERNEL_ISA_avx512)
  const auto order = _mm512_broadcast_i32x4(lane_order<sizeof(T)>());
  const auto lanes_turned = _mm512_shuffle_epi8(v, order);
  return batch<T>(_mm512_shuffle_i64x2(lanes_turned, lanes_turned, 0x1B));
#elif defined(SLUICE_KERNEL_ISA_avx2)
  const auto order = _mm256_broadcastsi128_si256(lane_order<sizeof(T)>());
  return batch<T>(_mm256_permute4x64_epi64(_mm256_shuffle_epi8(v, order), 0x4E));
#elif defined(SLUICE_KERNEL_ISA_sse4)
  return batch<T>(_mm_shuffle_epi8(v, lane_order<sizeof(T)>()));
#else
  T from[lanes<T>()], to[lanes<T>()];
  store(from, v);
  for (int i = 0; i < lanes<T>(); ++i)
    to[i] = from[lanes<T>() - 1 - i];
  return load(to);
#endif
}

template <class T>
void mirror_row(const std::byte* from_bytes, std::byte* to_bytes, std::int64_t width) {
  constexpr int n = lanes<T>();
  const T* from = reinterpret_cast<const T*>(from_bytes);
  T* to = reinterpret_cast<T*>(to_bytes);
  if (width < n) {
    for (std::int64_t i = 0; i < width; ++i)
      to[i] = from[width - 1 - i];
    return;
  }
  std::int64_t i = 0;
  for (; i + n <= width; i += n)
    store(to + i, reversed(load(from + width - n - i)));
  // The last vector overlaps the one before it, since nothing may be read before the row.
  if (i < width) store(to + width - n, reversed(load(from)));
}

template <class T>
void transpose(const std::byte* from, std::ptrdiff_t from_stride, std::int64_t width,
               std::int64_t height, std::byte* to, std::ptrdiff_t to_stride) {
  // So many rows that a cache line of each stays in the first-level cache between block columns.
  constexpr std::int64_t kBand = 256;
  for (std::int64_t band = 0; band < height; band += kBand) {
    const std::int64_t band_end = smaller(height, band + kBand);
    for (std::int64_t x = 0; x < width; x += block_columns<T>())
      for (std::int64_t y = band; y < band_end; y += block_rows<T>())
        transpose_block(reinterpret_cast<const T*>(from + y * from_stride) + x, from_stride,
                        static_cast<int>(smaller<std::int64_t>(height - y, block_rows<T>())),
                        static_cast<int>(smaller<std::int64_t>(width - x, block_columns<T>())),
                        reinterpret_cast<T*>(to + x * to_stride) + y, to_stride);
  }
}

}  // namespace turn

extern const TurnKernels turn_kernels;
const TurnKernels turn_kernels = {
    {&turn::mirror_row<std::uint8_t>, &turn::mirror_row<std::uint16_t>,
     &turn::mirror_row<std::uint32_t>, &turn::mirror_row<std::uint64_t>},
    {&turn::transpose<std::uint8_t>, &turn::transpose<std::uint16_t>,
     &turn::transpose<std::uint32_t>, &turn::transpose<std::uint64_t>}};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
