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
#include "../ops/operations.hpp"
#include "pipeline.hpp"
#include "registry.hpp"
