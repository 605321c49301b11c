#include "engine/rewrite/table.hpp"

#include <cstring>

#include "engine/rewrite/table.kernels.hpp"

namespace sluice {

namespace {

constexpr std::int64_t kValues = 256;
constexpr std::int64_t kTableBytes = 16 << 10;

int log2_of(std::size_t bytes) {
  return bytes == 1 ? 0 : bytes == 2 ? 1 : bytes == 4 ? 2 : 3;
}

/// A tile of one row in memory of its own.
class RowTile {
 public:
  RowTile(const ImageInfo& info, std::int64_t width) {
    const TileLayout layout =
        tile_layout(width, 1, info.type, info.channels(), info.validity_planes());
    memory_.resize(static_cast<std::size_t>(layout.bytes + kAlignment));
    view_ = tile_at(aligned(memory_), {0, 0, width, 1}, info.type, info.channels(),
                    info.validity_planes());
  }
  const TileView& view() const { return view_; }
  static std::byte* aligned(std::vector<std::byte>& memory) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    return memory.data() + (round_up(static_cast<std::int64_t>(address), kAlignment) -
                            static_cast<std::int64_t>(address));
  }

 private:
  std::vector<std::byte> memory_;
  TileView view_;
};

class TableOperation final : public Operation {
 public:
  TableOperation(const ImageInfo& info, const TileView& results)
      : Operation(info),
        values_(static_cast<std::size_t>(info.channels()) * channel_bytes()),
        differences_(size_of(info.type) <= 2 ? values_.size() : 0) {
    for (int c = 0; c < info.channels(); ++c) {
      const std::size_t at = static_cast<std::size_t>(c) * channel_bytes();
      std::memcpy(values_.data() + at, results.row(c, 0), channel_bytes());
      if (!differences_.empty()) find_differences(values_.data() + at, differences_.data() + at);
    }
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const TileView& in = inputs[0];
    const TableKernels::Row row = table_kernels_for(context.isa).row[log2_of(size_of(info_.type))];
    for (int c = 0; c < out.channels; ++c) {
      const std::size_t at = static_cast<std::size_t>(c) * channel_bytes();
      const Table table{values_.data() + at,
                        differences_.empty() ? nullptr : differences_.data() + at};
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        row(table, in.row(c, y), out.row(c, y), out.rect.width);
    }
    for (int plane = 0; plane < out.validity_planes(); ++plane)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        std::memmove(out.validity_row(plane, y), in.validity_row(plane, y),
                     static_cast<std::size_t>(out.rect.width));
  }

  Traits traits() const override {
    Traits traits;
    traits.reach = Reach::sample;
    traits.in_place = size_of(info_.type) == 1;
    traits.cost = table_cost(size_of(info_.type));
    return traits;
  }

 private:
  std::size_t channel_bytes() const { return kValues * size_of(info_.type); }

  void find_differences(const std::byte* values, std::uint8_t* to) const {
    const std::size_t bytes = size_of(info_.type);
    for (std::size_t b = 0; b < bytes; ++b) {
      const auto entry = [&](std::size_t v) {
        // The low byte first, whatever the machine's order.
        std::uint16_t wide = 0;
        if (bytes == 1) return static_cast<std::uint8_t>(values[v]);
        std::memcpy(&wide, values + 2 * v, 2);
        return static_cast<std::uint8_t>(wide >> (8 * b));
      };
      for (std::size_t v = 0; v < kValues; ++v) {
        const bool first = v % 128 < 16;
        to[kValues * b + v] =
            static_cast<std::uint8_t>(first ? entry(v) : entry(v) ^ entry(v - 16));
      }
    }
  }

  std::vector<std::byte> values_;          ///< [channel][value]
  std::vector<std::uint8_t> differences_;  ///< [channel][byte][value], see Table
};

}  // namespace

double table_cost(std::size_t result_bytes) {
  // Measured against linear, which declares 1.2.
  switch (result_bytes) {
    case 1:
      return 1;
    case 2:
      return 1.3;
    case 4:
      return 1.5;
    default:
      return 2;
  }
}

int most_table_channels(std::size_t result_bytes) {
  return static_cast<int>(kTableBytes / (kValues * static_cast<std::int64_t>(result_bytes)));
}

std::shared_ptr<const Operation> make_table(const ImageInfo& input,
                                            std::span<const std::shared_ptr<const Operation>> chain,
                                            Isa isa) {
  auto tile = std::make_unique<RowTile>(input, kValues);
  for (int c = 0; c < input.channels(); ++c)
    for (std::int64_t v = 0; v < kValues; ++v)
      tile->view().row<std::uint8_t>(c, 0)[v] = static_cast<std::uint8_t>(v);
  for (int plane = 0; plane < tile->view().validity_planes(); ++plane)
    std::memset(tile->view().validity_row(plane, 0), 255, kValues);
  for (const auto& operation : chain) {
    auto out = std::make_unique<RowTile>(operation->info(), kValues);
    std::vector<std::byte> scratch(
        static_cast<std::size_t>(operation->scratch(kValues, 1) + kAlignment));
    operation->compute({&tile->view(), 1}, out->view(), {isa, RowTile::aligned(scratch)});
    tile = std::move(out);
  }
  return std::make_shared<TableOperation>(chain.back()->info(), tile->view());
}

}  // namespace sluice
