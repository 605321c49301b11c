#include "ops/resample/mean_of_sums.hpp"

#include <type_traits>

#include "ops/common/facts.hpp"
#include "ops/resample/boxes.hpp"
#include "ops/resample/divided.hpp"

namespace sluice {

namespace {

__extension__ using Wide = __int128;

/// Plain code: a box of hundreds of pixels or more is one division here.
class MeanOfSums : public BoxOperation {
 public:
  MeanOfSums(const ImageInfo& image, std::int64_t x, std::int64_t y) : BoxOperation(image, x, y) {
    keep_written_nodata(info_);
  }

  Traits traits() const override { return {.reach = Reach::pixel, .cost = 8}; }
  Rect needs(int, const Rect& out) const override { return out; }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext&) const override {
    const TileView& in = inputs[0];
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y) {
        const std::int64_t rows = box_height(out.rect.y + y);
        with_type(info_.type, [&]<class T>() {
          T* to = out.row<T>(c, y);
          for (std::int64_t x = 0; x < out.rect.width; ++x)
            to[x] = mean<T>(in, c, x, y, rows * box_width(out.rect.x + x));
        });
      }
  }

 private:
  template <class T>
  static T mean(const TileView& in, int c, std::int64_t x, std::int64_t y, std::int64_t n) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(in.row<double>(c, y)[x] / static_cast<double>(n));
    } else if constexpr (sizeof(T) == 8) {
      const Wide upper = in.row<std::int64_t>(2 * c + 1, y)[x];
      return static_cast<T>(
          divided<Wide>(upper * (Wide(1) << 32) + in.row<std::int64_t>(2 * c, y)[x], n));
    } else {
      const std::int64_t sum = in.type == SampleType::i32 ? in.row<std::int32_t>(c, y)[x]
                                                          : in.row<std::int64_t>(c, y)[x];
      return static_cast<T>(divided(sum, n));
    }
  }
};

}  // namespace

std::shared_ptr<const Operation> make_mean_of_sums(const ImageInfo& image, std::int64_t x,
                                                   std::int64_t y) {
  return std::make_shared<MeanOfSums>(image, x, y);
}

}  // namespace sluice
