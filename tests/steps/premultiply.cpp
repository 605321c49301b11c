// premultiply and unpremultiply, plainly.
#include "steps/colour.hpp"

namespace sluice::test {

namespace {

ChosenOptions choose(const RuleInput& in, Alpha taken) {
  const ImageInfo& info = in.info();
  if (is_wide(info.type) || info.alpha != taken || info.colour == Colour::palette)
    return std::nullopt;
  return std::vector<GivenOption>{};
}

/// colour * alpha / full.
double multiplied(const ImageInfo& info, double colour, double alpha) {
  const SampleType type = info.type;
  const double full = full_of(info);
  if (is_short_integer(type))
    return rounded_quotient(static_cast<__int128>(colour) * static_cast<__int128>(alpha),
                            static_cast<__int128>(full));
  if (type == SampleType::f32) return static_cast<float>(colour) * static_cast<float>(alpha);
  return colour * alpha / full;
}

/// colour * full / alpha.
double divided(const ImageInfo& info, double colour, double alpha) {
  if (alpha == 0) return 0;
  const SampleType type = info.type;
  const double full = full_of(info);
  if (is_short_integer(type))
    return rounded_quotient(static_cast<__int128>(colour) * static_cast<__int128>(full),
                            static_cast<__int128>(alpha));
  if (type == SampleType::f32) return static_cast<float>(colour) / static_cast<float>(alpha);
  return colour * full / alpha;
}

Picture plain(const PlainInput& p, double (*compute)(const ImageInfo&, double, double)) {
  const Picture& in = p.in();
  Picture out(p.info);
  const int alpha = in.info.alpha_band();
  each_sample(out, out.channels(), [&](int c, std::int64_t x, std::int64_t y) {
    const double v = in.get(c, x, y);
    put(out, c, x, y, in.info.under_alpha(c) ? compute(in.info, v, in.get(alpha, x, y)) : v);
  });
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    return in.valid(c, x, y) && (!in.info.under_alpha(c) || in.valid(alpha, x, y));
  });
  return out;
}

const AddRule premultiply({"premultiply",
                           [](const RuleInput& in) { return choose(in, Alpha::straight); },
                           [](const PlainInput& p) { return plain(p, multiplied); }, nullptr});
const AddRule unpremultiply({"unpremultiply",
                             [](const RuleInput& in) { return choose(in, Alpha::premultiplied); },
                             [](const PlainInput& p) { return plain(p, divided); }, nullptr});

}  // namespace

}  // namespace sluice::test
