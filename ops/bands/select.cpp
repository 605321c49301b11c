#include "ops/bands/select.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "engine/declare_step.hpp"
#include "ops/bands/band_support.hpp"
#include "ops/common/band_names.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/node.hpp"
#include "ops/common/planes.hpp"
#include "ops/common/validity.hpp"

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
  throw refused(fmt::format("there is no band '{}'; the bands are {}{}", word, list_bands(input),
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

std::vector<int> find_bands(const ImageInfo& input, const std::vector<std::string>& words) {
  if (words.empty()) throw refused("bands is empty: name at least one band");
  std::vector<int> bands;
  for (const std::string& word : words)
    bands.push_back(find_band(input, word));
  return bands;
}

class Select final : public Operation {
 public:
  Select(const ImageInfo& input, const SelectOptions& options)
      : Select(input, find_bands(input, options.bands), options.colour) {}
  Select(const ImageInfo& input, std::vector<int> bands, BandColour colour)
      : Operation(input), bands_(std::move(bands)) {
    info_.bands.clear();
    change_bands(info_);
    info_.bits = input.bits;
    info_.white_is_zero = input.white_is_zero;
    std::vector<Items> items;
    std::vector<std::vector<ChannelUse>> uses;
    for (const int band : bands_) {
      info_.bands.push_back(input.bands[static_cast<std::size_t>(band)]);
      items.push_back(sample_items_of(input, band));
      uses.push_back({{0, band}});
    }
    set_sample_items(info_, std::move(items));
    set_band_colour(info_, colour);
    validity_ = JoinedValidity({&input, 1}, uses);
    info_.validity = validity_.kind();
    (void)info_.bytes();  // the bounds of an image hold
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext&) const override {
    for (std::size_t i = 0; i < bands_.size(); ++i)
      copy_plane(inputs[0], bands_[i], out, static_cast<int>(i));
    validity_.fill(inputs, out);
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
  JoinedValidity validity_;
};

}  // namespace

std::shared_ptr<const Operation> make_select(const ImageInfo& input, std::vector<int> bands,
                                             BandColour colour) {
  return std::make_shared<Select>(input, std::move(bands), colour);
}

Image select(const Image& image, const SelectOptions& options) {
  return add_node<Select>("select", image, options);
}

StepSpec select_step() {
  using O = SelectOptions;
  return make_step(
      "select", "bands",
      "Chooses bands, in the given order; samples of any type stay as they are. Red, green and "
      "blue "
      "make an RGB image, a grey band a grey one, measurements behind them or not; an alpha "
      "band stays alpha unless it comes first; anything else has no colour meaning unless colour "
      "says so. Every band keeps its own validity.",
      {option(
           "bands", &O::bands,
           "numbers from 0 (from -1 backwards: -1 is the last band), names, or what a band means: "
           "red, green, blue, grey, alpha, cyan, ...; may repeat")
           .require()
           .take_bare(),
       option("colour", &O::colour,
              "what the bands mean: auto goes by the bands' roles; grey takes one band, rgb three, "
              "each with or without an alpha band at the end")},
      select);
}

}  // namespace sluice
