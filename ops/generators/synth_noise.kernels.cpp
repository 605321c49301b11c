#include "ops/generators/gradient_noise.hpp"
#include "ops/generators/synth.kernels.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace noise {

using Bits = batch<std::uint32_t>;

/// Random bits of the columns from the 32-bit column x on.
inline Bits random_bits(std::uint64_t key, std::uint32_t x) {
  const Bits column = broadcast(x) + cast_bits<std::uint32_t>(load(kIota));
  Bits h = column * broadcast(0x9e3779b1u) + broadcast(static_cast<std::uint32_t>(key));
  h = (h ^ (h >> 15)) * broadcast(0x2c1b3c6du);
  h = (h ^ (h >> 13)) * broadcast(0x297a2d39u);
  return h ^ (h >> 16) ^ broadcast(static_cast<std::uint32_t>(key >> 32));
}

inline batch<std::int32_t> top_bits(const Bits& h, int count) {
  return cast_bits<std::int32_t>(h >> (32 - count));
}
inline batch<float> fraction(const Bits& h) {
  return xsimd::batch_cast<float>(top_bits(h, 24)) * broadcast(0x1p-24f);
}

// One store per sample type, of lanes<float>() samples.
struct StoreU8 {
  using Sample = std::uint8_t;
  void operator()(Sample* to, const Bits& h, std::int64_t) const { store_as(to, top_bits(h, 8)); }
};
struct StoreI8 {
  using Sample = std::int8_t;
  void operator()(Sample* to, const Bits& h, std::int64_t) const {
    store_as(to, top_bits(h, 8) - broadcast<std::int32_t>(128));
  }
};
struct StoreU16 {
  using Sample = std::uint16_t;
  void operator()(Sample* to, const Bits& h, std::int64_t) const { store_as(to, top_bits(h, 16)); }
};
struct StoreI16 {
  using Sample = std::int16_t;
  void operator()(Sample* to, const Bits& h, std::int64_t) const {
    store_as(to, top_bits(h, 16) - broadcast<std::int32_t>(32768));
  }
};
struct StoreU32 {
  using Sample = std::uint32_t;
  void operator()(Sample* to, const Bits& h, std::int64_t) const { store(to, h); }
};
struct StoreF32 {
  using Sample = float;
  void operator()(Sample* to, const Bits& h, std::int64_t) const { store(to, fraction(h)); }
};
/// The fractions of f32, widened. Eight-byte samples do not run over the row's end by more than a
/// vector of theirs: `left` are to come.
struct StoreF64 {
  using Sample = double;
  void operator()(Sample* to, const Bits& h, std::int64_t left) const {
    alignas(64) float narrow[lanes<float>()];
    store(narrow, fraction(h));
    for (int i = 0; i < lanes<float>() && i < left; i += lanes<double>())
      store(to + i, load_as<double>(narrow + i));
  }
};
/// The random bits above, their complement times an odd number below.
struct StoreU64 {
  using Sample = std::uint64_t;
  void operator()(Sample* to, const Bits& h, std::int64_t left) const {
    alignas(64) std::uint32_t high[lanes<float>()];
    store(high, h);
    for (int i = 0; i < lanes<float>() && i < left; ++i)
      to[i] = (std::uint64_t{high[i]} << 32) | (~high[i] * 0x9e3779b1u);
  }
};

template <class Store>
void plane(const SynthArea& area, int channel) {
  constexpr std::int64_t kSegment = std::int64_t{1} << 32;  // columns under one key
  const std::uint64_t plane_key = synth_key(area.seed, 0x300 + static_cast<unsigned>(channel));
  for (std::int64_t y = 0; y < area.height; ++y) {
    auto* to = reinterpret_cast<typename Store::Sample*>(area.data + y * area.row_stride);
    const std::uint64_t row = lattice_row(plane_key, area.y + y);
    for (std::int64_t done = 0; done < area.width;) {
      const std::int64_t x = area.x + done;
      const std::int64_t end = smaller(area.width, done + kSegment - (x & (kSegment - 1)));
      const std::uint64_t key = lattice_point(row, x >> 32);
      for (; done < end; done += lanes<float>())
        Store{}(to + done, random_bits(key, static_cast<std::uint32_t>(area.x + done)),
                area.width - done);
      done = end;
    }
  }
}

void run(const SynthArea& area, int channel, NoiseSamples samples) {
  switch (samples) {
    case NoiseSamples::u8:
      return plane<StoreU8>(area, channel);
    case NoiseSamples::i8:
      return plane<StoreI8>(area, channel);
    case NoiseSamples::u16:
      return plane<StoreU16>(area, channel);
    case NoiseSamples::i16:
      return plane<StoreI16>(area, channel);
    case NoiseSamples::u32:
      return plane<StoreU32>(area, channel);
    case NoiseSamples::u64:
      return plane<StoreU64>(area, channel);
    case NoiseSamples::f32:
      return plane<StoreF32>(area, channel);
    case NoiseSamples::f64:
      return plane<StoreF64>(area, channel);
  }
}

}  // namespace noise

extern const SynthNoiseKernels synth_noise_kernels;
const SynthNoiseKernels synth_noise_kernels = {&noise::run};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
