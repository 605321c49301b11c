#include "ops/bands/select.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "engine/declare_step.hpp"
#include "ops/bands/band_support.hpp"
#include "ops/pointwise/support.hpp"

namespace sluice {

namespace {

std::optional<std::int64_t> as_number(const std::string& word) {
  std::int64_t n = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), n);
  if (failure == std::errc::invalid_argument || end != word.data() + word.size())
    return std::nullopt;
  if (failure != std::errc{}) return std::numeric_limits<std::int64_t>::max();
  return n;
}

[[noreturn]] void unknown_band(const ImageInfo& input, const std::string& word) {
  throw Error(ErrorKind::usage,
              fmt::format("there is no band '{}'; the bands are {}{}", word, list_bands(input),
                          did_you_mean(word, band_words(input))));
}

/// A name before a number: a band may be called "4".
int find_band(const ImageInfo& input, const std::string& word) {
  if (const int called = band_called(input, word); called >= 0) return called;
  const std::optional<std::int64_t> number = as_number(word);
  if (!number) unknown_band(input, word);
  const std::int64_t index = *number < 0 ? *number + input.channels() : *number;
  if (index < 0 || index >= input.channels()) unknown_band(input, word);
  return static_cast<int>(index);
}

class Select final : public Operation {
 public:
  Select(const ImageInfo& input, const SelectOptions& options) : Operation(input) {
    if (options.bands.empty())
      throw Error(ErrorKind::usage, "bands is empty: name at least one band");
    info_.bands.clear();
    for (const std::string& word : options.bands) {
      bands_.push_back(find_band(input, word));
      info_.bands.push_back(input.bands[static_cast<std::size_t>(bands_.back())]);
    }
    if (input.alpha != Alpha::none && bands_.back() != input.channels() - 1)
      info_.alpha = Alpha::none;
    set_band_colour(info_, options.colour);
    (void)info_.bytes();  // the bounds of an image hold
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext&) const override {
    for (std::size_t i = 0; i < bands_.size(); ++i)
      copy_plane(inputs[0], bands_[i], out, static_cast<int>(i));
    join_validity(inputs, out);
  }

  bool uses_channel(int, int channel, const std::vector<bool>& wanted) const override {
    for (std::size_t i = 0; i < bands_.size(); ++i)
      if (wanted[i] && bands_[i] == channel) return true;
    return false;
  }

  Traits traits() const override {
    Traits traits;
    traits.reach = Reach::pixel;
    return traits;
  }

 private:
  std::vector<int> bands_;
};

}  // namespace

Image select(const Image& image, const SelectOptions& options) {
  return add_operation("select", {&image, 1}, {},
                       [options](std::span<const ImageInfo> in, const LateValues&) {
                         return std::make_shared<Select>(in[0], options);
                       });
}

StepSpec select_step() {
  using O = SelectOptions;
  return make_step<O>(
      "select", "bands",
      "Chooses bands, in the given order; samples of any type stay as they are. Red, green and "
      "blue "
      "make an RGB image, a grey band a grey one, an alpha band chosen last stays alpha; anything "
      "else "
      "has no colour meaning unless colour says so. Validity is passed on.",
      inputs(1),
      {option(
           "bands", &O::bands,
           "numbers from 0 (from -1 backwards: -1 is the last band), names, or what a band means: "
           "red, green, blue, grey, alpha, cyan, ...; may repeat")
           .require()
           .take_bare(),
       option("colour", &O::colour,
              "what the bands mean: auto goes by the bands' roles; grey takes one band, rgb three, "
              "each with or without an alpha band at the end")},
      [](std::span<const Image> in, const O& o) { return select(in[0], o); });
}

}  // namespace sluice
