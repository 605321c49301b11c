#include "codecs/tiff/read_convert.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "codecs/interleave.hpp"

namespace sluice::tiff {
namespace {

std::int64_t aligned(std::int64_t bytes) {
  return round_up(bytes, kAlignment);
}

/// One row of samples of 1 to 31 bits, highest bit first, to the next larger type.
template <class T>
void unpack_bits(const std::byte* row, std::int64_t samples, int bits, std::byte* to) {
  std::uint64_t held = 0;
  int count = 0;
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  for (std::int64_t i = 0; i < samples; ++i) {
    for (; count < bits; count += 8)
      held = held << 8 | std::to_integer<std::uint64_t>(*row++);
    count -= bits;
    const T sample = static_cast<T>(held >> count & mask);
    std::memcpy(to + i * static_cast<std::int64_t>(sizeof(T)), &sample, sizeof(T));
  }
}

/// IEEE 754 half to single precision; exact.
float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = half >> 10 & 0x1F, fraction = half & 0x3FF;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const std::uint32_t biased = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | biased << 23 | fraction << 13);
}

void unpack_halves(const std::byte* row, std::int64_t samples, std::byte* to) {
  for (std::int64_t i = 0; i < samples; ++i) {
    std::uint16_t half;
    std::memcpy(&half, row + 2 * i, 2);
    const float value = half_to_float(half);
    std::memcpy(to + 4 * i, &value, 4);
  }
}

}  // namespace

YcbcrTables::YcbcrTables(const ImageLayout& layout) {
  if (!layout.ycbcr_rows()) return;
  const auto& luma = layout.ycbcr_luma;
  const auto& level = layout.reference_levels;
  const float green = luma[1] != 0 ? static_cast<float>(luma[1]) : 1.0f;
  const float red_factor = 2 - 2 * static_cast<float>(luma[0]);
  const float blue_factor = 2 - 2 * static_cast<float>(luma[2]);
  const auto fixed = [](float f) {
    return static_cast<std::int64_t>(std::clamp(f, 0.0f, 2.0f) * 65536.0f + 0.5f);
  };
  const std::int64_t red = fixed(red_factor), blue = fixed(blue_factor);
  const std::int64_t green_r = fixed(static_cast<float>(luma[0]) * red_factor / green);
  const std::int64_t green_b = fixed(static_cast<float>(luma[2]) * blue_factor / green);
  // A coded value between its reference levels, expanded to 0..top and cut to an integer.
  const auto expanded = [](float code, float black, float white, float top) {
    const float span = white - black != 0 ? white - black : 1.0f;
    const float value = (code - std::trunc(black)) * top / span;
    return static_cast<std::int64_t>(std::isnan(value) ? 0.0f
                                                       : std::clamp(value, -4096.0f, 4096.0f));
  };
  const auto at = [&](int i) { return static_cast<float>(level[static_cast<std::size_t>(i)]); };
  for (int i = 0; i < 256; ++i) {
    const float code = static_cast<float>(i - 128);
    const std::int64_t cr = expanded(code, at(4) - 128, at(5) - 128, 127);
    const std::int64_t cb = expanded(code, at(2) - 128, at(3) - 128, 127);
    const std::size_t k = static_cast<std::size_t>(i);
    red_[k] = static_cast<int>((red * cr + 32768) >> 16);
    blue_[k] = static_cast<int>((blue * cb + 32768) >> 16);
    green_r_[k] = static_cast<int>(-green_r * cr);
    green_b_[k] = static_cast<int>(-green_b * cb + 32768);
    light_[k] = static_cast<int>(expanded(static_cast<float>(i), at(0), at(1), 255));
  }
}

RowConverter::RowConverter(const ImageLayout& layout) : layout_(layout), ycbcr_(layout) {
  const bool whole = layout.bits == 16 || layout.bits == 32 || layout.bits == 64;
  swaps_ = layout.big_endian && whole && layout.predictor != kPredictorFloat && !layout.jpeg();
  if (layout.predictor != kPredictorNone)
    predictor_bytes_ = aligned(predictor_scratch(
        layout.predictor, {layout.block_width, 1, layout.row_samples(), layout.bits / 8, 0}));
  if (layout.ycbcr_rows())
    row_bytes_ = aligned(layout.block_width * 3 * layout.subsample_y);
  else if (layout.unpacks())
    row_bytes_ = aligned(layout.block_width * layout.row_samples() *
                         static_cast<std::int64_t>(sluice::size_of(layout.type)));
}

void RowConverter::convert(std::byte* rows, const TileView& out, std::byte* scratch,
                           Isa isa) const {
  const std::int64_t stored = layout_.row_bytes();
  const std::int64_t samples = layout_.block_width * layout_.row_samples();
  if (swaps_) swap_bytes(rows, samples * out.rect.height, layout_.bits / 8, isa);
  if (layout_.predictor != kPredictorNone) {
    const PredictorRows shape{layout_.block_width, out.rect.height, layout_.row_samples(),
                              layout_.bits / 8, stored};
    undo_predictor(layout_.predictor, rows, shape, scratch, isa);
  }
  std::byte* const row = scratch + predictor_bytes_;
  if (layout_.ycbcr_rows()) return convert_ycbcr(rows, out, row, isa);
  if (layout_.unpacks()) return unpack(rows, out, row, isa);
  deinterleave(rows, stored, out, isa);
}

void RowConverter::unpack(const std::byte* rows, const TileView& out, std::byte* scratch,
                          Isa isa) const {
  const std::int64_t samples = out.rect.width * layout_.row_samples();
  for (std::int64_t y = 0; y < out.rect.height; ++y, rows += layout_.row_bytes()) {
    if (layout_.type == SampleType::f32) unpack_halves(rows, samples, scratch);
    if (layout_.type == SampleType::u8)
      unpack_bits<std::uint8_t>(rows, samples, layout_.bits, scratch);
    if (layout_.type == SampleType::u16)
      unpack_bits<std::uint16_t>(rows, samples, layout_.bits, scratch);
    if (layout_.type == SampleType::u32)
      unpack_bits<std::uint32_t>(rows, samples, layout_.bits, scratch);
    deinterleave(scratch, 0, out.part({out.rect.x, out.rect.y + y, out.rect.width, 1}), isa);
  }
}

void RowConverter::convert_ycbcr(const std::byte* rows, const TileView& out, std::byte* scratch,
                                 Isa isa) const {
  // A unit is subsample_y rows of subsample_x values of Y, then one Cb and one Cr; 1 x 1 is a
  // pixel.
  const std::int64_t across = layout_.subsample_x, down = layout_.subsample_y;
  const std::int64_t rgb_bytes = layout_.block_width * 3;
  std::uint8_t* const rgb = reinterpret_cast<std::uint8_t*>(scratch);
  for (std::int64_t y = 0; y < out.rect.height; y += down, rows += layout_.row_bytes()) {
    const std::int64_t height = std::min(down, out.rect.height - y);
    const std::uint8_t* unit = reinterpret_cast<const std::uint8_t*>(rows);
    for (std::int64_t x = 0; x < out.rect.width; x += across, unit += across * down + 2) {
      const int cb = unit[across * down], cr = unit[across * down + 1];
      const std::int64_t width = std::min(across, out.rect.width - x);
      for (std::int64_t j = 0; j < height; ++j)
        for (std::int64_t i = 0; i < width; ++i)
          ycbcr_.convert(unit[j * across + i], cb, cr, rgb + j * rgb_bytes + (x + i) * 3);
    }
    deinterleave(scratch, rgb_bytes, out.part({out.rect.x, out.rect.y + y, out.rect.width, height}),
                 isa);
  }
}

}  // namespace sluice::tiff
