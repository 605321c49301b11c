#include "engine/operation.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

#include "engine/error.hpp"

namespace sluice {

namespace {

const char* name_of(Reach reach) {
  constexpr const char* names[] = {"sample", "pixel", "channel", "moved", "any"};
  return names[static_cast<int>(reach)];
}

[[noreturn]] void refuse(Reach reach, const std::string& why) {
  throw Error(ErrorKind::usage,
              fmt::format("the operation declares the reach '{}', but {}", name_of(reach), why));
}

std::string text(const Rect& r) {
  return fmt::format("{} x {} at ({}, {})", r.width, r.height, r.x, r.y);
}

// Where needs() is asked: what holds in the corners and for the whole holds everywhere, since it is
// separable and grows with the rectangle.
std::array<Rect, 3> probes(const ImageInfo& info) {
  return {Rect{0, 0, 1, 1}, Rect{info.width - 1, info.height - 1, 1, 1}, info.rect()};
}

void check_same_place(const Operation& operation, Reach reach, std::span<const ImageInfo> inputs) {
  const ImageInfo& out = operation.info();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].rect() != out.rect())
      refuse(reach, fmt::format("makes an image of {} x {} from one of {} x {}", out.width,
                                out.height, inputs[i].width, inputs[i].height));
    for (const Rect& probe : probes(out))
      if (const Rect need = operation.needs(static_cast<int>(i), probe); need != probe)
        refuse(reach, fmt::format("needs {} for {}", text(need), text(probe)));
  }
}

void check_channels(const Operation& operation, Reach reach, std::span<const ImageInfo> inputs) {
  if (inputs.size() != 1) refuse(reach, fmt::format("takes {} inputs, not one", inputs.size()));
  if (inputs[0].channels() != operation.info().channels())
    refuse(reach, fmt::format("makes {} channels from {}", operation.info().channels(),
                              inputs[0].channels()));
}

void check_moved(const Operation& operation, const ImageInfo& input) {
  const ImageInfo& out = operation.info();
  if (out.type != input.type || out.validity != input.validity)
    refuse(Reach::moved, "changes the sample type or the validity");
  for (const Rect& probe : probes(out))
    if (const Rect need = operation.needs(0, probe);
        need.width != probe.width || need.height != probe.height)
      refuse(Reach::moved, fmt::format("needs {} for {}", text(need), text(probe)));
}

}  // namespace

void check_traits(const Operation& operation, std::span<const ImageInfo> inputs) {
  const Traits traits = operation.traits();
  const Reach reach = traits.reach;
  if (traits.in_place && (!in_same_place(reach) || inputs.size() != 1))
    refuse(reach, "computes in place: that is for one input, 'sample' and 'pixel'");
  if (traits.transposes && reach != Reach::channel && reach != Reach::any)
    refuse(reach, "transposes: that is for 'channel' and 'any'");
  if (traits.always_kept &&
      (reach != Reach::any || traits.kept_width < 1 || traits.kept_height < 1))
    refuse(reach,
           fmt::format("is always kept in tiles of {} x {}: that is for 'any' and tiles of at "
                       "least 1 x 1",
                       traits.kept_width, traits.kept_height));
  if (by_channel(reach)) check_channels(operation, reach, inputs);
  if (in_same_place(reach)) check_same_place(operation, reach, inputs);
  if (reach == Reach::moved) check_moved(operation, inputs[0]);
}

}  // namespace sluice
