#include "reference/separable.hpp"

#include <cmath>
#include <functional>

#include "ops/resample/taps.hpp"
#include "reference/cells.hpp"

namespace sluice::test {

namespace {

template <class T>
struct Planes {
  std::int64_t width = 0, height = 0;
  std::vector<std::vector<T>> planes;
  T at(std::size_t c, std::int64_t x, std::int64_t y) const {
    x = std::clamp<std::int64_t>(x, 0, width - 1);
    y = std::clamp<std::int64_t>(y, 0, height - 1);
    return planes[c][static_cast<std::size_t>(y * width + x)];
  }
};

/// One pass. `sum` makes a sample of weights and the samples under them.
template <class T, class W, class Sum>
Planes<T> pass(const Planes<T>& in, bool down, std::int64_t size, const Taps& taps, Sum sum) {
  Planes<T> out{down ? in.width : size, down ? size : in.height, {}};
  std::vector<double> exact(static_cast<std::size_t>(taps.most()));
  std::vector<std::vector<W>> weights;
  for (std::int64_t o = 0; o < size; ++o) {
    const auto count = static_cast<std::size_t>(taps.reach(o).size());
    taps.weights(o, exact.data());
    std::vector<W>& w = weights.emplace_back(count);
    if constexpr (std::is_same_v<W, std::int16_t>)
      quantise({exact.data(), count}, w.data());
    else
      std::copy(exact.begin(), exact.begin() + static_cast<std::ptrdiff_t>(count), w.begin());
  }
  std::vector<T> samples;
  for (std::size_t c = 0; c < in.planes.size(); ++c) {
    auto& plane = out.planes.emplace_back();
    for (std::int64_t y = 0; y < out.height; ++y)
      for (std::int64_t x = 0; x < out.width; ++x) {
        const std::int64_t o = down ? y : x, first = taps.reach(o).begin;
        const auto& w = weights[static_cast<std::size_t>(o)];
        samples.clear();
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(w.size()); ++i)
          samples.push_back(down ? in.at(c, x, first + i) : in.at(c, first + i, y));
        plane.push_back(sum(w, samples));
      }
  }
  return out;
}

std::int64_t shifted_even(std::int64_t v, int bits) {
  return static_cast<std::int64_t>(std::nearbyint(std::ldexp(static_cast<double>(v), -bits)));
}

struct Filter {
  const Taps* down = nullptr;
  const Taps* across = nullptr;
  ImageInfo out;
  /// Of bytes alone: the rows that `down` makes, from which `up` makes those of the output.
  const Taps* up = nullptr;
  std::int64_t rows = 0;
  /// Of strong reductions: `down` and `across` filter the sums of the last cells. In f64.
  std::vector<Begins> down_cells = {}, across_cells = {};
  bool strong() const { return !down_cells.empty() || !across_cells.empty(); }
};

Picture filter_bytes(const Picture& in, const Filter& f) {
  const int offset = in.info.type == SampleType::i8 ? 128 : 0;
  Planes<std::int64_t> p{in.width(), in.height(), {}};
  for (int c = 0; c < in.channels(); ++c) {
    auto& plane = p.planes.emplace_back();
    for (std::int64_t y = 0; y < in.height(); ++y)
      for (std::int64_t x = 0; x < in.width(); ++x)
        plane.push_back(static_cast<std::int64_t>(in.get(c, x, y)) + offset);
  }
  const auto sum = [](const std::vector<std::int16_t>& w, const std::vector<std::int64_t>& s) {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < w.size(); ++i)
      total += w[i] * s[i];
    return total;
  };
  const auto middle = [&](int bits) {
    return [&sum, bits](const auto& w, const auto& s) {
      return std::clamp<std::int64_t>((sum(w, s) + (1 << (bits - 1))) >> bits, -32768, 32767);
    };
  };
  const auto last = [&](int bits) {
    return [&sum, bits](const auto& w, const auto& s) {
      return std::clamp<std::int64_t>(shifted_even(sum(w, s), bits), 0, 255);
    };
  };
  using W = std::int16_t;
  if (f.up) {
    p = pass<std::int64_t, W>(p, true, f.rows, *f.down, middle(8));
    p = pass<std::int64_t, W>(p, false, f.out.width, *f.across, middle(14));
    p = pass<std::int64_t, W>(p, true, f.out.height, *f.up, last(20));
  } else if (f.down && f.across) {
    p = pass<std::int64_t, W>(p, true, f.out.height, *f.down, middle(8));
    p = pass<std::int64_t, W>(p, false, f.out.width, *f.across, last(20));
  } else if (f.down) {
    p = pass<std::int64_t, W>(p, true, f.out.height, *f.down, last(14));
  } else {
    p = pass<std::int64_t, W>(p, false, f.out.width, *f.across, last(14));
  }
  Picture out(f.out);
  for (int c = 0; c < out.channels(); ++c)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x)
        out.set(c, x, y, static_cast<double>(p.at(static_cast<std::size_t>(c), x, y) - offset));
  return out;
}

/// What a sample is multiplied by before the filter: its band's alpha, 0 where it is not valid.
double weight_of(const Picture& in, int c, std::int64_t x, std::int64_t y) {
  if (!in.valid(c, x, y)) return 0;
  const bool weighed = in.info.alpha == Alpha::straight && in.info.under_alpha(c);
  return weighed ? in.get(in.info.alpha_band(), x, y) : 1;
}

/// For each band three planes: the samples times their weights, the weights, and 1 where valid; in
/// W: float or double.
template <class W>
Planes<W> weighed(const Picture& in) {
  Planes<W> p{in.width(), in.height(), {}};
  for (int c = 0; c < in.channels(); ++c) {
    p.planes.resize(p.planes.size() + 3);
    const auto planes = p.planes.end() - 3;
    for (std::int64_t y = 0; y < in.height(); ++y)
      for (std::int64_t x = 0; x < in.width(); ++x) {
        const bool valid = in.valid(c, x, y);
        const W weight = static_cast<W>(weight_of(in, c, x, y));
        planes[0].push_back(valid ? static_cast<W>(in.get(c, x, y)) * weight : W(0));
        planes[1].push_back(weight);
        planes[2].push_back(valid ? W(1) : W(0));
      }
  }
  return p;
}

/// Weighed samples filtered in W.
template <class W>
Picture filter_floats(const Picture& in, const Filter& f, Planes<W> p) {
  const auto sum = [](const std::vector<W>& w, const std::vector<W>& s) {
    W total = w[0] * s[0];
    for (std::size_t i = 1; i < w.size(); ++i)
      total = total + w[i] * s[i];
    return total;
  };
  // Sums of cells are filtered across first.
  if (f.strong() && f.across) p = pass<W, W>(p, false, f.out.width, *f.across, sum);
  if (f.down) p = pass<W, W>(p, true, f.out.height, *f.down, sum);
  if (!f.strong() && f.across) p = pass<W, W>(p, false, f.out.width, *f.across, sum);
  Picture out(f.out);
  for (int c = 0; c < in.channels(); ++c) {
    const bool under_alpha = in.info.alpha == Alpha::straight && in.info.under_alpha(c);
    const auto plane = static_cast<std::size_t>(3 * c);
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x) {
        W v = p.at(plane, x, y);
        if (under_alpha || in.info.has_validity()) {
          const W weight = p.at(plane + 1, x, y);
          v = weight > 0 ? v / weight : W(0);
        }
        out.set(c, x, y, rounded(static_cast<double>(v), f.out.type));
      }
  }
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    return !in.info.has_validity() || p.at(static_cast<std::size_t>(3 * c + 2), x, y) >= W(0.5);
  });
  return out;
}

template <class W>
Picture filter_sums(const Picture& in, const Filter& f) {
  const Planes<W> from = weighed<W>(in);
  Planes<double> sums;
  for (const auto& plane : from.planes) {
    const Grid grid =
        sum_over_cells({in.width(), in.height(), std::vector<double>(plane.begin(), plane.end())},
                       f.across_cells, f.down_cells);
    sums.width = grid.width, sums.height = grid.height;
    sums.planes.push_back(grid.values);
  }
  return filter_floats<double>(in, f, std::move(sums));
}

Picture filter(const Picture& in, const Filter& f) {
  if (!f.down && !f.across) return in;
  const int most = std::max(f.down ? f.down->most() : 0, f.across ? f.across->most() : 0);
  const bool has_weights = in.info.alpha == Alpha::straight || in.info.has_validity();
  switch (in.info.type) {
    case SampleType::u8:
    case SampleType::i8:
      if (!f.strong() && !has_weights && most <= 256) return filter_bytes(in, f);
      [[fallthrough]];
    case SampleType::u16:
    case SampleType::i16:
    case SampleType::f32:
      if (f.strong()) return filter_sums<float>(in, f);
      return filter_floats<float>(in, f, weighed<float>(in));
    default:
      if (f.strong()) return filter_sums<double>(in, f);
      return filter_floats<double>(in, f, weighed<double>(in));
  }
}

ImageInfo resized_info(const ImageInfo& in, std::int64_t width, std::int64_t height) {
  ImageInfo out = in;
  if (width != in.width || height != in.height)
    change_geometry(out, width, height, 0,
                    static_cast<double>(in.width) / static_cast<double>(width), 0, 0, 0,
                    static_cast<double>(in.height) / static_cast<double>(height));
  return out;
}

double sinc(double t) {
  return t == 0 ? 1 : std::sin(M_PI * t) / (M_PI * t);
}

double model_kernel(ResizeKernel kernel, double signed_t) {
  const double t = std::fabs(signed_t);
  const auto cubic = [t](double b, double c) {
    if (t < 1)
      return ((12 - 9 * b - 6 * c) * t * t * t + (-18 + 12 * b + 6 * c) * t * t + 6 - 2 * b) / 6;
    if (t < 2)
      return ((-b - 6 * c) * t * t * t + (6 * b + 30 * c) * t * t + (-12 * b - 48 * c) * t + 8 * b +
              24 * c) /
             6;
    return 0.;
  };
  switch (kernel) {
    case ResizeKernel::box:  // open at the lower end and closed at the upper one
      return signed_t > -0.5 + 1e-9 && signed_t < 0.5 + 1e-9 ? 1 : 0;
    case ResizeKernel::linear:
      return t < 1 ? 1 - t : 0;
    case ResizeKernel::cubic:
      return cubic(0, 0.5);
    case ResizeKernel::mitchell:
      return cubic(1. / 3, 1. / 3);
    case ResizeKernel::lanczos2:
      return t < 2 ? sinc(t) * sinc(t / 2) : 0;
    default:
      return t < 3 ? sinc(t) * sinc(t / 3) : 0;
  }
}

/// Both passes in double precision; weight(o, j) of input position j, taken where it is not 0 in
/// [first(o), last(o)].
using Span = std::function<std::pair<std::int64_t, std::int64_t>(std::int64_t)>;
using Weight = std::function<double(std::int64_t, std::int64_t)>;
Planes<double> model_pass(const Planes<double>& in, bool down, std::int64_t size, const Span& span,
                          const Weight& weight) {
  Planes<double> out{down ? in.width : size, down ? size : in.height, {}};
  for (std::size_t c = 0; c < in.planes.size(); ++c) {
    auto& plane = out.planes.emplace_back();
    for (std::int64_t y = 0; y < out.height; ++y)
      for (std::int64_t x = 0; x < out.width; ++x) {
        const std::int64_t o = down ? y : x;
        const auto [first, last] = span(o);
        double sum = 0, total = 0;
        for (std::int64_t j = first; j <= last; ++j) {
          const double w = weight(o, j);
          sum += w * (down ? in.at(c, x, j) : in.at(c, j, y));
          total += w;
        }
        plane.push_back(sum / total);
      }
  }
  return out;
}

Planes<double> doubles(const Picture& in) {
  Planes<double> p{in.width(), in.height(), {}};
  for (int c = 0; c < in.channels(); ++c) {
    auto& plane = p.planes.emplace_back();
    for (std::int64_t y = 0; y < in.height(); ++y)
      for (std::int64_t x = 0; x < in.width(); ++x)
        plane.push_back(in.get(c, x, y));
  }
  return p;
}

std::vector<double> flat(const Planes<double>& p) {
  std::vector<double> all;
  for (const auto& plane : p.planes)
    all.insert(all.end(), plane.begin(), plane.end());
  return all;
}

}  // namespace

Picture reference_resize(const Picture& in, const ResizeOptions& o) {
  const auto size = [&](std::int64_t from, const std::optional<std::int64_t>& to) {
    return o.scale ? std::max<std::int64_t>(1, std::llround(static_cast<double>(from) * *o.scale))
                   : to.value_or(from);
  };
  const std::int64_t width = size(in.width(), o.width), height = size(in.height(), o.height);
  Filter f{nullptr, nullptr, resized_info(in.info, width, height)};
  if (o.kernel == ResizeKernel::nearest) {
    Picture out(f.out);
    const std::size_t bytes = size_of(in.info.type);
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t sx = (2 * x + 1) * in.width() / (2 * width);
        const std::int64_t sy = (2 * y + 1) * in.height() / (2 * height);
        for (int c = 0; c < in.channels(); ++c) {
          std::copy_n(&in.samples[in.index(c, sx, sy) * bytes], bytes,
                      &out.samples[out.index(c, x, y) * bytes]);
          if (in.info.has_validity())
            out.validity[out.valid_index(c, x, y)] = in.validity[in.valid_index(c, sx, sy)];
        }
      }
    return out;
  }
  const auto kernel = static_cast<TapKernel>(static_cast<int>(o.kernel) - 1);
  const auto taps = [&](std::int64_t from, std::int64_t to, std::vector<Begins>& cells) {
    if (from <= kStrongFactor * to) return resampling_taps(from, to, kernel);
    cells = resize_levels(from, to);
    return cell_taps(from, to, kernel);
  };
  const auto down = taps(in.height(), height, f.down_cells);
  const auto across = taps(in.width(), width, f.across_cells);
  if (height != in.height()) f.down = down.get();
  if (width != in.width()) f.across = across.get();
  return filter(in, f);
}

Picture reference_gaussian_blur(const Picture& in, const GaussianBlurOptions& o) {
  const double sigma = o.sigma ? *o.sigma : static_cast<double>(*o.radius) / 3;
  if (sigma == 0 || o.radius == 0) return in;
  const double reach = size_of(in.info.type) == 1 ? 3.5 : 5;
  const auto radius = [](double s) { return static_cast<int>(std::ceil(3.5 * s)); };
  const int step = static_cast<int>(sigma / 1.3);
  const bool plain = in.info.alpha != Alpha::straight && !in.info.has_validity();
  if (!o.radius && size_of(in.info.type) == 1 && plain && step >= 3 && 7 * sigma + 2 <= 256) {
    const double first = 0.75 * step, rest = std::sqrt(sigma * sigma - first * first);
    const int margin = (radius(rest) + step - 1) / step;
    const auto down = reducing_gaussian_taps(first, radius(first), step, margin);
    const auto across = gaussian_taps(sigma, radius(sigma));
    const auto up = enlarging_gaussian_taps(rest, radius(rest), step, margin);
    return filter_bytes(in, {down.get(), across.get(), in.info, up.get(),
                             (in.height() - 1) / step + 1 + 2 * margin});
  }
  const auto taps = gaussian_taps(
      sigma,
      static_cast<int>(o.radius ? *o.radius : static_cast<std::int64_t>(std::ceil(reach * sigma))));
  return filter(in, {taps.get(), taps.get(), in.info});
}

std::vector<double> model_resize(const Picture& in, std::int64_t width, std::int64_t height,
                                 ResizeKernel kernel) {
  const auto one = [&](const Planes<double>& p, bool down, std::int64_t from, std::int64_t to) {
    const double ratio = static_cast<double>(from) / static_cast<double>(to);
    const double widen = std::max(1., ratio);
    const auto centre = [=](std::int64_t o) { return (static_cast<double>(o) + 0.5) * ratio; };
    return model_pass(
        p, down, to,
        [=](std::int64_t o) {
          return std::pair(static_cast<std::int64_t>(std::floor(centre(o) - 3 * widen)) - 1,
                           static_cast<std::int64_t>(std::ceil(centre(o) + 3 * widen)) + 1);
        },
        [=](std::int64_t o, std::int64_t j) {
          return model_kernel(kernel, (static_cast<double>(j) + 0.5 - centre(o)) / widen);
        });
  };
  Planes<double> p = doubles(in);
  if (height != in.height()) p = one(p, true, in.height(), height);
  if (width != in.width()) p = one(p, false, in.width(), width);
  return flat(p);
}

std::vector<double> model_gaussian_blur(const Picture& in, double sigma) {
  const auto radius = static_cast<std::int64_t>(std::ceil(8 * sigma));
  const auto span = [=](std::int64_t o) { return std::pair(o - radius, o + radius); };
  const auto weight = [=](std::int64_t o, std::int64_t j) {
    const double t = static_cast<double>(j - o) / sigma;
    return std::exp(-t * t / 2);
  };
  Planes<double> p = model_pass(doubles(in), true, in.height(), span, weight);
  return flat(model_pass(p, false, in.width(), span, weight));
}

Deviation deviation(const Picture& picture, const std::vector<double>& model) {
  const bool floating = is_float(picture.info.type);
  const auto [low, high] =
      floating ? std::pair(-double{INFINITY}, double{INFINITY}) : range_of(picture.info.type);
  double squares = 0;
  Deviation d;
  std::size_t i = 0;
  for (int c = 0; c < picture.channels(); ++c)
    for (std::int64_t y = 0; y < picture.height(); ++y)
      for (std::int64_t x = 0; x < picture.width(); ++x, ++i) {
        const double error = picture.get(c, x, y) - std::clamp(model[i], low, high);
        d.largest = std::max(d.largest, std::fabs(error));
        squares += error * error;
      }
  const double range = floating ? 1 : high - low;
  d.psnr =
      squares == 0 ? INFINITY : 10 * std::log10(range * range * static_cast<double>(i) / squares);
  return d;
}

}  // namespace sluice::test
