// The taps of one axis: which input positions make an output position, and with which weights.
// Private to the operations that filter axis by axis.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/geometry.hpp"
#include "ops/resample/taps_bits.hpp"

namespace sluice {

/// Weights of an axis in double precision: a pure function of the output position. They depend on
/// nothing but exact integers and arithmetic that is the same everywhere (no libm).
class Taps {
 public:
  virtual ~Taps() = default;

  /// Input positions that output position `o` is made of; begin and end grow with `o`. May reach
  /// outside the input.
  virtual Interval reach(std::int64_t o) const = 0;
  /// The reach().size() weights of `o`; their sum is 1 up to rounding (but see cell_taps()).
  virtual void weights(std::int64_t o, double* to) const = 0;

  /// Upper bound of reach().size().
  int most() const { return most_; }
  /// weights(o) repeat with this period.
  std::int64_t phases() const { return phases_; }
  /// Input positions per output position.
  double ratio() const { return ratio_; }
  /// The same weights for every position, an odd number that read the same from both ends.
  virtual bool symmetric() const { return false; }
  /// Symmetric around the position itself, output position o in the middle of reach(o).
  bool constant() const { return symmetric() && ratio_ == 1; }

 protected:
  Taps(int most, std::int64_t phases, double ratio) : most_(most), phases_(phases), ratio_(ratio) {}

 private:
  int most_;
  std::int64_t phases_;
  double ratio_;
};

enum class TapKernel : std::uint8_t { box, linear, cubic, mitchell, lanczos2, lanczos3 };

/// Resampling from `in` to `out` samples (both 1..2^40, in <= kCellFactor * out), centres aligned,
/// the kernel widened by in/out when shrinking.
std::shared_ptr<const Taps> resampling_taps(std::int64_t in, std::int64_t out, TapKernel kernel);

/// The same for in > kCellFactor * out, over the sums of resize_cells(in, out): output o takes the
/// cells between its centre less and plus half the kernel's width. A cell's weight is the kernel's
/// value at the cell's centre (of `box`: 1), for each of its samples; what lies outside the image,
/// in cells too, falls to the first or the last sample. Normalised so that the weights, each times
/// its cell's count of samples, sum to 1.
std::shared_ptr<const Taps> cell_taps(std::int64_t in, std::int64_t out, TapKernel kernel);

/// exp(-x^2 / (2 sigma^2)) for |x| <= radius, normalised; the same for every position.
std::shared_ptr<const Taps> gaussian_taps(double sigma, int radius);

/// The same, for every `step`-th position alone: output o lies at step * (o - margin).
std::shared_ptr<const Taps> reducing_gaussian_taps(double sigma, int radius, int step, int margin);

/// Back to all positions, from positions step * (i - margin): those at most `radius` away, weighed
/// by exp(-distance^2 / (2 sigma^2)), normalised for each output.
std::shared_ptr<const Taps> enlarging_gaussian_taps(double sigma, int radius, int step, int margin);

/// Above this many taps 14-bit weights become too coarse and 8-bit images go through f32.
inline constexpr int kMostIntegerTaps = 256;

/// Weights as multiples of 2^-14 whose sum is exactly 2^14: each rounded to nearest, then the ones
/// with the largest error moved by one, the first of equals first, until the sum is right. Weights
/// that read the same from both ends stay so: two are moved at a time, at last the middle one.
void quantise(std::span<const double> weights, std::int16_t* to);

/// Weights ready for kernels, one row of most() per phase where that many fit, otherwise computed
/// when asked for. W: std::int16_t (quantised), float or double.
template <class W>
class WeightTable {
 public:
  explicit WeightTable(std::shared_ptr<const Taps> taps);

  /// Weights of output `o`: in the table, or computed into `room` (scratch_bytes long).
  const W* row(std::int64_t o, std::byte* room) const;
  bool computed() const { return table_.empty(); }
  /// Bytes that row() wants for one output; 0 with a table.
  std::int64_t room_bytes() const;

 private:
  void compute(std::int64_t o, double* exact, W* to) const;
  std::shared_ptr<const Taps> taps_;
  std::vector<W> table_;
};

}  // namespace sluice
