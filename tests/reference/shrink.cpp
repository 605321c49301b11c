#include "reference/shrink.hpp"

#include <cmath>
#include <map>

#include "reference/cells.hpp"

namespace sluice::test {

namespace {

__extension__ using Wide = __int128;

struct Box {
  std::int64_t x, y, right, bottom;
  std::int64_t columns, rows;  ///< before the image's edges cut it off
  std::int64_t count() const { return (right - x) * (bottom - y); }
};

template <class T>
T exact_mean(const Picture& in, int c, const Box& b) {
  Wide sum = 0;
  for (std::int64_t y = b.y; y < b.bottom; ++y)
    for (std::int64_t x = b.x; x < b.right; ++x)
      sum += in.at<T>(c, x, y);
  // Twice the distance to the two integers around the quotient.
  const Wide n = b.count();
  Wide below = sum / n;
  while (below * n > sum)
    --below;
  const Wide rest = 2 * (sum - below * n);
  const bool up = rest > n || (rest == n && below % 2 != 0);
  return static_cast<T>(below + (up ? 1 : 0));
}

/// In f64, columns first; `sample` gives a double. Of boxes with more than 32 columns or rows, cell
/// by cell.
template <class Sample>
double float_mean(const Box& b, Sample sample) {
  if (b.columns > kStrongFactor || b.rows > kStrongFactor) {
    Grid grid{b.right - b.x, b.bottom - b.y, {}};
    for (std::int64_t y = b.y; y < b.bottom; ++y)
      for (std::int64_t x = b.x; x < b.right; ++x)
        grid.values.push_back(sample(x, y));
    grid = sum_over_cells(grid, window_levels(grid.width, b.columns),
                          window_levels(grid.height, b.rows));
    return grid.values.at(0) / static_cast<double>(b.count());
  }
  double sum = 0;
  for (std::int64_t x = b.x; x < b.right; ++x) {
    double column = sample(x, b.y);
    for (std::int64_t y = b.y + 1; y < b.bottom; ++y)
      column += sample(x, y);
    sum = x == b.x ? column : sum + column;
  }
  return sum / static_cast<double>(b.count());
}

/// W: the type between weighing and unweighing.
template <class W>
void weighed_mean(const Picture& in, const Box& b, std::int64_t ox, std::int64_t oy, Picture& out) {
  for (int c = 0; c < in.channels(); ++c) {
    const bool under_alpha = in.info.alpha == Alpha::straight && in.info.under_alpha(c);
    const auto weight = [&](std::int64_t x, std::int64_t y) {
      if (!in.valid(c, x, y)) return W(0);
      return under_alpha ? static_cast<W>(in.get(in.info.alpha_band(), x, y)) : W(1);
    };
    const auto mean_of = [&](auto&& sample) {
      return static_cast<W>(float_mean(b, [&](std::int64_t x, std::int64_t y) {
        return in.valid(c, x, y) ? static_cast<double>(sample(x, y)) : 0.;
      }));
    };
    W v = mean_of([&](auto x, auto y) { return static_cast<W>(in.get(c, x, y)) * weight(x, y); });
    if (under_alpha || in.info.has_validity()) {
      const W by = mean_of(weight);
      v = by > 0 ? v / by : W(0);
    }
    out.set(c, ox, oy, rounded(static_cast<double>(v), in.info.type));
    if (in.info.has_validity())
      out.validity[out.valid_index(c, ox, oy)] =
          mean_of([](auto, auto) { return W(1); }) >= W(0.5) ? 255 : 0;
  }
}

void mean(const Picture& in, const Box& b, std::int64_t ox, std::int64_t oy, Picture& out) {
  const SampleType type = in.info.type;
  const bool wide = type == SampleType::u64 || type == SampleType::i64;
  if ((in.info.alpha == Alpha::straight && !wide) || in.info.has_validity()) {
    if (type == SampleType::u32 || type == SampleType::i32 || type == SampleType::f64)
      return weighed_mean<double>(in, b, ox, oy, out);
    return weighed_mean<float>(in, b, ox, oy, out);
  }
  for (int c = 0; c < in.channels(); ++c)
    with_type(type, [&]<class T>() {
      if constexpr (std::is_floating_point_v<T>)
        out.at<T>(c, ox, oy) = static_cast<T>(float_mean(b, [&](std::int64_t x, std::int64_t y) {
          return static_cast<double>(in.at<T>(c, x, y));
        }));
      else
        out.at<T>(c, ox, oy) = exact_mean<T>(in, c, b);
    });
}

void most_frequent(const Picture& in, const Box& b, std::int64_t ox, std::int64_t oy,
                   Picture& out) {
  with_type(in.info.type, [&]<class T>() {
    for (int c = 0; c < in.channels(); ++c) {
      std::map<T, int> counts;
      for (std::int64_t y = b.y; y < b.bottom; ++y)
        for (std::int64_t x = b.x; x < b.right; ++x)
          if (in.valid(c, x, y)) ++counts[in.at<T>(c, x, y)];
      T best{};
      int most = 0;
      for (const auto& [value, count] : counts)
        if (count > most) most = count, best = value;
      out.at<T>(c, ox, oy) = best;
      if (in.info.has_validity()) out.validity[out.valid_index(c, ox, oy)] = most > 0 ? 255 : 0;
    }
  });
}

void middle(const Picture& in, std::int64_t sx, std::int64_t sy, std::int64_t ox, std::int64_t oy,
            Picture& out) {
  with_type(in.info.type, [&]<class T>() {
    for (int c = 0; c < in.channels(); ++c)
      out.at<T>(c, ox, oy) = in.at<T>(c, sx, sy);
  });
  for (int c = 0; c < in.channels() && in.info.has_validity(); ++c)
    out.validity[out.valid_index(c, ox, oy)] = in.validity[in.valid_index(c, sx, sy)];
}

}  // namespace

Picture reference_shrink(const Picture& in, const ShrinkOptions& o) {
  const std::int64_t fx = o.x, fy = o.y.value_or(o.x);
  if (fx == 1 && fy == 1) return in;
  ImageInfo info = in.info;
  change_geometry(info, (info.width + fx - 1) / fx, (info.height + fy - 1) / fy, 0,
                  static_cast<double>(fx), 0, 0, 0, static_cast<double>(fy));
  Picture out(info);
  for (std::int64_t y = 0; y < out.height(); ++y)
    for (std::int64_t x = 0; x < out.width(); ++x) {
      const Box box{
          x * fx, y * fy, std::min((x + 1) * fx, in.width()), std::min((y + 1) * fy, in.height()),
          fx,     fy};
      switch (o.mode) {
        case ShrinkMode::mean:
          mean(in, box, x, y, out);
          break;
        case ShrinkMode::mode:
          most_frequent(in, box, x, y, out);
          break;
        case ShrinkMode::nearest:
          middle(in, std::min(x * fx + fx / 2, in.width() - 1),
                 std::min(y * fy + fy / 2, in.height() - 1), x, y, out);
          break;
      }
    }
  return out;
}

}  // namespace sluice::test
