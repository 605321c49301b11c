#include "ops/bands/stack.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/declare_step.hpp"
#include "ops/bands/band_support.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/planes.hpp"
#include "ops/common/validity.hpp"

namespace sluice {

namespace {

class Stack final : public Operation {
 public:
  Stack(std::span<const ImageInfo> inputs, const StackOptions& options) : Operation(inputs[0]) {
    check_same_place(inputs, options.names);
    if (options.names.size() > inputs.size())
      throw refused(
          fmt::format("names has {} entries for {} inputs", options.names.size(), inputs.size()));
    info_.bands.clear();
    change_bands(info_);
    std::vector<std::vector<ChannelUse>> uses;
    std::vector<Items> items;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      add(inputs[i], static_cast<int>(i), uses, items);
      if (inputs[i].channels() == 1 && i < options.names.size() && !options.names[i].empty())
        info_.bands.back().name = options.names[i];
    }
    const auto all = [&](auto of) {
      return std::all_of(inputs.begin(), inputs.end(),
                         [&](const ImageInfo& input) { return of(input) == of(inputs[0]); });
    };
    if (all([](const ImageInfo& input) { return input.bits; })) info_.bits = inputs[0].bits;
    if (all([](const ImageInfo& input) { return input.white_is_zero; }))
      info_.white_is_zero = inputs[0].white_is_zero;
    set_sample_items(info_, std::move(items));
    set_band_colour(info_, options.colour);
    validity_ = JoinedValidity(inputs, uses);
    info_.validity = validity_.kind();
    (void)info_.bytes();
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext&) const override {
    int to = 0;
    for (const TileView& input : inputs)
      for (int from = 0; from < input.channels; ++from)
        copy_plane(input, from, out, to++);
    validity_.fill(inputs, out);
  }

  Traits traits() const override { return {.reach = Reach::pixel}; }

  bool uses_channel(int input, int channel, const std::vector<bool>& wanted) const override {
    return wanted[static_cast<std::size_t>(first_of_input_[static_cast<std::size_t>(input)] +
                                           channel)];
  }

 private:
  void add(const ImageInfo& input, int number, std::vector<std::vector<ChannelUse>>& uses,
           std::vector<Items>& items) {
    if (input.type != info_.type)
      throw refused(
          fmt::format("inputs must have one sample type: input 1 is {}, input {} is {}; use cast "
                      "on one of them",
                      name_of(info_.type), number + 1, name_of(input.type)));
    first_of_input_.push_back(info_.channels());
    info_.bands.insert(info_.bands.end(), input.bands.begin(), input.bands.end());
    for (int c = 0; c < input.channels(); ++c) {
      uses.push_back({{number, c}});
      items.push_back(sample_items_of(input, c));
    }
    if (input.alpha != Alpha::none) info_.alpha = input.alpha;
  }

  std::vector<int> first_of_input_;  ///< the band of the result that is an input's first
  JoinedValidity validity_;
};

}  // namespace

Image stack(std::span<const Image> images, const StackOptions& options) {
  if (images.empty()) throw refused("stack needs at least one image");
  return add_operation("stack", images, {},
                       [options](std::span<const ImageInfo> in, const LateValues&) {
                         return std::make_shared<Stack>(in, options);
                       });
}

StepSpec stack_step() {
  using O = StackOptions;
  return make_step<O>(
      "stack", "bands",
      "Joins the bands of several images of one size, place and sample type (use cast where types "
      "differ); samples stay as they are. Colour goes by the bands' roles as in select, metadata "
      "and "
      "geo-reference are the first input's. Of several alpha bands the last stays alpha. Every "
      "band "
      "keeps its own validity.",
      inputs(1, -1),
      {option("names", &O::names,
              "one per input: the name of its band when it has only one (\"\" keeps it)")
           .take_input_names(),
       option("colour", &O::colour,
              "what the bands mean: auto goes by the bands' roles; grey takes one band, rgb three, "
              "each with or without an alpha band at the end")},
      [](std::span<const Image> in, const O& o) { return stack(in, o); });
}

}  // namespace sluice
