// Rules of crop, extend, flip and rotate.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/geometry/crop.hpp"
#include "ops/geometry/extend.hpp"
#include "ops/geometry/flip.hpp"
#include "ops/geometry/rotate.hpp"
#include "random_graphs/rules.hpp"
#include "reference/edge.hpp"

namespace sluice::test {

namespace {

using Options = std::optional<std::vector<GivenOption>>;

struct From {
  std::int64_t x, y;
};

// Every output pixel is the input pixel at from(x, y).
Picture moved(const PlainInput& p, const std::function<From(std::int64_t, std::int64_t)>& from) {
  const Picture& in = p.in();
  Picture out(p.info);
  const std::size_t bytes = size_of(p.info.type);
  for (int c = 0; c < out.channels(); ++c)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x) {
        const From at = from(x, y);
        std::memcpy(out.samples.data() + out.index(c, x, y) * bytes,
                    in.samples.data() + in.index(c, at.x, at.y) * bytes, bytes);
        if (!out.validity.empty())
          out.validity[out.valid_index(c, x, y)] = in.validity[in.valid_index(c, at.x, at.y)];
      }
  return out;
}

Options choose_crop(const RuleInput& in) {
  const std::int64_t w = in.info().width, h = in.info().height;
  if (in.random.chance(25) && std::min(w, h) > 2)
    return {{given("margin",
                   in.random.between(0, std::min<std::int64_t>(9, (std::min(w, h) - 1) / 2)))}};
  const std::int64_t x = in.random.between(0, w / 3), y = in.random.between(0, h / 3);
  std::vector<GivenOption> options = {given("x", x), given("y", y)};
  if (in.random.chance(80))
    options.push_back(given("width", w - x - in.random.between(0, (w - x) / 3)));
  if (in.random.chance(80))
    options.push_back(given("height", h - y - in.random.between(0, (h - y) / 3)));
  return options;
}

// The options say where the rectangle begins, the description how large it is.
Picture plain_crop(const PlainInput& p, std::int64_t x0, std::int64_t y0) {
  return moved(p, [=](std::int64_t x, std::int64_t y) { return From{x + x0, y + y0}; });
}

Options choose_extend(const RuleInput& in) {
  const std::int64_t w = in.info().width, h = in.info().height;
  std::vector<GivenOption> options;
  if (in.random.chance(50)) {
    for (const char* side : {"left", "right", "top", "bottom"})
      if (in.random.chance(60)) options.push_back(given(side, in.random.between(0, 40)));
    if (options.empty()) options.push_back(given("left", std::int64_t{1}));
  } else {
    static const std::vector<std::string> gravities = {"centre",     "north",      "south",
                                                       "east",       "west",       "north-east",
                                                       "north-west", "south-east", "south-west"};
    options.push_back(given("width", w + in.random.between(0, 50)));
    if (in.random.chance(70)) options.push_back(given("height", h + in.random.between(0, 50)));
    options.push_back(given("gravity", in.random.pick(gravities)));
  }
  const std::string mode = random_edge(in.random);
  options.push_back(given("mode", mode));
  if (mode == "constant") options.push_back(given("value", in.random.between(0, 100)));
  return options;
}

std::int64_t before(std::int64_t side, std::int64_t size, std::int64_t target, int gravity) {
  if (side >= 0) return side;
  return gravity < 0 ? 0 : gravity > 0 ? target - size : (target - size) / 2;
}

Picture plain_extend(const PlainInput& p) {
  const auto& o = p.as<ExtendOptions>();
  const Picture& in = p.in();
  const Gravity g = o.gravity;
  const bool sides = o.left || o.right || o.top || o.bottom;
  const int across = g == Gravity::west || g == Gravity::north_west || g == Gravity::south_west ? -1
                     : g == Gravity::east || g == Gravity::north_east || g == Gravity::south_east
                         ? 1
                         : 0;
  const int down = g == Gravity::north || g == Gravity::north_west || g == Gravity::north_east ? -1
                   : g == Gravity::south || g == Gravity::south_west || g == Gravity::south_east
                       ? 1
                       : 0;
  const std::int64_t left =
      before(sides ? o.left.value_or(0) : -1, in.width(), p.info.width, across);
  const std::int64_t top = before(sides ? o.top.value_or(0) : -1, in.height(), p.info.height, down);
  Picture out(p.info);
  const std::size_t bytes = size_of(p.info.type);
  for (int c = 0; c < out.channels(); ++c)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x) {
        const auto u = inside(x - left, in.width(), o.mode);
        const auto v = inside(y - top, in.height(), o.mode);
        if (!u || !v) {
          out.set(c, x, y, o.value);
          continue;
        }
        std::memcpy(out.samples.data() + out.index(c, x, y) * bytes,
                    in.samples.data() + in.index(c, *u, *v) * bytes, bytes);
        if (!out.validity.empty())
          out.validity[out.valid_index(c, x, y)] = in.validity[in.valid_index(c, *u, *v)];
      }
  return out;
}

Options choose_flip(const RuleInput& in) {
  static const std::vector<std::string> axes = {"horizontal", "vertical"};
  return {{given("axis", in.random.pick(axes))}};
}

Picture plain_flip(const PlainInput& p) {
  const std::int64_t w = p.info.width, h = p.info.height;
  const bool across = p.as<FlipOptions>().axis == FlipAxis::horizontal;
  return moved(p, [=](std::int64_t x, std::int64_t y) {
    return across ? From{w - 1 - x, y} : From{x, h - 1 - y};
  });
}

Options choose_rotate(const RuleInput& in) {
  return {
      {given("degrees", in.random.pick({std::int64_t{90}, std::int64_t{180}, std::int64_t{270}}))}};
}

Picture plain_rotate(const PlainInput& p) {
  const std::int64_t w = p.in().width(), h = p.in().height();
  const int degrees = p.as<RotateOptions>().degrees;
  return moved(p, [=](std::int64_t x, std::int64_t y) {
    if (degrees == 90) return From{y, h - 1 - x};
    if (degrees == 180) return From{w - 1 - x, h - 1 - y};
    return From{w - 1 - y, x};
  });
}

}  // namespace

std::vector<Rule> geometry_rules() {
  return {
      {"crop", choose_crop,
       [](const PlainInput& p) {
         const auto& o = p.as<CropOptions>();
         return plain_crop(p, o.margin.value_or(o.x.value_or(0)),
                           o.margin.value_or(o.y.value_or(0)));
       },
       nullptr},
      {"extend", choose_extend, plain_extend, nullptr},
      {"flip", choose_flip, plain_flip, nullptr},
      {"rotate", choose_rotate, plain_rotate, nullptr},
  };
}

}  // namespace sluice::test
