#include "codecs/interleave.kernels.hpp"

#include "codecs/byte_shuffle.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {

// `Channels` lanes of 16 bytes hold 16 / Size pixels, whose samples are gathered by byte shuffles:
// plane c is the OR over the lanes k of shuffle(lane k, split control (c, k)). Joining is the same
// with the transposed map. Every lane of a wider vector does this for pixels of its own.
template <int Size, int Channels>
struct Controls {
  ShuffleControl split[Channels][Channels];  ///< [plane][lane of pixels]
  ShuffleControl join[Channels][Channels];   ///< [lane of pixels][plane]

  constexpr Controls() : split{}, join{} {
    for (int c = 0; c < Channels; ++c)
      for (int k = 0; k < Channels; ++k)
        for (int i = 0; i < 16; ++i) {
          const int pixel_byte = (i / Size * Channels + c) * Size + i % Size;
          split[c][k].at[i] =
              static_cast<std::uint8_t>(pixel_byte / 16 == k ? pixel_byte % 16 : 0x80);
          const int at = k * 16 + i, sample = at / Size;
          join[k][c].at[i] = static_cast<std::uint8_t>(
              sample % Channels == c ? sample / Channels * Size + at % Size : 0x80);
        }
  }
};

template <int Size, int Channels>
static void split_few(const std::uint8_t* pixels, std::uint8_t* plane, std::int64_t plane_stride,
                      std::int64_t width) {
  for (std::int64_t x = 0; x < width; ++x)
    for (int c = 0; c < Channels; ++c)
      for (int b = 0; b < Size; ++b)
        plane[c * plane_stride + x * Size + b] = pixels[(x * Channels + c) * Size + b];
}

template <int Size, int Channels>
static void join_few(const std::uint8_t* plane, std::int64_t plane_stride, std::uint8_t* pixels,
                     std::int64_t width) {
  for (std::int64_t x = 0; x < width; ++x)
    for (int c = 0; c < Channels; ++c)
      for (int b = 0; b < Size; ++b)
        pixels[(x * Channels + c) * Size + b] = plane[c * plane_stride + x * Size + b];
}

template <int Size, int Channels>
static void split(const std::uint8_t* pixels, std::uint8_t* plane, std::int64_t plane_stride,
                  std::int64_t width) {
  constexpr Controls<Size, Channels> controls;
  constexpr std::int64_t step = kLanes * 16 / Size;
  if (width < step) {
    split_few<Size, Channels>(pixels, plane, plane_stride, width);
    return;
  }
  // The last step is moved back to end with the row.
  for (std::int64_t x = 0; x < width; x += step) {
    if (x + step > width) x = width - step;
    const std::uint8_t* const from = pixels + x * Channels * Size;
    Lanes in[Channels];
    for (int k = 0; k < Channels; ++k)
      in[k] = load_lanes(from + k * 16, Channels * 16);
    for (int c = 0; c < Channels; ++c) {
      Lanes v = shuffle(in[0], control(controls.split[c][0]));
      for (int k = 1; k < Channels; ++k)
        v = either(v, shuffle(in[k], control(controls.split[c][k])));
      store_lanes(plane + c * plane_stride + x * Size, 16, v);
    }
  }
}

template <int Size, int Channels>
static void join(const std::uint8_t* plane, std::int64_t plane_stride, std::uint8_t* pixels,
                 std::int64_t width) {
  constexpr Controls<Size, Channels> controls;
  constexpr std::int64_t step = kLanes * 16 / Size;
  if (width < step) {
    join_few<Size, Channels>(plane, plane_stride, pixels, width);
    return;
  }
  for (std::int64_t x = 0; x < width; x += step) {
    if (x + step > width) x = width - step;
    Lanes in[Channels];
    for (int c = 0; c < Channels; ++c)
      in[c] = load_lanes(plane + c * plane_stride + x * Size, 16);
    for (int k = 0; k < Channels; ++k) {
      Lanes v = shuffle(in[0], control(controls.join[k][0]));
      for (int c = 1; c < Channels; ++c)
        v = either(v, shuffle(in[c], control(controls.join[k][c])));
      store_lanes(pixels + x * Channels * Size + k * 16, Channels * 16, v);
    }
  }
}

template <int Size>
static void swap(std::uint8_t* data, std::int64_t samples) {
  ShuffleControl reversed{};
  for (int i = 0; i < 16; ++i)
    reversed.at[i] = static_cast<std::uint8_t>(i / Size * Size + Size - 1 - i % Size);
  const Lanes by = control(reversed);
  const std::int64_t bytes = samples * Size;
  std::int64_t at = 0;
  for (; at + kLanes * 16 <= bytes; at += kLanes * 16)
    store_lanes(data + at, 16, shuffle(load_lanes(data + at, 16), by));
  for (; at < bytes; at += Size)
    for (int b = 0; b < Size / 2; ++b) {
      const std::uint8_t low = data[at + b];
      data[at + b] = data[at + Size - 1 - b];
      data[at + Size - 1 - b] = low;
    }
}

extern const InterleaveKernels interleave_kernels;
const InterleaveKernels interleave_kernels = {
    {{&split<1, 2>, &split<1, 3>, &split<1, 4>},
     {&split<2, 2>, &split<2, 3>, &split<2, 4>},
     {&split<4, 2>, &split<4, 3>, &split<4, 4>},
     {&split<8, 2>, &split<8, 3>, &split<8, 4>}},
    {{&join<1, 2>, &join<1, 3>, &join<1, 4>},
     {&join<2, 2>, &join<2, 3>, &join<2, 4>},
     {&join<4, 2>, &join<4, 3>, &join<4, 4>},
     {&join<8, 2>, &join<8, 3>, &join<8, 4>}},
    &swap<2>,
    &swap<4>,
    &swap<8>,
};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
