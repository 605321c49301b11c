// autorotate and thumbnail, plainly.
#include <cstring>

#include "ops/resample/thumbnail.hpp"
#include "reference/separable.hpp"
#include "steps/colour.hpp"

namespace sluice::test {

namespace {

/// The picture as it is shown: where each pixel of what is seen is stored, by EXIF's own words.
Picture upright(const Picture& in) {
  const int o = in.info.orientation;
  const bool exchanged = o >= 5;  // rows of the file are columns of what is seen
  ImageInfo info = in.info;
  info.orientation = 1;
  if (exchanged) std::swap(info.width, info.height);
  Picture out(info);
  const std::size_t bytes = size_of(info.type);
  for (std::int64_t y = 0; y < info.height; ++y)
    for (std::int64_t x = 0; x < info.width; ++x) {
      // The file's row 0 is the visual: top (1, 2), bottom (3, 4), left (5, 8), right (6, 7); its
      // column 0 the visual left (1, 4), right (2, 3), top (5, 6), bottom (7, 8).
      const bool row_from_end = o == 3 || o == 4 || o == 6 || o == 7;
      const bool column_from_end = o == 2 || o == 3 || o == 7 || o == 8;
      std::int64_t row = exchanged ? x : y, column = exchanged ? y : x;
      if (row_from_end) row = in.height() - 1 - row;
      if (column_from_end) column = in.width() - 1 - column;
      for (int c = 0; c < out.channels(); ++c) {
        std::memcpy(out.samples.data() + out.index(c, x, y) * bytes,
                    in.samples.data() + in.index(c, column, row) * bytes, bytes);
        if (!out.validity.empty())
          out.validity[out.valid_index(c, x, y)] = in.validity[in.valid_index(c, column, row)];
      }
    }
  return out;
}

Picture plain_thumbnail(const PlainInput& p) {
  const auto& o = p.as<ThumbnailOptions>();
  return reference_resize(upright(p.in()),
                          {.width = p.info.width, .height = p.info.height, .kernel = o.kernel});
}

ChosenOptions choose_thumbnail(const RuleInput& in) {
  GivenOption fit = given("fit", std::vector<double>{0, 0});
  for (Value& side : std::get<Value::List>(fit.value.v))
    side.v = in.random.between(1, 150);
  Value enlarge;
  enlarge.v = in.random.chance(30);
  static const std::vector<std::string> kernels = {"nearest", "linear", "lanczos3"};
  return {{fit, given("enlarge", enlarge),
           given("kernel",
                 is_wide(in.info().type) ? std::string("nearest") : in.random.pick(kernels))}};
}

const AddRule autorotate({"autorotate",
                          [](const RuleInput&) { return ChosenOptions(std::in_place); },
                          [](const PlainInput& p) { return upright(p.in()); }, nullptr});
const AddRule thumbnail({"thumbnail", choose_thumbnail, plain_thumbnail, nullptr});

}  // namespace

}  // namespace sluice::test
