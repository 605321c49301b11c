#include "support/picture.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "engine/planner/edges.hpp"

namespace sluice::test {

Picture::Picture(ImageInfo i) : info(std::move(i)) {
  samples.resize(static_cast<std::size_t>(info.bytes()));
  validity.assign(static_cast<std::size_t>(info.validity_planes() * info.width * info.height), 255);
}

double Picture::get(int c, std::int64_t x, std::int64_t y) const {
  return with_type(info.type, [&]<class T>() { return static_cast<double>(at<T>(c, x, y)); });
}

void Picture::set(int c, std::int64_t x, std::int64_t y, double v) {
  with_type(info.type, [&]<class T>() { at<T>(c, x, y) = static_cast<T>(v); });
}

Picture random_picture(ImageInfo info, std::uint64_t seed) {
  Picture picture(std::move(info));
  std::mt19937_64 random(seed);
  with_type(picture.info.type, [&]<class T>() {
    T* samples = reinterpret_cast<T*>(picture.samples.data());
    const std::size_t count = picture.samples.size() / sizeof(T);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t r = random();
      if constexpr (std::is_floating_point_v<T>) {
        samples[i] = static_cast<T>(static_cast<double>(r >> 11) * 0x1p-53 * 2000 - 1000);
      } else {
        samples[i] = static_cast<T>(r >> 7);
        if (r % 16 == 0)
          samples[i] = r % 32 == 0 ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
      }
    }
  });
  for (std::uint8_t& v : picture.validity)
    v = random() % 8 == 0 ? 0 : 255;
  return picture;
}

double rounded(double v, SampleType type) {
  if (type == SampleType::f64) return v;
  if (type == SampleType::f32) return static_cast<double>(static_cast<float>(v));
  if (std::isnan(v)) return 0;
  const auto [low, high] = range_of(type);
  return std::clamp(std::nearbyint(v), low, high);
}

namespace {

TileView view_of(const Picture& picture) {
  TileView view;
  view.rect = picture.info.rect();
  view.type = picture.info.type;
  view.channels = picture.channels();
  view.data = const_cast<std::byte*>(picture.samples.data());
  view.row_stride = picture.width() * static_cast<std::int64_t>(size_of(view.type));
  view.plane_stride = view.row_stride * picture.height();
  if (picture.info.has_validity()) {
    view.validity =
        reinterpret_cast<std::byte*>(const_cast<std::uint8_t*>(picture.validity.data()));
    view.validity_stride = picture.width();
    if (picture.info.validity_planes() > 1)
      view.validity_plane_stride = picture.width() * picture.height();
  }
  return view;
}

class PictureSource final : public Source {
 public:
  PictureSource(Picture picture, std::int64_t block_width, std::int64_t block_height)
      : Source(picture.info),
        picture_(std::move(picture)),
        block_width_(block_width),
        block_height_(block_height) {}
  std::string name() const override { return "picture"; }
  BlockGrid grid() const override {
    return {info_.width, info_.height, block_width_, block_height_};
  }
  void decode(std::int64_t, std::span<const ByteRange>, std::span<const std::byte>,
              const TileView& out, const CodecContext&) const override {
    copy_pixels(view_of(picture_), out, out.rect);
  }

 private:
  Picture picture_;
  std::int64_t block_width_, block_height_;
};

// A poisoned tile with memory of its own.
struct OwnTile {
  std::vector<std::byte> memory;
  TileView view;
  OwnTile(const Rect& rect, const ImageInfo& info, int poison) {
    const TileLayout layout =
        tile_layout(rect.width, rect.height, info.type, info.channels(), info.validity_planes());
    memory.assign(static_cast<std::size_t>(layout.bytes + 64), static_cast<std::byte>(poison));
    const auto base = reinterpret_cast<std::uintptr_t>(memory.data());
    view = tile_at(memory.data() + ((64 - base % 64) % 64), rect, info.type, info.channels(),
                   info.validity_planes());
  }
};

void fetch(const Picture& picture, const OwnTile& tile, const Traits& traits) {
  const Rect need = tile.view.rect;
  const EdgeAxis columns = edge_axis({need.x, need.right()}, picture.width(), traits.edge);
  const EdgeAxis rows = edge_axis({need.y, need.bottom()}, picture.height(), traits.edge);
  for (int j = 0; j < rows.count; ++j)
    for (int i = 0; i < columns.count; ++i) {
      const EdgePiece& x = columns.pieces[static_cast<std::size_t>(i)];
      const EdgePiece& y = rows.pieces[static_cast<std::size_t>(j)];
      TileView part = tile.view.part({x.at, y.at, x.length, y.length});
      part.rect = {x.source, y.source, x.length, y.length};
      copy_pixels(view_of(picture), part, part.rect);
      if (x.reversed) reverse_columns(part);
      if (y.reversed) reverse_rows(part);
    }
  fill_edges(tile.view, columns, rows, traits.edge, traits.edge_value);
}

}  // namespace

std::shared_ptr<const Source> picture_source(Picture picture, std::int64_t block_width,
                                             std::int64_t block_height) {
  return std::make_shared<PictureSource>(std::move(picture), block_width, block_height);
}

Picture pull(const Image& image, const RunOptions& options) {
  Picture picture(image.info());
  picture.info.validity = Validity::none;
  picture.validity.clear();
  const std::int64_t bytes = static_cast<std::int64_t>(size_of(picture.info.type));
  std::vector<std::byte> buffer(picture.samples.size());
  read_region(image, image.info().rect(), buffer, picture.width() * picture.channels() * bytes,
              options);
  std::size_t from = 0;
  for (std::int64_t y = 0; y < picture.height(); ++y)
    for (std::int64_t x = 0; x < picture.width(); ++x)
      for (int c = 0; c < picture.channels(); ++c, from += static_cast<std::size_t>(bytes))
        std::memcpy(
            picture.samples.data() + picture.index(c, x, y) * static_cast<std::size_t>(bytes),
            buffer.data() + from, static_cast<std::size_t>(bytes));
  return picture;
}

std::string difference(const Picture& a, const Picture& b) {
  if (a.width() != b.width() || a.height() != b.height() || a.channels() != b.channels() ||
      a.info.type != b.info.type)
    return fmt::format("{} x {} x {} of {} against {} x {} x {} of {}", a.width(), a.height(),
                       a.channels(), name_of(a.info.type), b.width(), b.height(), b.channels(),
                       name_of(b.info.type));
  const std::size_t bytes = size_of(a.info.type);
  for (int c = 0; c < a.channels(); ++c)
    for (std::int64_t y = 0; y < a.height(); ++y)
      for (std::int64_t x = 0; x < a.width(); ++x) {
        const std::size_t i = a.index(c, x, y) * bytes;
        if (std::memcmp(a.samples.data() + i, b.samples.data() + i, bytes) != 0)
          return fmt::format("channel {} at ({}, {}): {} against {}", c, x, y, a.get(c, x, y),
                             b.get(c, x, y));
      }
  if (a.validity.empty() || b.validity.empty()) return {};
  if (a.validity.size() != b.validity.size())
    return fmt::format("{} against {} bytes of validity", a.validity.size(), b.validity.size());
  for (std::size_t i = 0; i < a.validity.size(); ++i)
    if (a.validity[i] != b.validity[i]) {
      const auto at = static_cast<std::int64_t>(i);
      return fmt::format("validity plane {} at ({}, {}): {} against {}",
                         at / (a.width() * a.height()), at % a.width(), at / a.width() % a.height(),
                         a.validity[i], b.validity[i]);
    }
  return {};
}

Picture apply(const Operation& operation, std::span<const Picture> inputs, Isa isa,
              std::int64_t unit_width, std::int64_t unit_height, int poison) {
  Picture result(operation.info());
  const Traits traits = operation.traits();
  for (std::int64_t y = 0; y < result.height(); y += unit_height)
    for (std::int64_t x = 0; x < result.width(); x += unit_width) {
      const Rect rect = intersect({x, y, unit_width, unit_height}, result.info.rect());
      std::vector<OwnTile> tiles;
      std::vector<TileView> views;
      tiles.reserve(inputs.size());
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        tiles.emplace_back(operation.needs(static_cast<int>(i), rect), inputs[i].info, poison);
        fetch(inputs[i], tiles.back(), traits);
        views.push_back(tiles.back().view);
      }
      const OwnTile out(rect, result.info, poison);
      const auto scratch = static_cast<std::size_t>(operation.scratch(rect.width, rect.height));
      std::vector<std::byte> memory(scratch + 64, static_cast<std::byte>(poison));
      const auto base = reinterpret_cast<std::uintptr_t>(memory.data());
      operation.compute(views, out.view, {isa, memory.data() + (64 - base % 64) % 64});
      copy_pixels(out.view, view_of(result), rect);
    }
  return result;
}

}  // namespace sluice::test
