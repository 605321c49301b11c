// convert, plainly: one conversion after the other over whole pictures.
#include "ops/colour/convert.hpp"

#include <algorithm>

#include "engine/simd/math.hpp"
#include "ops/common/srgb.hpp"
#include "reference/pointwise.hpp"
#include "steps/colour.hpp"

namespace sluice::test {

namespace {

bool in_f64(SampleType type) {
  return type == SampleType::u32 || type == SampleType::f64;
}

/// A band as it is; alpha over the full range of another type, a measurement with its value.
void keep(const Picture& in, int from, Picture& out, int to) {
  const bool alpha = from == in.info.alpha_band();
  for (std::int64_t y = 0; y < out.height(); ++y)
    for (std::int64_t x = 0; x < out.width(); ++x) {
      const double v = in.get(from, x, y);
      if (in.info.type == out.info.type && in.info.bits == out.info.bits)
        out.set(to, x, y, v);
      else if (!alpha || is_float(in.info.type))
        put(out, to, x, y, v);
      else if (out.info.type == SampleType::f32)
        out.set(to, x, y, static_cast<float>(v) / static_cast<float>(full_of(in.info)));
      else if (out.info.type == SampleType::f64)
        out.set(to, x, y, v / full_of(in.info));
      else  // the 16 bits of palette indices to 8
        put(out, to, x, y, v * 255 / full_of(in.info));
    }
}

/// The picture with `colours` other bands in the place of its colour, the rest behind them; the
/// validity of the new ones is that of all old ones together, or one by one.
Picture with_bands(const Picture& in, int colours, SampleType type, bool one_by_one = false) {
  const BandsOf bands(in.info);
  ImageInfo info = in.info;
  info.type = type;
  if (type != in.info.type) info.bits = 0;
  info.validity = in.info.has_validity() ? Validity::per_band : Validity::none;
  info.colour = Colour::multiband;
  info.bands.assign(static_cast<std::size_t>(colours), BandInfo{});
  for (BandInfo& band : info.bands)
    band.role = BandRole::grey;  // of a colour
  for (const int band : bands.beside)
    info.bands.push_back(in.info.bands[static_cast<std::size_t>(band)]);
  info.colour = Colour::rgb;  // no matter which
  Picture out(info);
  for (std::size_t i = 0; i < bands.beside.size(); ++i)
    keep(in, bands.beside[i], out, colours + static_cast<int>(i));
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    if (c >= colours) return in.valid(bands.beside[static_cast<std::size_t>(c - colours)], x, y);
    if (one_by_one) return in.valid(bands.colour[static_cast<std::size_t>(c)], x, y);
    return std::all_of(bands.colour.begin(), bands.colour.end(),
                       [&](int band) { return in.valid(band, x, y); });
  });
  return out;
}

Picture transferred(const Picture& in, bool decodes) {
  constexpr auto kSingle = math::Accuracy::single, kFull = math::Accuracy::full;
  const SampleType type = in.info.type;
  const bool wide = in_f64(type);
  const std::vector<int> colour = BandsOf(in.info).colour;
  const int count = static_cast<int>(colour.size());
  Picture out = with_bands(in, count,
                           !decodes ? type
                           : wide   ? SampleType::f64
                                    : SampleType::f32,
                           true);
  const double full = full_of(in.info);
  each_sample(out, count, [&](int c, std::int64_t x, std::int64_t y) {
    const double v = in.get(colour[static_cast<std::size_t>(c)], x, y) / full;
    if (decodes)
      put(out, c, x, y, wide ? srgb::decoded<kFull>(v) : srgb::decoded<kSingle>(v));
    else
      put(out, c, x, y, (wide ? srgb::encoded<kFull>(v) : srgb::encoded<kSingle>(v)) * full);
  });
  return out;
}

/// Every operation rounded to T.
template <class T, class Formula>
void compute(const Picture& in, Picture& out, int colours, const Formula& formula) {
  const std::vector<int> from = BandsOf(in.info).colour;
  each_sample(out, colours, [&](int c, std::int64_t x, std::int64_t y) {
    T bands[4] = {};
    for (std::size_t k = 0; k < from.size() && k < 4; ++k)
      bands[k] = static_cast<T>(in.get(from[k], x, y));
    put(out, c, x, y, static_cast<double>(formula(c, bands, static_cast<T>(full_of(in.info)))));
  });
}
template <class Formula>
Picture computed(const Picture& in, int colours, const Formula& formula) {
  Picture out = with_bands(in, colours, in.info.type);
  if (in_f64(in.info.type) || in.info.type == SampleType::u16)
    compute<double>(in, out, colours, formula);
  else
    compute<float>(in, out, colours, formula);
  return out;
}

Picture cmyk_to_srgb(const Picture& in) {
  Picture out = computed(
      in, 3, [](int c, const auto* v, auto full) { return (full - v[c]) * (full - v[3]) / full; });
  // Each is made of its own ink and black.
  const BandsOf bands(in.info);
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    if (c >= 3) return in.valid(bands.beside[static_cast<std::size_t>(c - 3)], x, y);
    return in.valid(bands.colour[static_cast<std::size_t>(c)], x, y) &&
           in.valid(bands.colour[3], x, y);
  });
  return out;
}

Picture srgb_to_cmyk(const Picture& in) {
  return computed(in, 4, [](int c, const auto* v, auto full) {
    const auto most = std::max(v[0], std::max(v[1], v[2]));
    if (c == 3) return full - most;
    return most <= 0 ? full * 0 : (most - v[c]) * full / most;
  });
}

Picture luminance(const Picture& in) {
  return computed(in, 1, [](int, const auto* v, auto full) {
    using T = decltype(full);
    return static_cast<T>(0.2126) * v[0] + static_cast<T>(0.7152) * v[1] +
           static_cast<T>(0.0722) * v[2];
  });
}

Picture grey_of(const Picture& in) {
  const Picture shape = with_bands(in, 1, in.info.type);
  return reference::grey(in, shape.info, GreyWeights::linear);
}

Picture three_of(const Picture& in) {
  return computed(in, 3, [](int, const auto* v, auto) { return v[0]; });
}

Picture looked_up(const Picture& in) {
  Picture out = with_bands(in, 3, SampleType::u8);
  const int index = BandsOf(in.info).colour.at(0);
  const std::vector<std::uint16_t>& palette = in.info.meta().palette;
  each_sample(out, 3, [&](int c, std::int64_t x, std::int64_t y) {
    const auto entry = static_cast<std::size_t>(3 * in.get(index, x, y) + c);
    out.set(c, x, y, entry < palette.size() ? palette[entry] / 256 : 0);
  });
  return out;
}

/// Colour first, the rest behind it, as it is.
Picture in_order(const Picture& in) {
  const std::vector<int> colour = BandsOf(in.info).colour;
  Picture out = with_bands(in, static_cast<int>(colour.size()), in.info.type, true);
  for (std::size_t c = 0; c < colour.size(); ++c)
    keep(in, colour[c], out, static_cast<int>(c));
  return out;
}

/// In the planes that the result has.
Picture finished(const Picture& v, const ImageInfo& info) {
  Picture out(info);
  out.samples = v.samples;
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) { return v.valid(c, x, y); });
  return out;
}

Picture converted(const Picture& in, const ConvertOptions& o) {
  Picture v = in;
  if (v.info.white_is_zero) {
    v = reference::grey(in, in.info, GreyWeights::rec601);
    v.info.white_is_zero = false;
  }
  if (v.info.colour == Colour::palette) v = looked_up(v);
  const ColourModel from = o.from                           ? *o.from
                           : in.info.linear_light           ? ColourModel::linear
                           : in.info.colour == Colour::cmyk ? ColourModel::cmyk
                           : in.info.colour == Colour::grey ? ColourModel::grey
                                                            : ColourModel::srgb;
  if (in.info.colour == Colour::multiband) v = in_order(v);
  const bool one = BandsOf(v.info).colour.size() == 1;
  if (from == o.to) return v;
  if (from == ColourModel::cmyk) v = cmyk_to_srgb(v);
  const bool linear = from == ColourModel::linear;
  switch (o.to) {
    case ColourModel::linear:
      return transferred(v, true);
    case ColourModel::grey:
      if (!linear) return grey_of(v);
      return transferred(one ? v : luminance(v), false);
    default:
      if (linear) v = transferred(v, false);
      if (one) v = three_of(v);
      return o.to == ColourModel::cmyk ? srgb_to_cmyk(v) : v;
  }
}

ChosenOptions choose(const RuleInput& in) {
  const ImageInfo& info = in.info();
  const SampleType t = info.type;
  if (t != SampleType::u8 && t != SampleType::u16 && t != SampleType::u32 && !is_float(t))
    return std::nullopt;
  static const std::vector<std::string> models = {"srgb", "linear", "grey", "cmyk"};
  std::vector<GivenOption> options = {given("to", in.random.pick(models))};
  if (info.colour == Colour::multiband) {
    const int colours = static_cast<int>(BandsOf(info).colour.size());
    if (colours == 2 || colours > 4) return std::nullopt;
    options.push_back(given("from", std::string(colours == 4           ? "cmyk"
                                                : in.random.chance(30) ? "linear"
                                                : colours == 3         ? "srgb"
                                                                       : "grey")));
  }
  return options;
}

const AddRule added({"convert", choose,
                     [](const PlainInput& p) {
                       return finished(converted(p.in(), p.as<ConvertOptions>()), p.info);
                     },
                     nullptr});

}  // namespace

}  // namespace sluice::test
