#include "reference/convolve.hpp"

#include <cmath>

#include "reference/edge.hpp"

namespace sluice::test {

namespace {

struct Near {
  double weight, sample;
  bool valid;
};

/// Weights other than 0 and the samples under them.
std::vector<Near> around(const Picture& in, int c, std::int64_t x, std::int64_t y,
                         const ConvolveOptions& o) {
  std::vector<Near> all;
  const auto rows = static_cast<std::int64_t>(o.matrix.size());
  const auto columns = static_cast<std::int64_t>(o.matrix[0].size());
  for (std::int64_t j = 0; j < rows; ++j)
    for (std::int64_t i = 0; i < columns; ++i) {
      const double w = o.matrix[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)];
      if (w == 0) continue;
      const auto sx = inside(x + i - columns / 2, in.width(), o.border);
      const auto sy = inside(y + j - rows / 2, in.height(), o.border);
      if (!sx || !sy)
        all.push_back({w, rounded(o.value, in.info.type), true});
      else
        all.push_back({w, in.get(c, *sx, *sy), in.valid(c, *sx, *sy)});
    }
  return all;
}

bool whole(double v) {
  return v == std::nearbyint(v);
}

bool whole_numbers(const ConvolveOptions& o) {
  for (const auto& row : o.matrix)
    for (double w : row)
      if (!whole(w)) return false;
  return whole(o.offset);
}

__extension__ using Wide = __int128;

/// n / d to nearest, ties to even, by comparing remainders.
double nearest_quotient(Wide n, Wide d) {
  if (d < 0) n = -n, d = -d;
  Wide q = n / d, rest = n % d;
  if (rest < 0) --q, rest += d;
  if (2 * rest > d || (2 * rest == d && q % 2 != 0)) ++q;
  return static_cast<double>(q);
}

double whole_result(const std::vector<Near>& near, const ConvolveOptions& o) {
  double total = std::fabs(o.offset * o.scale);
  for (const auto& row : o.matrix)
    for (double w : row)
      total += std::fabs(w) * 255;
  if (whole(o.scale) && std::fabs(o.scale) <= 0x1p44 && total <= 0x1p53) {
    Wide sum = static_cast<Wide>(o.offset) * static_cast<Wide>(o.scale);
    for (const Near& n : near)
      sum += static_cast<Wide>(n.weight) * static_cast<Wide>(n.sample);
    return nearest_quotient(sum, static_cast<Wide>(o.scale));
  }
  double sum = 0;
  for (std::size_t i = 0; i < near.size(); ++i)
    sum = i == 0 ? near[i].weight * near[i].sample : sum + near[i].weight * near[i].sample;
  return (sum + o.offset * o.scale) / o.scale;
}

template <class W>
double float_result(const std::vector<Near>& near, const ConvolveOptions& o) {
  W sum = 0;
  for (std::size_t i = 0; i < near.size(); ++i) {
    const W product = static_cast<W>(near[i].weight) * static_cast<W>(near[i].sample);
    sum = i == 0 ? product : sum + product;
  }
  const W scaled = sum * static_cast<W>(1 / o.scale);
  return static_cast<double>(scaled + static_cast<W>(o.offset));
}

}  // namespace

Picture reference_convolve(const Picture& in, const ConvolveOptions& o) {
  Picture out(in.info);
  const SampleType type = in.info.type;
  const bool integers = size_of(type) == 1 && whole_numbers(o);
  const bool wide = type == SampleType::u32 || type == SampleType::i32 || type == SampleType::f64;
  for (int c = 0; c < in.channels(); ++c)
    for (std::int64_t y = 0; y < in.height(); ++y)
      for (std::int64_t x = 0; x < in.width(); ++x) {
        const auto near = around(in, c, x, y, o);
        const double v = integers ? whole_result(near, o)
                         : wide   ? float_result<double>(near, o)
                                  : float_result<float>(near, o);
        out.set(c, x, y, rounded(v, type));
        if (!in.info.has_validity()) continue;
        bool all = true;
        for (const Near& n : near)
          all = all && n.valid;
        out.validity[out.valid_index(c, x, y)] = all ? 255 : 0;
      }
  return out;
}

std::vector<double> model_convolve(const Picture& in, const ConvolveOptions& o) {
  std::vector<double> out;
  for (int c = 0; c < in.channels(); ++c)
    for (std::int64_t y = 0; y < in.height(); ++y)
      for (std::int64_t x = 0; x < in.width(); ++x) {
        double sum = 0;
        for (const Near& n : around(in, c, x, y, o))
          sum += n.weight * n.sample;
        out.push_back(sum / o.scale + o.offset);
      }
  return out;
}

}  // namespace sluice::test
