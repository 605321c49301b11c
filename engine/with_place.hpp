// What goes wrong in code that the engine calls gets its place here.
#pragma once

#include <string>
#include <utility>

#include "engine/error.hpp"

namespace sluice {

/// Returns f(). What f throws, Error or not, leaves as an Error that fill(error) has been given, to
/// fill in its step, file or place.
template <class F, class Fill>
decltype(auto) with_place(F&& f, Fill&& fill) {
  try {
    return std::forward<F>(f)();
  } catch (Error& error) {
    fill(error);
    throw;
  } catch (...) {
    Error error = current_error();
    fill(error);
    throw error;
  }
}

/// Returns f(). What it throws gets the step.
template <class F>
decltype(auto) in_step(const std::string& step, F&& f) {
  return with_place(std::forward<F>(f), [&](Error& error) { error.at_step(step); });
}

}  // namespace sluice
