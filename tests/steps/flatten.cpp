// flatten, plainly.
#include "ops/colour/flatten.hpp"

#include "steps/colour.hpp"

namespace sluice::test {

namespace {

int bands_under_alpha(const ImageInfo& info) {
  int count = 0;
  for (int c = 0; c < info.channels(); ++c)
    count += info.under_alpha(c) ? 1 : 0;
  return count;
}

ChosenOptions choose(const RuleInput& in) {
  const ImageInfo& info = in.info();
  if (is_wide(info.type) || info.alpha == Alpha::none || info.colour == Colour::palette)
    return std::nullopt;
  if (in.random.chance(30)) return std::vector<GivenOption>{};
  std::vector<double> background;
  for (int c = 0; c < bands_under_alpha(info); ++c)
    background.push_back(static_cast<double>(in.random.between(0, 100)));
  if (in.random.chance(40)) background.resize(1);
  return {{given("background", background)}};
}

/// (colour * alpha + background * (full - alpha)) / full, premultiplied with full for alpha: exact,
/// or every operation rounded to T.
double exact(double c, double a, double b, double full) {
  const auto whole = [](double d) { return static_cast<__int128>(d); };
  return rounded_quotient(whole(c) * whole(a) + whole(b) * whole(full - a), whole(full));
}
template <class T>
double rounded_each(double c, double times, double a, double b, double f) {
  const T colour = static_cast<T>(c), factor = static_cast<T>(times), alpha = static_cast<T>(a),
          back = static_cast<T>(b), full = static_cast<T>(f);
  return static_cast<double>((colour * factor + back * (full - alpha)) / full);
}

Picture plain(const PlainInput& p) {
  const Picture& in = p.in();
  Picture out(p.info);
  const SampleType type = in.info.type;
  const double full = full_of(in.info);
  const bool straight = in.info.alpha == Alpha::straight;
  const int alpha = in.info.alpha_band();
  std::vector<double> background = p.as<FlattenOptions>().background.values();
  if (background.empty())
    background = {in.info.colour == Colour::cmyk || in.info.white_is_zero ? 0 : full};
  background.resize(static_cast<std::size_t>(in.channels()), background.front());
  std::size_t under = 0;
  for (int from = 0, to = 0; from < in.channels(); ++from) {
    if (from == alpha) continue;
    const double b = background[under];
    if (in.info.under_alpha(from)) ++under;
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x) {
        const double v = in.get(from, x, y), a = in.get(alpha, x, y);
        const double times = straight ? a : full;
        if (!in.info.under_alpha(from))
          put(out, to, x, y, v);
        else if (a == 0)
          put(out, to, x, y, b);
        else if (is_short_integer(type) && straight)
          put(out, to, x, y, exact(v, a, b, full));
        else if (type == SampleType::f32 || size_of(type) == 1)
          put(out, to, x, y, rounded_each<float>(v, times, a, b, full));
        else
          put(out, to, x, y, rounded_each<double>(v, times, a, b, full));
      }
    ++to;
  }
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    const int from = c < alpha ? c : c + 1;
    return in.valid(from, x, y) && (!in.info.under_alpha(from) || in.valid(alpha, x, y));
  });
  return out;
}

const AddRule added({"flatten", choose, plain, nullptr});

}  // namespace

}  // namespace sluice::test
