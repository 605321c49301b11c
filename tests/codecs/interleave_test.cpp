// Interleaving, byte swapping and TIFF's predictors against plain loops, on every instruction set.
#include "codecs/interleave.hpp"

#include <bit>
#include <cstring>
#include <random>
#include <vector>

#include "codecs/tiff/predictor.hpp"
#include "codecs/tiff/tags.hpp"
#include "support/catch.hpp"

namespace sluice {
namespace {

constexpr std::int64_t kWidths[] = {1, 2, 3, 5, 15, 16, 17, 31, 63, 64, 65, 100, 257};
constexpr SampleType kTypes[] = {SampleType::u8, SampleType::u16, SampleType::u32, SampleType::u64};

/// Exactly as many bytes as are asked for, so that a sanitizer sees the first one beyond.
std::vector<std::byte> noise(std::int64_t bytes) {
  std::mt19937 random(static_cast<unsigned>(bytes));
  std::vector<std::byte> out(static_cast<std::size_t>(bytes));
  for (std::byte& b : out)
    b = static_cast<std::byte>(random());
  return out;
}

template <class Check>
void for_each_shape(Check&& check) {
  for (const Isa isa : available_isas())
    for (const SampleType type : kTypes)
      for (int channels = 1; channels <= 7; ++channels)
        for (const std::int64_t width : kWidths) {
          INFO(name_of(isa) << " " << name_of(type) << " x " << channels << ", width " << width);
          check(isa, type, channels, width);
        }
}

std::uint64_t sample_at(const std::vector<std::byte>& bytes, std::int64_t index, std::size_t size) {
  std::uint64_t v = 0;
  std::memcpy(&v, &bytes[static_cast<std::size_t>(index) * size], size);
  return v;
}

}  // namespace

TEST_CASE("interleave and deinterleave", "[interleave]") {
  constexpr std::int64_t kRows = 2;
  for_each_shape([](Isa isa, SampleType type, int channels, std::int64_t width) {
    const std::int64_t size = static_cast<std::int64_t>(size_of(type));
    const std::vector<std::byte> pixels = noise(width * kRows * channels * size);
    std::vector<std::byte> planes(pixels.size()), back(pixels.size());
    TileView tile;
    tile.rect = {0, 0, width, kRows};
    tile.type = type;
    tile.channels = channels;
    tile.data = planes.data();
    tile.row_stride = width * size;
    tile.plane_stride = kRows * width * size;
    deinterleave(pixels.data(), width * channels * size, tile, isa);
    bool equal = true;
    for (std::int64_t i = 0; i < width * kRows; ++i)
      for (int c = 0; c < channels; ++c)
        equal &= std::memcmp(tile.row(c, i / width) + i % width * size,
                             &pixels[static_cast<std::size_t>((i * channels + c) * size)],
                             static_cast<std::size_t>(size)) == 0;
    REQUIRE(equal);
    interleave(tile, back.data(), width * channels * size, isa);
    REQUIRE(back == pixels);
  });
}

TEST_CASE("swap_bytes", "[interleave]") {
  for_each_shape([](Isa isa, SampleType type, int channels, std::int64_t width) {
    const std::size_t size = size_of(type);
    const std::int64_t samples = width * channels;
    const std::vector<std::byte> bytes = noise(samples * static_cast<std::int64_t>(size));
    std::vector<std::byte> swapped = bytes;
    swap_bytes(swapped.data(), samples, static_cast<int>(size), isa);
    bool equal = true;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      equal &= swapped[i / size * size + size - 1 - i % size] == bytes[i];
    REQUIRE(equal);
  });
}

TEST_CASE("predictors", "[interleave][tiff]") {
  for_each_shape([](Isa isa, SampleType type, int channels, std::int64_t width) {
    const std::size_t size = size_of(type);
    const int bytes_each = static_cast<int>(size);
    const std::vector<std::byte> samples = noise(width * channels * bytes_each);
    const tiff::PredictorRows row{width, 1, channels, bytes_each,
                                  static_cast<std::int64_t>(samples.size())};
    std::vector<std::byte> scratch(samples.size());

    std::vector<std::byte> coded = samples;
    tiff::apply_predictor(tiff::kPredictorHorizontal, coded.data(), row, scratch.data(), isa);
    const std::uint64_t mask = size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * size) - 1;
    bool equal = true;
    for (std::int64_t i = 0; i < width * channels; ++i) {
      const std::uint64_t left = i < channels ? 0 : sample_at(samples, i - channels, size);
      equal &= sample_at(coded, i, size) == ((sample_at(samples, i, size) - left) & mask);
    }
    REQUIRE(equal);
    tiff::undo_predictor(tiff::kPredictorHorizontal, coded.data(), row, scratch.data(), isa);
    REQUIRE(coded == samples);

    // Predictor 3: byte planes, the highest bytes first, then differences of bytes.
    std::vector<std::byte> sorted(samples.size());
    const std::size_t count = samples.size() / size;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t b = 0; b < size; ++b)
        sorted[(size - 1 - b) * count + i] = samples[i * size + b];
    for (std::size_t i = sorted.size() - 1; i >= static_cast<std::size_t>(channels); --i)
      sorted[i] = static_cast<std::byte>(
          std::to_integer<int>(sorted[i]) -
          std::to_integer<int>(sorted[i - static_cast<std::size_t>(channels)]));
    tiff::apply_predictor(tiff::kPredictorFloat, coded.data(), row, scratch.data(), isa);
    REQUIRE(coded == sorted);
    tiff::undo_predictor(tiff::kPredictorFloat, coded.data(), row, scratch.data(), isa);
    REQUIRE(coded == samples);
  });
}

}  // namespace sluice
