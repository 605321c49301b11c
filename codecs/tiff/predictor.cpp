#include "codecs/tiff/predictor.hpp"

#include <bit>
#include <cstring>

#include "codecs/interleave.hpp"
#include "codecs/tiff/predictor.kernels.hpp"
#include "codecs/tiff/tags.hpp"

namespace sluice::tiff {
namespace {

static_assert(std::endian::native == std::endian::little,
              "predictor 3 and the writer take the machine to be little-endian");

using Bytes = std::uint8_t*;

Bytes bytes_at(std::byte* p) {
  return reinterpret_cast<Bytes>(p);
}

/// Running sums of one row for any number of channels.
template <class T>
void undo_many(std::byte* row, std::int64_t samples, std::int64_t channels) {
  for (std::int64_t i = channels; i < samples; ++i) {
    T sample, left;
    std::memcpy(&sample, row + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
    std::memcpy(&left, row + (i - channels) * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
    sample = static_cast<T>(sample + left);
    std::memcpy(row + i * static_cast<std::int64_t>(sizeof(T)), &sample, sizeof(T));
  }
}

void undo_differences(std::byte* row, std::int64_t samples, int channels, int size, Isa isa) {
  const int log2_size = std::countr_zero(static_cast<unsigned>(size));
  if (channels <= kPredictorChannels) {
    predictor_kernels_for(isa).undo[log2_size][channels - 1](bytes_at(row), samples);
    return;
  }
  switch (size) {
    case 1:
      return undo_many<std::uint8_t>(row, samples, channels);
    case 2:
      return undo_many<std::uint16_t>(row, samples, channels);
    case 4:
      return undo_many<std::uint32_t>(row, samples, channels);
    default:
      return undo_many<std::uint64_t>(row, samples, channels);
  }
}

/// A view of one row's bytes as `size` planes of `samples` bytes. Plane 0 holds each sample's
/// lowest byte, which predictor 3 stores last.
TileView byte_planes(std::byte* row, std::int64_t samples, int size) {
  TileView planes;
  planes.rect = {0, 0, samples, 1};
  planes.type = SampleType::u8;
  planes.channels = size;
  planes.data = row + samples * (size - 1);
  planes.plane_stride = -samples;
  return planes;
}

void undo_float_row(std::byte* row, std::int64_t samples, const PredictorRows& layout,
                    std::byte* scratch, Isa isa) {
  const std::int64_t bytes = samples * layout.sample_bytes;
  undo_differences(row, bytes, layout.channels, 1, isa);
  std::memcpy(scratch, row, static_cast<std::size_t>(bytes));
  interleave(byte_planes(scratch, samples, layout.sample_bytes), row, bytes, isa);
}

void apply_float_row(std::byte* row, std::int64_t samples, const PredictorRows& layout,
                     std::byte* scratch, Isa isa) {
  const std::int64_t bytes = samples * layout.sample_bytes;
  std::memcpy(scratch, row, static_cast<std::size_t>(bytes));
  deinterleave(scratch, bytes, byte_planes(row, samples, layout.sample_bytes), isa);
  predictor_kernels_for(isa).apply[0](bytes_at(row), bytes, layout.channels);
}

}  // namespace

std::int64_t predictor_scratch(int predictor, const PredictorRows& layout) {
  return predictor == kPredictorFloat ? layout.width * layout.channels * layout.sample_bytes : 0;
}

void undo_predictor(int predictor, std::byte* data, const PredictorRows& layout, std::byte* scratch,
                    Isa isa) {
  if (predictor == kPredictorNone) return;
  const std::int64_t samples = layout.width * layout.channels;
  for (std::int64_t y = 0; y < layout.rows; ++y, data += layout.row_bytes) {
    if (predictor == kPredictorFloat)
      undo_float_row(data, samples, layout, scratch, isa);
    else
      undo_differences(data, samples, layout.channels, layout.sample_bytes, isa);
  }
}

void apply_predictor(int predictor, std::byte* data, const PredictorRows& layout,
                     std::byte* scratch, Isa isa) {
  if (predictor == kPredictorNone) return;
  const std::int64_t samples = layout.width * layout.channels;
  const int log2_size = std::countr_zero(static_cast<unsigned>(layout.sample_bytes));
  for (std::int64_t y = 0; y < layout.rows; ++y, data += layout.row_bytes) {
    if (predictor == kPredictorFloat)
      apply_float_row(data, samples, layout, scratch, isa);
    else
      predictor_kernels_for(isa).apply[log2_size](bytes_at(data), samples, layout.channels);
  }
}

}  // namespace sluice::tiff
