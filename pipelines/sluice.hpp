// The whole library in one header.
//
//     auto graph = sluice::Graph::make();
//     sluice::Image image = sluice::read(graph, {.file = "slide.svs"});
//     sluice::write(sluice::resize(image, {.scale = 0.5}), {.to = "half.tif"});
//     sluice::run(*graph);
#pragma once

#include "../codecs/format.hpp"
#include "../engine/graph.hpp"
#include "../engine/run.hpp"
#include "../ops/bands/grey.hpp"
#include "../ops/bands/select.hpp"
#include "../ops/bands/stack.hpp"
#include "../ops/filter/convolve.hpp"
#include "../ops/filter/gaussian_blur.hpp"
#include "../ops/generators/synth.hpp"
#include "../ops/geometry/crop.hpp"
#include "../ops/geometry/extend.hpp"
#include "../ops/geometry/flip.hpp"
#include "../ops/geometry/rotate.hpp"
#include "../ops/pointwise/cast.hpp"
#include "../ops/pointwise/expression.hpp"
#include "../ops/pointwise/linear.hpp"
#include "../ops/pointwise/stretch.hpp"
#include "../ops/resample/resize.hpp"
#include "../ops/resample/shrink.hpp"
#include "../ops/statistics/percentile.hpp"
#include "../ops/statistics/stats.hpp"
#include "pipeline.hpp"
#include "registry.hpp"
