// How an operation becomes a node of a graph: the one place where errors get the step's name.
#pragma once

#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>

#include "engine/graph.hpp"
#include "engine/with_place.hpp"

namespace sluice {

/// Adds an `Op` behind `image`, made of the image's description and the options and, where some of
/// these may be late numbers, of their values: Op(const ImageInfo&, const Options&), or with const
/// LateValues& as a third argument.
template <class Op, class Options>
Image add_node(const char* step, const Image& image, const Options& options,
               std::initializer_list<const Numbers*> late = {}) {
  return add_operation(step, {&image, 1}, {late.begin(), late.size()},
                       [options](std::span<const ImageInfo> in, const LateValues& values) {
                         if constexpr (std::is_constructible_v<Op, const ImageInfo&, const Options&,
                                                               const LateValues&>)
                           return std::make_shared<Op>(in[0], options, values);
                         else
                           return std::make_shared<Op>(in[0], options);
                       });
}

/// The same for an operation that make(const ImageInfo&) gives: several classes make up the step.
template <class Make>
Image add_node_of(const char* step, const Image& image, Make make) {
  return add_operation(
      step, {&image, 1}, {},
      [make](std::span<const ImageInfo> in, const LateValues&) -> std::shared_ptr<const Operation> {
        return make(in[0]);
      });
}

/// Returns build(), which adds the nodes of a step that has several. What it throws gets the step.
template <class Build>
Image build_step(const char* step, const Image& image, Build&& build) {
  if (!image) throw Error(ErrorKind::usage, "it needs an input").at_step(step);
  return in_step(image.graph().place_of(step).text(), std::forward<Build>(build));
}

}  // namespace sluice
