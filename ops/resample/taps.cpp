#include "ops/resample/taps.hpp"

#include <cmath>
#include <numeric>

#include "ops/resample/cells.hpp"
#include "ops/resample/exact_math.hpp"

namespace sluice {

namespace {

__extension__ using Wide = __int128;

template <class Int>
Int floor_divided(Int a, Int b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// Twice the radius of a kernel, in samples of the coarser of the two grids.
int double_support(TapKernel kernel) {
  switch (kernel) {
    case TapKernel::box:
      return 1;
    case TapKernel::linear:
      return 2;
    case TapKernel::cubic:
    case TapKernel::mitchell:
    case TapKernel::lanczos2:
      return 4;
    case TapKernel::lanczos3:
      return 6;
  }
  return 1;
}

/// Keys' cubic family (Mitchell and Netravali 1988, equation 8).
double cubic(double t, double b, double c) {
  t = std::fabs(t);
  if (t < 1) return (((12 - 9 * b - 6 * c) * t + (-18 + 12 * b + 6 * c)) * t * t + (6 - 2 * b)) / 6;
  if (t < 2)
    return ((((-b - 6 * c) * t + (6 * b + 30 * c)) * t + (-12 * b - 48 * c)) * t +
            (8 * b + 24 * c)) /
           6;
  return 0;
}

double lanczos(double t, int a) {
  if (t == 0) return 1;
  if (std::fabs(t) >= a) return 0;
  constexpr double kPiSquared = 9.86960440108935861883;
  return a * sin_pi(t) * sin_pi(t / a) / (kPiSquared * t * t);
}

double evaluate(TapKernel kernel, double t) {
  switch (kernel) {
    case TapKernel::box:
      return 1;  // the reach is exactly where it is not 0
    case TapKernel::linear:
      return std::fabs(t) < 1 ? 1 - std::fabs(t) : 0;
    case TapKernel::cubic:
      return cubic(t, 0, 0.5);
    case TapKernel::mitchell:
      return cubic(t, 1. / 3, 1. / 3);
    case TapKernel::lanczos2:
      return lanczos(t, 2);
    case TapKernel::lanczos3:
      return lanczos(t, 3);
  }
  return 0;
}

void normalise(double* weights, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i)
    sum += weights[i];
  for (std::int64_t i = 0; i < count; ++i)
    weights[i] /= sum;
}

/// Output position o has its centre at input coordinate c = (2 o + 1) in / (2 out); it takes input
/// positions j with c - s < j + 1/2 <= c + s, s = support * max(in, out) / out. All in integers
/// over the denominator 2 out; in and out are reduced by their greatest common divisor.
class ResamplingTaps : public Taps {
 public:
  /// `in` and `out` reduced; `outputs` positions will be asked for.
  ResamplingTaps(std::int64_t in, std::int64_t out, std::int64_t outputs, TapKernel kernel,
                 int most)
      : Taps(most, out, static_cast<double>(in) / static_cast<double>(out)),
        in_(in),
        out_(out),
        coarse_(std::max(in, out)),
        kernel_(kernel),
        support_(double_support(kernel)),
        narrow_((2 * Wide(outputs) + 1) * in + 8 * Wide(coarse_) < INT64_MAX) {}

  Interval reach(std::int64_t o) const override {
    return narrow_ ? reach_in<std::int64_t>(o) : reach_in<Wide>(o);
  }

  void weights(std::int64_t o, double* to) const override {
    const Interval r = reach(o);
    // (j + 1/2 - c) / (max(in, out) / out) over the denominator 2 max(in, out).
    Wide distance = (2 * Wide(r.begin) + 1) * out_ - (2 * Wide(o) + 1) * in_;
    for (std::int64_t i = 0; i < r.size(); ++i, distance += 2 * Wide(out_))
      to[i] = evaluate(kernel_, static_cast<double>(static_cast<std::int64_t>(distance)) /
                                    static_cast<double>(2 * coarse_));
    normalise(to, r.size());
  }

 private:
  template <class Int>
  Interval reach_in(std::int64_t o) const {
    const Int centre = (2 * Int(o) + 1) * in_ + out_, support = Int(support_) * coarse_;
    const Int by = 2 * Int(out_);
    return {static_cast<std::int64_t>(floor_divided(centre - support, by)),
            static_cast<std::int64_t>(floor_divided(centre + support, by))};
  }

  std::int64_t in_, out_, coarse_;
  TapKernel kernel_;
  int support_;
  bool narrow_;  ///< reach() needs no more than 64 bits for any output position
};

/// Positions are cells with ends: 0 the first sample, then the cells 0 to n - 1 (the outer ones
/// without that sample), then the last sample.
class CellTaps : public Taps {
 public:
  CellTaps(std::int64_t in, std::int64_t out, TapKernel kernel)
      : Taps(static_cast<int>(kCellsPerOutput) * double_support(kernel) + 2, out,
             static_cast<double>(kCellsPerOutput)),
        in_(in),
        out_(out),
        cells_(out * kCellsPerOutput),
        kernel_(kernel) {}

  Interval reach(std::int64_t o) const override {
    const Interval all = cells_of(o);
    return {all.begin <= 0 ? 0 : all.begin + 1, all.end >= cells_ ? cells_ + 2 : all.end + 1};
  }

  void weights(std::int64_t o, double* to) const override {
    const Interval all = cells_of(o), r = reach(o);
    std::fill_n(to, r.size(), 0.0);
    double total = 0;
    // `index`: the position that takes the weight of the samples from `begin` to `end` - 1.
    const auto add = [&](std::int64_t index, std::int64_t begin, std::int64_t end, double count) {
      const double w = value(o, begin, end);
      to[index - r.begin] += w * count;
      total += w * static_cast<double>(end - begin);
    };
    const auto outside = [&](std::int64_t index, std::int64_t begin, std::int64_t end) {
      add(index, begin, end, static_cast<double>(end - begin));
    };
    for (std::int64_t k = all.begin; k < all.end; ++k) {
      std::int64_t begin = cell_boundary(k, in_, cells_), end = cell_boundary(k + 1, in_, cells_);
      if (k < 0) {
        outside(0, begin, end);
        continue;
      }
      if (k >= cells_) {
        outside(cells_ + 1, begin, end);
        continue;
      }
      if (k == 0) add(0, begin, begin + 1, 1), ++begin;
      if (k == cells_ - 1) add(cells_ + 1, end - 1, end, 1), --end;
      add(k + 1, begin, end, 1);
    }
    for (std::int64_t i = 0; i < r.size(); ++i)
      to[i] /= total;
  }

 private:
  Interval cells_of(std::int64_t o) const {
    const std::int64_t width = kCellsPerOutput * double_support(kernel_);
    const std::int64_t begin = kCellsPerOutput * o + (kCellsPerOutput - width) / 2;
    return {begin, begin + width};
  }
  /// The kernel at the middle of these samples.
  double value(std::int64_t o, std::int64_t begin, std::int64_t end) const {
    if (kernel_ == TapKernel::box) return 1;
    const Wide distance = (Wide(begin) + end) * out_ - (2 * Wide(o) + 1) * in_;
    return evaluate(kernel_, static_cast<double>(static_cast<std::int64_t>(distance)) /
                                 static_cast<double>(2 * in_));
  }

  std::int64_t in_, out_, cells_;
  TapKernel kernel_;
};

double gaussian(double distance, double sigma) {
  return exp_of_negative(-0.5 * (distance / sigma) * (distance / sigma));
}

class GaussianTaps : public Taps {
 public:
  GaussianTaps(double sigma, int radius, int step, int margin)
      : Taps(2 * radius + 1, 1, step), radius_(radius), step_(step), margin_(margin) {
    for (int i = -radius; i <= radius; ++i)
      weights_.push_back(gaussian(i, sigma));
    normalise(weights_.data(), 2 * radius + 1);
  }
  bool symmetric() const override { return true; }
  Interval reach(std::int64_t o) const override {
    const std::int64_t centre = step_ * (o - margin_);
    return {centre - radius_, centre + radius_ + 1};
  }
  void weights(std::int64_t, double* to) const override {
    std::copy(weights_.begin(), weights_.end(), to);
  }

 private:
  std::int64_t radius_, step_, margin_;
  std::vector<double> weights_;
};

class EnlargingGaussianTaps : public Taps {
 public:
  EnlargingGaussianTaps(double sigma, int radius, int step, int margin)
      : Taps(2 * radius / step + 1, step, 1. / step),
        sigma_(sigma),
        radius_(radius),
        step_(step),
        margin_(margin) {}
  Interval reach(std::int64_t o) const override {
    return {ceil_div(o - radius_, step_) + margin_, floor_div(o + radius_, step_) + margin_ + 1};
  }
  void weights(std::int64_t o, double* to) const override {
    const Interval r = reach(o);
    for (std::int64_t i = 0; i < r.size(); ++i)
      to[i] = gaussian(static_cast<double>(step_ * (r.begin + i - margin_) - o), sigma_);
    normalise(to, r.size());
  }

 private:
  double sigma_;
  std::int64_t radius_, step_, margin_;
};

/// Weights kept in a table: at most this many (1 MiB of f32), 10 ms of sines.
constexpr std::int64_t kTableEntries = 1 << 18;

}  // namespace

std::shared_ptr<const Taps> resampling_taps(std::int64_t in, std::int64_t out, TapKernel kernel) {
  const std::int64_t divisor = std::gcd(in, out), outputs = out;
  in /= divisor;
  out /= divisor;
  // An open interval of length 2 s holds at most ceil(2 s) centres.
  const Wide needed =
      -floor_divided(-(Wide(double_support(kernel)) * std::max(in, out)), Wide(out));
  return std::make_shared<ResamplingTaps>(in, out, outputs, kernel, static_cast<int>(needed));
}

std::shared_ptr<const Taps> cell_taps(std::int64_t in, std::int64_t out, TapKernel kernel) {
  return std::make_shared<CellTaps>(in, out, kernel);
}

std::shared_ptr<const Taps> gaussian_taps(double sigma, int radius) {
  return std::make_shared<GaussianTaps>(sigma, radius, 1, 0);
}

std::shared_ptr<const Taps> reducing_gaussian_taps(double sigma, int radius, int step, int margin) {
  return std::make_shared<GaussianTaps>(sigma, radius, step, margin);
}

std::shared_ptr<const Taps> enlarging_gaussian_taps(double sigma, int radius, int step,
                                                    int margin) {
  return std::make_shared<EnlargingGaussianTaps>(sigma, radius, step, margin);
}

void quantise(std::span<const double> weights, std::int16_t* to) {
  constexpr int kOne = 1 << kWeightBits;
  const std::size_t n = weights.size();
  bool symmetric = true;
  int missing = kOne;
  for (std::size_t i = 0; i < n; ++i) {
    to[i] = static_cast<std::int16_t>(std::nearbyint(weights[i] * kOne));
    missing -= to[i];
    symmetric = symmetric && weights[i] == weights[n - 1 - i];
  }
  const auto move = [&](std::size_t i, int step) {
    to[i] = static_cast<std::int16_t>(to[i] + step);
    missing -= step;
  };
  while (missing != 0) {
    const int step = missing > 0 ? 1 : -1;
    const bool pairs = symmetric && missing != step;
    if (symmetric && !pairs) {  // an odd rest, so there is a middle
      move(n / 2, step);
      continue;
    }
    std::size_t worst = 0;
    double largest = -INFINITY;
    for (std::size_t i = 0; i < (pairs ? n / 2 : n); ++i) {
      const double error = step * (weights[i] * kOne - to[i]);
      if (error > largest) largest = error, worst = i;
    }
    move(worst, step);
    if (pairs) move(n - 1 - worst, step);
  }
}

template <class W>
WeightTable<W>::WeightTable(std::shared_ptr<const Taps> taps) : taps_(std::move(taps)) {
  const std::int64_t most = taps_->most();
  if (taps_->phases() > kTableEntries / most) return;
  table_.resize(static_cast<std::size_t>(taps_->phases() * most));
  std::vector<double> exact(static_cast<std::size_t>(most));
  for (std::int64_t o = 0; o < taps_->phases(); ++o)
    compute(o, exact.data(), &table_[static_cast<std::size_t>(o * most)]);
}

template <class W>
void WeightTable<W>::compute(std::int64_t o, double* exact, W* to) const {
  const std::size_t count = static_cast<std::size_t>(taps_->reach(o).size());
  taps_->weights(o, exact);
  if constexpr (std::is_same_v<W, std::int16_t>)
    quantise({exact, count}, to);
  else
    for (std::size_t i = 0; i < count; ++i)
      to[i] = static_cast<W>(exact[i]);
}

template <class W>
std::int64_t WeightTable<W>::room_bytes() const {
  if (!table_.empty()) return 0;
  return round_up(taps_->most() * static_cast<std::int64_t>(sizeof(double) + sizeof(W)), 64);
}

template <class W>
const W* WeightTable<W>::row(std::int64_t o, std::byte* room) const {
  const std::int64_t most = taps_->most();
  if (!table_.empty()) return &table_[static_cast<std::size_t>(o % taps_->phases() * most)];
  double* exact = reinterpret_cast<double*>(room);
  W* to = reinterpret_cast<W*>(exact + most);
  compute(o, exact, to);
  return to;
}

template class WeightTable<std::int16_t>;
template class WeightTable<float>;
template class WeightTable<double>;

}  // namespace sluice
