#include "ops/generators/pattern.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace sluice {
namespace {

__extension__ using Wide = unsigned __int128;

/// The sample at position i of n, from 0 at the first to the type's largest at the last: exact, an
/// integer rounded half up, a float the rounded quotient.
template <class T>
T ramp(std::int64_t i, std::int64_t n) {
  if (n <= 1) return T{0};
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(static_cast<double>(i) / static_cast<double>(n - 1));
  } else {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    const auto steps = static_cast<std::uint64_t>(n - 1), at = static_cast<std::uint64_t>(i);
    if constexpr (sizeof(T) <= 2)  // 2 * 2^41 * 2^16 fits
      return static_cast<T>((2 * at * most + steps) / (2 * steps));
    else
      return static_cast<T>((Wide{2} * at * most + steps) / (Wide{2} * steps));
  }
}

/// Along x: a row, copied. Along y: a value per row. Along both: a value per diagonal, so that a
/// row is the one above it moved by a pixel.
class Gradient final : public Operation {
 public:
  explicit Gradient(ImageInfo info) : Operation(std::move(info)) {}

  Traits traits() const override { return {.reach = Reach::pixel}; }
  std::int64_t scratch(std::int64_t width, std::int64_t height) const override {
    const std::int64_t entries = info_.channels() > 2 ? width + height : width;
    return entries * static_cast<std::int64_t>(size_of(info_.type));
  }
  void compute(std::span<const TileView>, const TileView& out,
               const ComputeContext& context) const override {
    with_type(out.type, [&]<class T>() {
      for (int c = 0; c < out.channels; ++c)
        plane<T>(out, c, reinterpret_cast<T*>(context.scratch));
    });
  }

 private:
  template <class T>
  void plane(const TileView& out, int c, T* table) const {
    const Rect& r = out.rect;
    if (c % 3 == 1) {
      for (std::int64_t y = 0; y < r.height; ++y)
        std::fill_n(out.row<T>(c, y), r.width, ramp<T>(r.y + y, info_.height));
      return;
    }
    const bool diagonal = c % 3 == 2;
    const std::int64_t first = diagonal ? r.x + r.y : r.x;
    const std::int64_t count = diagonal ? r.width + r.height : r.width;
    const std::int64_t steps = diagonal ? info_.width + info_.height - 1 : info_.width;
    for (std::int64_t i = 0; i < count; ++i)
      table[i] = ramp<T>(first + i, steps);
    for (std::int64_t y = 0; y < r.height; ++y)
      std::memcpy(out.row<T>(c, y), table + (diagonal ? y : 0),
                  static_cast<std::size_t>(r.width) * sizeof(T));
  }
};

class Checker final : public Operation {
 public:
  Checker(ImageInfo info, std::int64_t cell) : Operation(std::move(info)), cell_(cell) {}

  Traits traits() const override { return {.reach = Reach::pixel}; }
  std::int64_t scratch(std::int64_t width, std::int64_t) const override {
    return 2 * width * static_cast<std::int64_t>(size_of(info_.type));
  }
  void compute(std::span<const TileView>, const TileView& out,
               const ComputeContext& context) const override {
    with_type(out.type, [&]<class T>() { pixels<T>(out, reinterpret_cast<T*>(context.scratch)); });
  }

 private:
  template <class T>
  void pixels(const TileView& out, T* rows) const {
    constexpr T most = std::is_floating_point_v<T> ? T{1} : std::numeric_limits<T>::max();
    const Rect& r = out.rect;
    // The two rows there are.
    for (std::int64_t i = 0; i < r.width;) {
      const std::int64_t square = (r.x + i) / cell_;
      const std::int64_t left = cell_ - (r.x + i) % cell_;
      const std::int64_t count = std::min(left, r.width - i);
      const bool odd = square % 2 != 0;
      std::fill_n(rows + i, count, odd ? most : T{0});
      std::fill_n(rows + r.width + i, count, odd ? T{0} : most);
      i += count;
    }
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < r.height; ++y)
        std::memcpy(out.row<T>(c, y), rows + ((r.y + y) / cell_ % 2) * r.width,
                    static_cast<std::size_t>(r.width) * sizeof(T));
  }

  std::int64_t cell_;
};

}  // namespace

std::shared_ptr<const Operation> make_gradient(const ImageInfo& info) {
  return std::make_shared<Gradient>(info);
}
std::shared_ptr<const Operation> make_checker(const ImageInfo& info, std::int64_t cell) {
  return std::make_shared<Checker>(info, cell);
}

}  // namespace sluice
