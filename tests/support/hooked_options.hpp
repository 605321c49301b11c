// Options of a run together with the test hooks that they point to.
#pragma once

#include "engine/run_options.hpp"
#include "engine/test_hooks.hpp"

namespace sluice {

struct HookedOptions : RunOptions {
  TestHooks forced;

  HookedOptions() { hooks = &forced; }
  HookedOptions(const HookedOptions& other) : RunOptions(other), forced(other.forced) {
    hooks = &forced;
  }
  HookedOptions& operator=(const HookedOptions& other) {
    RunOptions::operator=(other);
    forced = other.forced;
    hooks = &forced;
    return *this;
  }
};

}  // namespace sluice
